import type { AdjustedUnits, Adjustment } from '#domain/book/events.js'
import { isComplete, TERMINAL } from '#domain/order.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Market } from '#ports/market.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, OrderId, PortfolioId } from '#units/ids.js'
import type { Price } from '#units/money.js'
import { type Break, type Difference, difference, type Gap } from './compare.js'
import type { Given } from './mail.js'
import { bookMissed, catchUp, type ReconcilePorts } from './reconcile.js'

/** What an adjustment is proposed from. */
export interface AdjustPorts extends ReconcilePorts {
  readonly market: Market
  readonly clock: Clock
}

/** An adjustment, and what must still be so when it is written: its figures are of the books as they were compared. */
export interface Proposed {
  readonly fact: Extract<PortfolioFact, { type: 'adjusted' }>
  readonly given: Given
}

/**
 * The booking that brings a halted portfolio into agreement with its gateway: units, cash and fees that are missing on our
 * side, and the orders and executions that differ, settled with it. What the gateway did unheard is booked first, as the
 * facts they are; what differs must do so in every look, with `between` to wait, so that a fill on its way is not booked
 * twice. Units that are added count as bought at the newest price.
 * @throws Fault `NOT_HALTED`, `NOTHING_TO_ADJUST`, `ORDER_OPEN` (an order may still trade: one that is closed with us has to
 * be cancelled at the gateway), `NO_PRICE`, all never; `FILLS_AWAITED`, `BOOKS_MOVED`, both safe. The gateway's own.
 */
export async function proposed(
  portfolio: PortfolioId,
  ports: AdjustPorts,
  signed: { readonly actor: string; readonly reason: string },
): Promise<Proposed> {
  assertHalted(portfolio, ports.host.snapshot(portfolio))
  await bookMissed(portfolio, ports)
  const found = await difference(portfolio, { ...ports, between: catchUp(portfolio, ports) })
  const { comparison, gap, state } = found
  if (comparison.breaks.length === 0)
    throw new Fault('NOTHING_TO_ADJUST', `the books of ${portfolio} agree with its gateway`, 'never')
  assertHeard(portfolio, ports, found)
  await assertClosed(portfolio, ports, comparison.breaks)
  const view = ports.market.view(ports.clock.now())
  const price = (instrument: InstrumentId): Price => view.quotes[instrument]?.price ?? lastCost(state, instrument)
  const adjustment = adjustmentOf(comparison.breaks, gap, price)
  const given: Given = (now) => {
    assertHalted(portfolio, now)
    if (now.context.book === state.book) return
    throw new Fault('BOOKS_MOVED', `the books of ${portfolio} changed while they were compared: ask again`, 'safe')
  }
  return { fact: { type: 'adjusted', adjustment, session: view.session, ...signed }, given }
}

function assertHalted(portfolio: PortfolioId, snapshot: PortfolioSnapshot | undefined): void {
  if (snapshot?.value.permission !== 'halted')
    throw new Fault('NOT_HALTED', `books are adjusted while trading is halted: halt ${portfolio} first`, 'never')
}

/** Nothing is on its way any more that figures of the gateway's may include: it would be booked once more when it comes. */
function assertHeard(portfolio: PortfolioId, { journal }: AdjustPorts, { comparison, gap, state }: Difference): void {
  const awaited = (what: string) =>
    new Fault('FILLS_AWAITED', `${what}: it would be booked twice when it comes`, 'safe', { portfolio })
  const booked = new Set<string>(journal.executions(portfolio).map(({ id }) => id))
  const unheard = comparison.breaks.find(({ kind, subject }) => kind === 'execution' && !booked.has(subject))
  if (unheard !== undefined) throw awaited(unheard.message)
  const books = gap.positions.length > 0 || !gap.cash.isZero() || !gap.fees.isZero()
  for (const order of Object.values(state.run?.orders ?? {})) {
    if (!TERMINAL.has(order.status))
      throw new Fault('ORDER_OPEN', `order ${order.id} is ${order.status}: it may still trade`, 'never')
    if (books && !isComplete(order))
      throw awaited(
        `the gateway filled ${order.reported?.toFixed()} of order ${order.id}, of which we have not heard all`,
      )
  }
}

function adjustmentOf(breaks: readonly Break[], gap: Gap, price: (instrument: InstrumentId) => Price): Adjustment {
  const positions = gap.positions.map((row): AdjustedUnits => ({ ...row, price: price(row.instrument) }))
  const settled = breaks.filter(({ kind }) => kind === 'order' || kind === 'execution').map(({ subject }) => subject)
  const contents = breaks.flatMap(({ subject, content }) => (content === undefined ? [] : [[subject, content]]))
  const others = contents.length === 0 ? {} : { contents: Object.fromEntries(contents) as Record<string, string> }
  return { positions, cash: gap.cash, fees: gap.fees, settled, ...others }
}

async function assertClosed(
  portfolio: PortfolioId,
  { gateway }: Pick<ReconcilePorts, 'gateway'>,
  breaks: readonly Break[],
): Promise<void> {
  for (const { kind, subject } of breaks) {
    if (kind !== 'order') continue
    const answer = await gateway.query(portfolio, subject as OrderId)
    if (answer.kind === 'known' && answer.report.status === 'accepted')
      throw new Fault('ORDER_OPEN', `the gateway may still trade order ${subject}: cancel it there first`, 'never')
  }
}

function lastCost({ book }: PortfolioState, instrument: InstrumentId): Price {
  const lot = book.positions[instrument]?.lots.at(-1)
  if (lot !== undefined) return lot.unitCost
  throw new Fault('NO_PRICE', `${instrument} has no price that units of it could be booked at`, 'never')
}
