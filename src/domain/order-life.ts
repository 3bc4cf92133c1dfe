import { Decimal } from '#units/decimal.js'
import { greatest, minus, noMoney, noQuantity, plus, type Quantity, worth } from '#units/money.js'
import type { Approved } from '#units/proof.js'
import { type Instant, later } from '#units/time.js'
import type { Execution } from './book/events.js'
import { type Order, type OrderStatus, TERMINAL } from './order.js'

/** First and longest wait before an unanswered order is asked about again. Source: design engine.md section 3.3. */
const FIRST_RETRY_MS = 500
/** See {@link FIRST_RETRY_MS}. */
const LONGEST_RETRY_MS = 30_000
/** Longest wait when only the end of the day can settle an order. */
const LONGEST_WAIT_MS = 30 * 60_000

/** The one timer of an order: its next deadline. */
export const orderTimer = (order: Pick<Order, 'id'>): string => `order:${order.id}`

/**
 * When to try again after `waits` earlier waits: 0.5 s doubling to 30 s; to half an hour at a gateway that promises nothing,
 * once the order may not be sent any more.
 */
export function retryAt(order: Pick<Order, 'waits' | 'body'>, now: Instant, promises = true): Instant {
  const longest = promises || now < order.body.notAfter ? LONGEST_RETRY_MS : LONGEST_WAIT_MS
  return later(now, Math.min(longest, FIRST_RETRY_MS * 2 ** order.waits))
}

/** True while the venue may still be sent this order for the first time. */
export const isTimely = (order: Order, now: Instant): boolean => now < order.body.notAfter

/** Quantity that may still be filled; of a closed order, what the venue says it filled and has not been booked yet. */
export function remaining(order: Order): Quantity {
  if (!TERMINAL.has(order.status)) return minus(order.body.quantity, executed(order))
  return order.reported === null ? noQuantity : greatest(noQuantity, minus(order.reported, order.cumulative))
}

/** Quantity the venue has traded of an order, what it took back since included: it trades none of that again. */
export const executed = ({ cumulative, busted }: Pick<Order, 'cumulative' | 'busted'>): Quantity =>
  busted === undefined ? cumulative : plus(cumulative, busted)

/** The order with one more execution in it. A fill is booked whatever the order's status: it happened. */
export function withFill(order: Approved<Order>, execution: Execution, multiplier: Decimal): Approved<Order> {
  return {
    ...order,
    cumulative: plus(order.cumulative, execution.quantity),
    value: plus(order.value, worth(execution.quantity, execution.price, multiplier)),
    fees: plus(order.fees, execution.fee),
    executions: [...order.executions, execution.id],
  }
}

/**
 * The order without one of its executions, which the venue took back: the tallies are as if it had never been, and so is
 * what the venue reported as filled. The venue does not trade the quantity again.
 *
 * Edges  a report may have been made before or after the venue took it back. While fills are awaited, one of `filled` says that all of the order was
 *        traded, so that what stays is the rest of its quantity either way; of any other the first is taken.
 */
export function withBust(
  order: Approved<Order>,
  taken: Execution,
  multiplier: Decimal,
  reason: string,
): Approved<Order> {
  const { quantity } = taken
  const { reported, status, body } = order
  const busted = plus(order.busted ?? noQuantity, quantity)
  const isAwaited = status === 'filled' && reported !== null && order.cumulative.lt(reported)
  const stays = isAwaited ? minus(body.quantity, busted) : minus(reported ?? noQuantity, quantity)
  return {
    ...order,
    cumulative: minus(order.cumulative, quantity),
    value: minus(order.value, worth(quantity, taken.price, multiplier)),
    fees: minus(order.fees, taken.fee),
    reported: reported === null ? null : greatest(noQuantity, stays),
    busted,
    executions: order.executions.filter((id) => id !== taken.id),
    reason: `execution ${taken.id} was taken back: ${reason}`,
  }
}

/** Statuses that need no reason: an earlier lack of answers explains nothing about them. */
const GOOD: ReadonlySet<OrderStatus> = new Set(['accepted', 'filled'])

/** The order at a status; terminal ones note when, why and what the venue says it filled. */
export function withStatus(
  order: Approved<Order>,
  status: OrderStatus,
  at: Instant,
  detail: { readonly reason?: string; readonly reported?: Quantity } = {},
): Approved<Order> {
  const closed = TERMINAL.has(status)
  return {
    ...order,
    status,
    reason: detail.reason ?? (GOOD.has(status) ? '' : order.reason),
    waits: status === 'accepted' ? 0 : order.waits,
    reported: closed ? (detail.reported ?? order.reported ?? order.cumulative) : order.reported,
    closedAt: closed ? (order.closedAt ?? at) : null,
  }
}

/** A new order's empty tallies. */
export const unfilled = {
  cumulative: noQuantity,
  value: noMoney,
  fees: noMoney,
  reported: null,
  sends: 0,
  waits: 0,
  executions: [],
  reason: '',
  closedAt: null,
} as const

/** Slippage in basis points, signed: positive costs money. Zero before the first fill. Source: domain.md section 8. */
export function slippageBps(order: Order, multiplier: Decimal): number {
  if (order.cumulative.isZero()) return 0
  const average = order.value.div(order.cumulative).div(multiplier)
  const moved = average.minus(order.body.arrival).div(order.body.arrival).times(new Decimal('10000'))
  return (order.body.side === 'buy' ? moved : moved.negated()).toNumber()
}
