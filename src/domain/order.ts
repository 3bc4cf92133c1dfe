import { encode } from '#units/canonical.js'
import { digest, digestBase32 } from '#units/digest.js'
import type { ExecutionId, Incarnation, InstrumentId, OrderId, PortfolioId, RunId } from '#units/ids.js'
import { orderId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { Side } from './book/events.js'

/** What is asked of the venue. Its hash covers every field, the deadline included and the epoch excluded. */
export interface OrderBody {
  readonly portfolio: PortfolioId
  readonly run: RunId
  readonly leg: string
  readonly attempt: number
  readonly instrument: InstrumentId
  readonly side: Side
  /** Positive. */
  readonly quantity: Quantity
  readonly type: 'limit'
  readonly limit: Price
  /** The price the decision was made at: slippage is measured from it. */
  readonly arrival: Price
  readonly timeInForce: 'day'
  /** The venue must not accept it from this instant on. */
  readonly notAfter: Instant
}

/** Where an order stands. The last five are terminal. */
export type OrderStatus =
  | 'intended'
  | 'submitting'
  | 'unknown'
  | 'accepted'
  | 'cancelling'
  | 'filled'
  | 'cancelled'
  | 'rejected'
  | 'expired'
  | 'abandoned'

/** Statuses after which the venue will not trade the order any further. */
export const TERMINAL: ReadonlySet<OrderStatus> = new Set(['filled', 'cancelled', 'rejected', 'expired', 'abandoned'])

/** An order and all that is known of it. */
export interface Order {
  readonly id: OrderId
  readonly body: OrderBody
  readonly bodyHash: string
  readonly status: OrderStatus
  /** Σ quantity and Σ quantity·price·multiplier of its booked executions, and their fees. */
  readonly cumulative: Quantity
  readonly value: Money
  readonly fees: Money
  /** What the venue's terminal report says was filled; fills may still be on their way. Null before. */
  readonly reported: Quantity | null
  /** Times `submit` was sent. */
  readonly sends: number
  /** Waits for an answer since it was last accepted: the back-off doubles with each. */
  readonly waits: number
  readonly executions: readonly ExecutionId[]
  /** Σ quantity of its executions that the venue took back; absent while none was. Not in the tallies above. */
  readonly busted?: Quantity
  /** Why it was rejected or given up, or what was taken back of it; empty otherwise. */
  readonly reason: string
  readonly intendedAt: Instant
  readonly closedAt: Instant | null
}

/**
 * The client order id of one attempt at one leg: 26 base32 characters of SHA-256 over portfolio, incarnation, run,
 * leg and attempt. The same leg after a restart has the same id, so a venue can refuse to trade it twice.
 * Source: design engine.md section 3.1.
 */
export function clientOrderId(body: OrderBody, incarnation: Incarnation): OrderId {
  return orderId(digestBase32(encode([body.portfolio, incarnation, body.run, body.leg, body.attempt]), 26))
}

/** SHA-256 of the body's canonical text (invariant I13: one hash per order id). */
export const bodyHash = (body: OrderBody): string => digest(encode(body))

/** Terminal, and every fill the venue reported is booked (invariant I11). */
export function isComplete(order: Order): boolean {
  return TERMINAL.has(order.status) && (order.reported === null || order.cumulative.gte(order.reported))
}
