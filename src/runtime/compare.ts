import { cashOf } from '#domain/book/book.js'
import type { Execution } from '#domain/book/events.js'
import { cashFlow, signedQuantity } from '#domain/book/postings.js'
import { FULL_SUPPORT } from '#domain/gateway-support.js'
import { multiplierIn } from '#domain/lifecycle/release.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Gateway, Holdings, ListedExecution } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Metrics } from '#ports/metrics.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { Fault } from '#units/fault.js'
import type { ExecutionId, InstrumentId, PortfolioId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, type Quantity, total } from '#units/money.js'
import { orderBreak, venueOrders } from './compare-orders.js'
import type { Host } from './host.js'
import { contentOf } from './intake.js'

/** What kind of thing our books and the gateway disagree about. */
export type BreakKind = 'order' | 'execution' | 'position' | 'cash'

/** One lasting difference between our books and the gateway's. */
export interface Break {
  readonly kind: BreakKind
  /** The order, execution or instrument; `cash` or `fees` for money. */
  readonly subject: string
  /** What each side says, in a sentence. */
  readonly message: string
  /** Digest of an execution as the gateway has it, when it is another one with us. */
  readonly content?: string
}

/** How a portfolio's books compare with the gateway's; no breaks when they agree. */
export interface Comparison {
  readonly portfolio: PortfolioId
  /** How many of each were compared. */
  readonly compared: { readonly orders: number; readonly executions: number; readonly positions: number }
  readonly breaks: readonly Break[]
}

/** What a comparison works with. */
export interface ComparePorts {
  readonly host: Pick<Host, 'snapshot'>
  readonly journal: Pick<Journal, 'executions'>
  readonly gateway: Pick<Gateway, 'query' | 'executions' | 'holdings'>
  /** Waits between two looks, so that what is on its way can arrive; default: not at all. */
  readonly between?: () => Promise<void>
}

const KINDS: readonly BreakKind[] = ['order', 'execution', 'position', 'cash']

/** Looks in which a difference must be the same to count. */
const LOOKS = 2

/**
 * Compares orders of the latest run, executions, positions and cash with the gateway's. Reads only. Positions and cash
 * are compared as they were at the execution the gateway's figures include last (`asOf`), so that a fill in flight is no
 * difference; and one counts only when it is the same in every look, for an answer may be on its way as well. A gateway
 * that does not list executions is compared by positions, fees and cash as they are.
 * Edges   orders we have not sent, or whose answer we still wait for, are no difference; orders the gateway holds that we
 *         never made show through their executions only.
 * Faults  as the gateway's; `UNKNOWN_PORTFOLIO` (never).
 * Source  design engine.md section 3.7.
 */
export const compare = async (portfolio: PortfolioId, ports: ComparePorts, looks = LOOKS): Promise<Comparison> =>
  (await difference(portfolio, ports, looks)).comparison

/** A comparison, what would have to be added to our side for positions, cash and fees to agree, and that side. */
export interface Difference {
  readonly comparison: Comparison
  readonly gap: Gap
  readonly state: PortfolioState
}

/** See {@link Difference}; instruments in name order, none that agree. */
export interface Gap {
  readonly positions: readonly { readonly instrument: InstrumentId; readonly quantity: Quantity }[]
  readonly cash: Money
  readonly fees: Money
}

/** As {@link compare}, with the figures of the last look for what differs in every look. */
export async function difference(portfolio: PortfolioId, ports: ComparePorts, looks = LOOKS): Promise<Difference> {
  let last = await look(portfolio, ports)
  let found = last.comparison
  for (let more = looks - 1; more > 0 && found.breaks.length > 0; more -= 1) {
    await ports.between?.()
    last = await look(portfolio, ports)
    const seen = new Set(found.breaks.map(encode))
    found = { ...last.comparison, breaks: last.comparison.breaks.filter((row) => seen.has(encode(row))) }
  }
  return { ...last, comparison: found, gap: lasting(last.gap, found.breaks) }
}

