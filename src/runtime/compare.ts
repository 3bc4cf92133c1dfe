import { cashOf } from '#domain/book/book.js'
import type { Execution } from '#domain/book/events.js'
import { multiplierOf } from '#domain/instrument/registry.js'
import { type Order, TERMINAL } from '#domain/order.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Gateway, OrderReport } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Metrics } from '#ports/metrics.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { type Money, minus, negated, noQuantity, plus, type Quantity, total, worth } from '#units/money.js'
import type { Host } from './host.js'

/** What kind of thing our books and the gateway disagree about. */
export type BreakKind = 'order' | 'execution' | 'position' | 'cash'

/** One lasting difference between our books and the gateway's. */
export interface Break {
  readonly kind: BreakKind
  /** The order, execution or instrument; `cash` or `fees` for money. */
  readonly subject: string
  /** What each side says, in a sentence. */
  readonly message: string
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
  readonly gateway: Pick<Gateway, 'query' | 'executions' | 'positions' | 'fees'>
  /** Waits between the two looks, so that what is on its way can arrive; default: not at all. */
  readonly between?: () => Promise<void>
}

const KINDS: readonly BreakKind[] = ['order', 'execution', 'position', 'cash']

/**
 * Compares orders of the latest run, executions, positions and cash with the gateway's. Reads only. A difference
 * counts when it is the same in two looks: a fill or an answer may be on its way in one.
 * Edges   orders we have not sent, or whose answer we still wait for, are no difference; orders the venue holds that we
 *         never made show through their executions only. Cash is what our deposits and the gateway's executions imply.
 * Faults  as the gateway's; `UNKNOWN_PORTFOLIO` (never).
 * Source  design engine.md section 3.7.
 */
export async function compare(portfolio: PortfolioId, ports: ComparePorts): Promise<Comparison> {
  const first = await look(portfolio, ports)
  if (first.breaks.length === 0) return first
  await ports.between?.()
  const second = await look(portfolio, ports)
  const seen = new Set(first.breaks.map(encode))
  return { ...second, breaks: second.breaks.filter((row) => seen.has(encode(row))) }
}

/** Sets how many breaks of each kind a comparison found. */
export function measureBreaks(metrics: Metrics, { portfolio, breaks }: Comparison): void {
  for (const kind of KINDS)
    metrics.gauge('ballast_reconcile_breaks', breaks.filter((row) => row.kind === kind).length, { portfolio, kind })
}

/** Units of each instrument by its name. */
export type Units = Readonly<Record<InstrumentId, Quantity>>

/** Instruments of which two sides hold different numbers of units, in name order; absent means none. */
export function differingPositions(ours: Units, theirs: Units): readonly InstrumentId[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort() as InstrumentId[]
  return names.filter((name) => !(ours[name] ?? noQuantity).eq(theirs[name] ?? noQuantity))
}

/** Units held in a portfolio's books. */
export const unitsHeld = ({ book }: Pick<PortfolioState, 'book'>): Units =>
  Object.fromEntries(Object.entries(book.positions).map(([name, { quantity }]) => [name, quantity]))

async function look(portfolio: PortfolioId, { host, journal, gateway }: ComparePorts): Promise<Comparison> {
  const orders = await venueOrders(portfolio, stateIn(host, portfolio), gateway)
  const positions = await gateway.positions(portfolio)
  const fees = await gateway.fees(portfolio)
  const executions = (await gateway.executions(portfolio, '')).map((row) => row.execution)
  // Our side is read last and in one piece: whatever the gateway told of before it answered may have arrived by now.
  const state = stateIn(host, portfolio)
  const ours = journal.executions(portfolio)
  const held = unitsHeld(state)
  const breaks = [
    ...orders.flatMap(({ id, report }) => orderBreak(state.run?.orders[id], report)),
    ...executionBreaks(ours, executions),
    ...differingPositions(held, positions).map(
      (name): Break => ({
        kind: 'position',
        subject: name,
        message: `we hold ${(held[name] ?? noQuantity).toFixed()} ${name}, the gateway ${(positions[name] ?? noQuantity).toFixed()}`,
      }),
    ),
    ...cashBreaks(state, executions, fees),
  ]
  return {
    portfolio,
    compared: {
      orders: orders.length,
      executions: new Set([...ours, ...executions].map((row) => row.id)).size,
      positions: new Set([...Object.keys(held), ...Object.keys(positions)]).size,
    },
    breaks,
  }
}

