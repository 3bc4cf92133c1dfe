import { type Book, cashOf } from '#domain/book/book.js'
import { isComplete } from '#domain/order.js'
import { executed } from '#domain/order-life.js'
import { FINAL_RUN } from '#domain/run.js'
import { verifyTables } from '#runtime/attest.js'
import { compare } from '#runtime/compare.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { minus, noQuantity } from '#units/money.js'
import { sumsOf } from './account.js'
import { isOpen } from './exchange.js'
import { explained } from './explained.js'
import { PORTFOLIOS } from './policies.js'
import { NAMES } from './prices.js'
import { overstayed, willEnd } from './regimes.js'
import type { World } from './world.js'

/** What is not at rest yet, in words; null when all is. With `ordersOnly`, only orders that have not ended count. */
export function unfinished({ daemon, venue, policies, exchange, witness }: World, ordersOnly = false): string | null {
  if (daemon === null) return 'the daemon is down'
  if (venue === null) return 'the gateway is down'
  const { engine } = daemon
  for (const portfolio of PORTFOLIOS) {
    const run = engine.host.snapshot(portfolio)?.context.run
    const open = Object.values(run?.orders ?? {}).find((order) => !isComplete(order))
    if (open !== undefined) return `order ${open.id} of ${portfolio} ${run?.id} is ${open.status}`
    if (ordersOnly) continue
    const unheard = exchange.busted(portfolio).find((id) => !witness.account(portfolio).busted.has(id))
    if (unheard !== undefined) return `nobody has heard that ${unheard} of ${portfolio} was taken back`
    if (!engine.isReady(portfolio)) return `${portfolio} is not taken over`
    if (run != null && !FINAL_RUN.has(run.status)) return `${portfolio} ${run.id} is ${run.status}`
    const name = engine.host.snapshot(portfolio)?.context.policy.name
    const wanted = policies.find(({ id }) => id === portfolio)?.name
    if (name !== wanted) return `${portfolio} is configured as ${wanted}, goes by ${name}`
    const { policy, regime } = engine.host.snapshot(portfolio)?.context ?? {}
    const stays = overstayed(regime, policy?.regime?.maxAgeMs ?? 0, daemon.parts.clock.now())
    if (stays !== null) return `${portfolio}: ${stays}`
  }
  if (ordersOnly) return null
  if (venue.unsent() > 0) return `${venue.unsent()} reports are not taken`
  return engine.idle() && venue.idle() ? null : 'requests are under way'
}

/** Everything that must hold at the end of a history: chains, replay, books against the exchange's truth, explanations. */
export async function ended(world: World, thorough: boolean): Promise<void> {
  const { witness, exchange, options } = world
  if (exchange.refused > 0) witness.broken('wire', `${exchange.refused} reports were refused for good`)
  for (const [id, portfolio] of exchange.conflicts)
    if (options.layers?.replays !== false && !witness.account(portfolio).conflicts.has(id))
      witness.broken('I3', `${portfolio}: execution ${id} came with two contents, and nobody noticed`)
  for (const portfolio of PORTFOLIOS) {
    restored(world, portfolio, thorough)
    agrees(world, portfolio)
    if (thorough) explained(world, portfolio)
  }
  // Last, for it takes time: what people ask meanwhile is worked out before it is on disk.
  if (thorough) for (const portfolio of PORTFOLIOS) await compared(world, portfolio)
}

/** I5: the chain holds, and replay from disk gives the state in memory. */
function restored({ image, witness, daemon }: World, portfolio: PortfolioId, thorough: boolean): void {
  const reader = image.reader
  const verdicts = thorough ? [reader.verify(portfolio), verifyTables(reader, portfolio)] : []
  for (const verdict of verdicts) if (!verdict.ok) witness.broken('I5', verdict.message)
  try {
    const stored = reader.recover(portfolio)
    const { snapshot } = recoverState(portfolio, stored)
    const live = daemon?.engine.host.snapshot(portfolio)
    if (live === undefined) return
    const { value, context } = live
    if (encode(snapshot) !== encode({ value, context }))
      witness.broken('I5', `${portfolio}: replay gives another state`)
    if (stored.outbox.length > 0)
      witness.broken('I6', `${portfolio}: ${stored.outbox.map((row) => row.key).join(', ')} never answered`)
    const timers = stored.timers.map((row) => row.timer)
    const left = timers.filter((timer) => timer !== 'regime' || !willEnd(context.regime))
    if (left.length > 0) witness.broken('I6', `${portfolio}: deadlines left behind: ${left.join(', ')}`)
    if (willEnd(context.regime) && !timers.includes('regime'))
      witness.broken('I6', `${portfolio}: nothing will end what stands of the regime`)
  } catch (error) {
    witness.broken('I5', String(error))
  }
}