function lasting(gap: Gap, breaks: readonly Break[]): Gap {
  const lasts = (kind: BreakKind, name: string) => breaks.some((row) => row.kind === kind && row.subject === name)
  return {
    positions: gap.positions.filter(({ instrument }) => lasts('position', instrument)),
    cash: lasts('cash', 'cash') ? gap.cash : noMoney,
    fees: lasts('cash', 'fees') ? gap.fees : noMoney,
  }
}

/** Sets how many breaks of each kind a comparison found. */
export function measureBreaks(metrics: Metrics, { portfolio, breaks }: Comparison): void {
  for (const kind of KINDS)
    metrics.gauge('ballast_reconcile_breaks', breaks.filter((row) => row.kind === kind).length, { portfolio, kind })
}

/** The state of a hosted portfolio. @throws Fault `UNKNOWN_PORTFOLIO` (never) */
export function stateIn(host: Pick<Host, 'snapshot'>, portfolio: PortfolioId): PortfolioState {
  const snapshot = host.snapshot(portfolio)
  if (snapshot === undefined) throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not hosted`, 'never')
  return snapshot.context
}

async function look(portfolio: PortfolioId, { host, journal, gateway }: ComparePorts): Promise<Difference> {
  const { replay } = stateIn(host, portfolio).support ?? FULL_SUPPORT
  const orders = await venueOrders(portfolio, stateIn(host, portfolio), gateway)
  const holdings = await gateway.holdings(portfolio)
  const listed = replay ? await gateway.executions(portfolio, '') : null
  // Our side is read last and in one piece: whatever the gateway told of before it answered may have arrived by now.
  const state = stateIn(host, portfolio)
  const ours = journal.executions(portfolio)
  const rolled = rolledBack(state, ours, listed ?? [], holdings.asOf)
  const names = [
    ...new Set([...Object.keys(rolled.units), ...Object.keys(holdings.positions)]),
  ].sort() as InstrumentId[]
  const breaks = [
    ...orders.flatMap((row) => orderBreak(state, row)),
    ...(listed === null ? [] : executionBreaks(state, ours, listed)),
    ...positionBreaks(names, rolled.units, holdings.positions),
    ...cashBreaks(state, rolled, holdings),
  ]
  const executions = new Set([...ours, ...(listed ?? []).map(({ execution }) => execution)].map((row) => row.id)).size
  return {
    comparison: {
      portfolio,
      compared: { orders: orders.length, executions, positions: names.length },
      breaks: unsettled(state, breaks),
    },
    gap: gapOf(names, rolled, holdings),
    state,
  }
}

/** What is settled is no difference any more, but for an execution that has come with yet another content since. */
function unsettled({ corrections }: PortfolioState, breaks: readonly Break[]): readonly Break[] {
  const settled = new Set(corrections?.settled)
  return breaks.filter(
    ({ subject, content }) =>
      !settled.has(subject) || (content !== undefined && content !== corrections?.contents?.[subject]),
  )
}

function gapOf(names: readonly InstrumentId[], ours: Rolled, theirs: Holdings): Gap {
  const missing = (instrument: InstrumentId) =>
    minus(theirs.positions[instrument] ?? noQuantity, ours.units[instrument] ?? noQuantity)
  const positions = names.map((instrument) => ({ instrument, quantity: missing(instrument) }))
  return {
    positions: positions.filter(({ quantity }) => !quantity.isZero()),
    cash: minus(theirs.cash, ours.cash),
    fees: minus(theirs.fees, ours.fees),
  }
}

/** Our side of what an account has traded. */
interface Rolled {
  readonly units: Readonly<Record<InstrumentId, Quantity>>
  readonly cash: Money
  readonly fees: Money
}

/** What we hold without the executions the gateway had not counted in yet: those it lists after its mark. */
function rolledBack(
  state: PortfolioState,
  ours: readonly Execution[],
  listed: readonly ListedExecution[],
  asOf: string,
): Rolled {
  const { book, corrections } = state
  const units: Record<InstrumentId, Quantity> = {}
  for (const [name, { quantity }] of Object.entries(book.positions)) units[name as InstrumentId] = quantity
  const traded = { cash: minus(cashOf(book), book.tally.deposited), fees: book.tally.fees }
  const newer = new Set(listed.filter(({ mark }) => mark > asOf).map(({ execution }) => execution.id))
  const gone = new Set(corrections?.busted)
  const later = ours.filter(({ id }) => newer.has(id) && !gone.has(id))
  for (const row of later) units[row.instrument] = minus(units[row.instrument] ?? noQuantity, signedQuantity(row))
  return {
    units,
    cash: minus(
      traded.cash,
      total(later.map((row) => cashFlow(row, new Decimal(multiplierIn(state, row.instrument))))),
    ),
    fees: minus(traded.fees, total(later.map((row) => row.fee))),
  }
}

function positionBreaks(
  names: readonly InstrumentId[],
  ours: Rolled['units'],
  theirs: Holdings['positions'],
): readonly Break[] {
  return names.flatMap((name): readonly Break[] => {
    const [held, other] = [ours[name] ?? noQuantity, theirs[name] ?? noQuantity]
    if (held.eq(other)) return []
    return [
      { kind: 'position', subject: name, message: `we hold ${held.toFixed()} ${name}, the gateway ${other.toFixed()}` },
    ]
  })
}

function executionBreaks(
  { corrections }: PortfolioState,
  ours: readonly Execution[],
  theirs: readonly ListedExecution[],
): readonly Break[] {
  const mine = new Map(ours.map((row) => [row.id, row]))
  const known = new Map(theirs.map((row) => [row.execution.id, row]))
  const gone = new Set<ExecutionId>(corrections?.busted)
  const ids = [...new Set([...mine.keys(), ...known.keys()])].sort()
  return ids.flatMap((id): readonly Break[] => {
    const [own, other] = [mine.get(id), known.get(id)]
    const message = differenceOf(own, other, gone.has(id))
    if (message === null) return []
    const content = own === undefined || other === undefined ? null : contentOf(other.execution)
    const another = content === null || content === contentOf(own!) ? {} : { content }
    return [{ kind: 'execution', subject: id, message, ...another }]
  })
}

function differenceOf(own: Execution | undefined, other: ListedExecution | undefined, busted: boolean): string | null {
  if (own === undefined) return `the gateway has execution ${wordsOf(other!.execution)}, we have not booked it`
  if (other === undefined) return busted ? null : `we booked execution ${wordsOf(own)}, the gateway does not know it`
  if (encode(own) !== encode(other.execution))
    return `execution ${wordsOf(own)} in our books is ${wordsOf(other.execution)} at the gateway`
  if (busted === (other.bust !== undefined)) return null
  return busted
    ? `we took execution ${wordsOf(own)} back, at the gateway it stands`
    : `the gateway took execution ${wordsOf(own)} back, in our books it stands`
}

const wordsOf = ({ id, side, quantity, instrument, price, fee, session }: Execution): string =>
  `${id} (${side} ${quantity.toFixed()} ${instrument} at ${price.toFixed()}, fee ${fee.toFixed()}, ${session})`

function cashBreaks({ policy: { currency } }: PortfolioState, ours: Rolled, theirs: Holdings): readonly Break[] {
  const differs = (subject: string, message: string): Break => ({ kind: 'cash', subject, message })
  const breaks: Break[] = []
  if (!ours.cash.eq(theirs.cash))
    breaks.push(
      differs(
        'cash',
        `trading brought ${ours.cash.toFixed(2)} ${currency} in our books, ${theirs.cash.toFixed(2)} at the gateway`,
      ),
    )
  if (!ours.fees.eq(theirs.fees))
    breaks.push(
      differs(
        'fees',
        `we booked fees of ${ours.fees.toFixed(2)} ${currency}, the gateway charged ${theirs.fees.toFixed(2)}`,
      ),
    )
  return breaks
}
