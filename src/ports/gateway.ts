import type { Bust, Execution } from '#domain/book/events.js'
import type { GatewaySupport } from '#domain/gateway-support.js'
import type { Order } from '#domain/order.js'
import type { InstrumentId, OrderId, PortfolioId } from '#units/ids.js'
import type { Money, Quantity } from '#units/money.js'
import type { Approved, Journaled } from '#units/proof.js'
import type { Instant } from '#units/time.js'

/** How the venue sees an order. */
export type VenueStatus = 'accepted' | 'filled' | 'cancelled' | 'rejected' | 'expired'

/** A venue's word on one order; `cumulative` is what it has filled so far. */
export interface OrderReport {
  readonly orderId: OrderId
  readonly status: VenueStatus
  readonly cumulative: Quantity
  readonly reason: string
  readonly at: Instant
}

/** Answer to `submit`: accepted now, refused for good, or already known with its present state. */
export type SubmitAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'duplicate'; readonly report: OrderReport }

/** Answer to `query` and to a refused `never`. */
export type QueryAnswer = { readonly kind: 'known'; readonly report: OrderReport } | { readonly kind: 'unknown' }

/** Answer to `never`: the durable promise not to accept the id, or what became of it. */
export type NeverAnswer = { readonly kind: 'promised' } | { readonly kind: 'known'; readonly report: OrderReport }

/** What an account has traded at the gateway, all of it as of one execution. */
export interface Holdings {
  /** Mark of the last execution counted in; empty before the first, and at a gateway without replay. */
  readonly asOf: string
  readonly positions: Readonly<Record<InstrumentId, Quantity>>
  /** Fees charged so far. */
  readonly fees: Money
  /** What trading has brought (positive) or taken, fees included; deposits are not the gateway's. */
  readonly cash: Money
}

/** Account facts; a mode other than the portfolio's is refused. */
export interface GatewayAccount {
  readonly mode: 'backtest' | 'paper' | 'live'
  readonly currency: string
  /** The gateway's own clock; far from ours, deadlines mean something else on each side. */
  readonly at: Instant
  readonly supports: GatewaySupport
}

/** What a gateway may still take for a portfolio, by the portfolio's own journal. */
export interface TradingTerms {
  /** For everything: `reducing` takes only what brings a holding, long or short, towards zero, `halted` nothing. */
  readonly level: TermLevel
  /** For single names, where it is stricter than for everything. */
  readonly instruments: Readonly<Record<InstrumentId, Exclude<TermLevel, 'active'>>>
  readonly reason: string
  /** Journal sequence these terms are of: within an epoch, newer ones replace older ones, whatever order they come in. */
  readonly seq: number
}

/** How much a gateway may take. */
export type TermLevel = 'active' | 'reducing' | 'halted'

/** Where a gateway's reports go; each promise settles once the engine has them on disk (invariant I9). */
export interface ReportSink {
  execution(portfolio: PortfolioId, execution: Execution): Promise<void>
  order(portfolio: PortfolioId, report: OrderReport): Promise<void>
  /** The venue took an execution back, reported or not. */
  bust(portfolio: PortfolioId, bust: Bust): Promise<void>
}

/** An execution as a gateway lists it, with its place in the list, and its taking-back when there was one. */
export interface ListedExecution {
  readonly mark: string
  readonly execution: Execution
  readonly bust?: Bust
}

/** What a venue needs of an order. */
export type OrderTicket = Pick<Order, 'id' | 'body' | 'bodyHash'>

/**
 * An execution gateway. Every call may throw a Fault: `NO_RESPONDERS` or `TIMEOUT` (ask-first: the outcome is
 * unknown), `DISCONNECTED` (safe), `STALE_EPOCH` (never), `NOT_SUPPORTED` (never: its account says so). `submit` is
 * idempotent by order id: the same id with another body hash is rejected. A gateway records an id durably before it
 * contacts the venue, and repeats each report until it is taken. What holds only with {@link GatewaySupport} is there.
 */
export interface Gateway {
  readonly name: string
  submit(order: Journaled<Approved<Order>>, epoch: number): Promise<SubmitAnswer>
  cancel(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<void>
  query(portfolio: PortfolioId, id: OrderId): Promise<QueryAnswer>
  never(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<NeverAnswer>
  /** Refuses lower epochs for this portfolio from now on; answers the highest it has seen. */
  fence(portfolio: PortfolioId, epoch: number): Promise<{ readonly epoch: number }>
  /**
   * Keeps to these terms from the answer on, after a restart too: orders they exclude are rejected (`halted`,
   * `reducing`), for good like any rejection. What is open is left alone: to cancel it is the engine's to ask.
   */
  restrain(portfolio: PortfolioId, terms: TradingTerms, epoch: number): Promise<void>
  account(portfolio: PortfolioId): Promise<GatewayAccount>
  holdings(portfolio: PortfolioId): Promise<Holdings>
  /** Executions after the mark, oldest first, those taken back included; an empty mark means all. */
  executions(portfolio: PortfolioId, after: string): Promise<readonly ListedExecution[]>
  /** Starts delivering reports; returns how to stop. */
  connect(sink: ReportSink): () => void
  /**
   * True when nothing is being worked on: no request, no report on its way. A report that was refused and waits for its
   * time to be offered again does not count: only the clock can move it. Replay waits for this.
   */
  idle(): boolean
}

/**
 * The venue's side of a gateway: it takes tickets from wherever they come, on its own process's side of a wire too.
 * Only the engine's side asks for proof that an order was approved and journaled.
 */
export interface Venue extends Omit<Gateway, 'submit'> {
  submit(ticket: OrderTicket, epoch: number): Promise<SubmitAnswer>
}