/** I1, I3, I8, I11: every execution of the exchange is booked once, or taken back once, and the books are their sum. */
function agrees(world: World, portfolio: PortfolioId): void {
  const { witness, exchange, daemon, options } = world
  const truth = exchange.executions(portfolio)
  const account = witness.account(portfolio)
  const { booked, busted } = account
  const { conflicts, overfills } = options.profile.venue
  for (const { execution, bust } of truth) {
    const own = booked.get(execution.id)
    if (own === undefined) witness.broken('I9', `${portfolio}: execution ${execution.id} is not booked`)
    else if (conflicts === 0 && encode(own) !== encode(execution))
      witness.broken('I3', `${portfolio}: execution ${execution.id} is booked with other content`)
    if (busted.has(execution.id) !== (bust !== undefined))
      witness.broken(
        'I3',
        `${portfolio}: whether ${execution.id} was taken back is ${busted.has(execution.id)} in the books`,
      )
  }
  if (booked.size !== truth.length)
    witness.broken('I3', `${portfolio}: ${booked.size} executions are booked, ${truth.length} happened`)
  for (const order of exchange.orders.filter((row) => row.body.portfolio === portfolio)) {
    if (isOpen(order)) witness.broken('I11', `${portfolio}: order ${order.id} still trades at the end`)
    if (overfills === 0 && executed(order).gt(order.body.quantity))
      witness.broken('I2', `${portfolio}: ${order.id} filled ${executed(order)} of ${order.body.quantity}`)
  }
  const book = daemon?.engine.host.snapshot(portfolio)?.context.book
  if (book !== undefined) summed(world, portfolio, book)
}
/** I1, I2, I8: cash and every instrument are what the facts in the journal give, and what the exchange has. */
function summed({ witness, exchange, options }: World, portfolio: PortfolioId, book: Book): void {
  const account = witness.account(portfolio)
  const { cash, units } = sumsOf(account)
  const theirs = exchange.holdings(portfolio)
  const trusted = options.profile.venue.fillsAfterCancel === 0 && options.profile.venue.overfills === 0
  const traded = minus(cashOf(book), account.deposited)
  if (!cashOf(book).eq(cash)) witness.broken('I1', `${portfolio}: cash is ${cashOf(book)}, facts give ${cash}`)
  if (!traded.eq(theirs.cash))
    witness.broken('I1', `${portfolio}: trading brought ${traded}, at the exchange ${theirs.cash}`)
  const named = [...units.keys(), ...Object.keys(book.positions), ...Object.keys(theirs.positions)]
  for (const instrument of new Set([...NAMES, ...(named as InstrumentId[])])) {
    const own = book.positions[instrument]?.quantity ?? noQuantity
    const facts = units.get(instrument) ?? noQuantity
    const other = theirs.positions[instrument] ?? noQuantity
    if (!own.eq(facts)) witness.broken('I1', `${portfolio}: ${own} ${instrument} in the books, fills give ${facts}`)
    if (!own.eq(other))
      witness.broken('I1', `${portfolio}: ${own} ${instrument} in the books, ${other} at the exchange`)
    if (own.lt(0) && !account.shorts && trusted && account.busted.size === 0)
      witness.broken('I2', `${portfolio}: short of ${own.negated()} ${instrument}`)
  }
  if (cashOf(book).lt(0) && trusted && account.busted.size === 0)
    witness.broken('I8', `${portfolio}: cash is ${cashOf(book)}`)
}

/** The engine's own comparison finds no difference either. */
async function compared({ daemon, witness, timeline, image }: World, portfolio: PortfolioId): Promise<void> {
  if (daemon === null) return
  let over = false
  const { engine, gateway } = daemon
  const comparing = compare(portfolio, { host: engine.host, journal: { executions: image.reader.executions }, gateway })
  const work = comparing
    .then(({ breaks }) => {
      for (const { kind, message } of breaks) witness.broken('reconcile', `${portfolio} ${kind}: ${message}`)
    })
    .finally(() => {
      over = true
    })
  for (let turns = 0; !over && turns < 10_000; turns += 1) await timeline.step()
  await work
}