interface VenueOrder {
  readonly id: Order['id']
  /** Null when the gateway has never seen it. */
  readonly report: OrderReport | null
}

/** The gateway's word on every order of the latest run that has been sent. */
async function venueOrders(
  portfolio: PortfolioId,
  { run }: PortfolioState,
  gateway: Pick<Gateway, 'query'>,
): Promise<readonly VenueOrder[]> {
  const sent = Object.values(run?.orders ?? {}).filter((order) => order.sends > 0)
  return Promise.all(
    sent.map(async ({ id }) => {
      const answer = await gateway.query(portfolio, id)
      return { id, report: answer.kind === 'known' ? answer.report : null }
    }),
  )
}

/** A submit whose answer is still awaited says nothing: the engine asks about it itself. */
const AWAITED: ReadonlySet<Order['status']> = new Set(['intended', 'submitting', 'unknown'])

function orderBreak(order: Order | undefined, report: OrderReport | null): readonly Break[] {
  if (order === undefined || AWAITED.has(order.status)) return []
  const differs = (message: string): readonly Break[] => [{ kind: 'order', subject: order.id, message }]
  const name = `order ${order.id} (${order.body.side} ${order.body.quantity.toFixed()} ${order.body.instrument})`
  if (report === null)
    return order.status === 'rejected' || order.status === 'abandoned'
      ? []
      : differs(`${name} is ${order.status} with us, the gateway has never seen it`)
  const open = { ours: !TERMINAL.has(order.status), theirs: report.status === 'accepted' }
  if (open.ours === open.theirs && order.cumulative.eq(report.cumulative)) return []
  return differs(
    `${name} is ${order.status} with ${order.cumulative.toFixed()} filled with us, ${report.status} with ${report.cumulative.toFixed()} at the gateway`,
  )
}

function executionBreaks(ours: readonly Execution[], theirs: readonly Execution[]): readonly Break[] {
  const [mine, known] = [byId(ours), byId(theirs)]
  const ids = [...new Set([...mine.keys(), ...known.keys()])].sort()
  return ids.flatMap((id): readonly Break[] => {
    const [own, other] = [mine.get(id), known.get(id)]
    if (own !== undefined && other !== undefined && encode(own) === encode(other)) return []
    const message =
      own === undefined
        ? `the gateway has execution ${wordsOf(other!)}, we have not booked it`
        : other === undefined
          ? `we booked execution ${wordsOf(own)}, the gateway does not know it`
          : `execution ${wordsOf(own)} in our books is ${wordsOf(other)} at the gateway`
    return [{ kind: 'execution', subject: id, message }]
  })
}

const byId = (rows: readonly Execution[]): ReadonlyMap<string, Execution> => new Map(rows.map((row) => [row.id, row]))

const wordsOf = ({ id, side, quantity, instrument, price, fee, session }: Execution): string =>
  `${id} (${side} ${quantity.toFixed()} ${instrument} at ${price.toFixed()}, fee ${fee.toFixed()}, ${session})`

function cashBreaks(state: PortfolioState, executions: readonly Execution[], fees: Money): readonly Break[] {
  const { book, policy } = state
  const multiplier = (name: InstrumentId): Decimal => {
    const spec = policy.universe.find((row) => row.id === name)
    return spec === undefined ? new Decimal('1') : multiplierOf(spec)
  }
  const flows = executions.map(({ side, quantity, price, fee, instrument }): Money => {
    const value = worth(quantity, price, multiplier(instrument))
    return minus(side === 'sell' ? value : negated(value), fee)
  })
  const implied = plus(book.tally.deposited, total(flows))
  const [cash, { currency }] = [cashOf(book), policy]
  const differs = (subject: string, message: string): Break => ({ kind: 'cash', subject, message })
  return [
    ...(cash.eq(implied)
      ? []
      : [
          differs(
            'cash',
            `our cash is ${cash.toFixed(2)} ${currency}, deposits and the gateway's executions come to ${implied.toFixed(2)}`,
          ),
        ]),
    ...(book.tally.fees.eq(fees)
      ? []
      : [
          differs(
            'fees',
            `we booked fees of ${book.tally.fees.toFixed(2)} ${currency}, the gateway charged ${fees.toFixed(2)}`,
          ),
        ]),
  ]
}

function stateIn(host: Pick<Host, 'snapshot'>, portfolio: PortfolioId): PortfolioState {
  const snapshot = host.snapshot(portfolio)
  if (snapshot === undefined) throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not hosted`, 'never')
  return snapshot.context
}
