import type { Incarnation, RunId } from '#units/ids.js'
import type { Approved } from '#units/proof.js'
import { type Instant, later } from '#units/time.js'
import { bodyHash, clientOrderId, type Order, type OrderBody } from '../order.js'
import { unfilled } from '../order-life.js'
import type { Leg } from '../plan/plan.js'
import type { PortfolioPolicy } from '../policy.js'
import { approvedOrder } from './govern.js'

/** Whose order it will be, and when the decision was made. */
export interface Intent {
  readonly policy: PortfolioPolicy
  readonly incarnation: Incarnation
  readonly run: RunId
  /** Which wave of the run sends it; the same leg in another wave is another order. */
  readonly attempt: number
  readonly at: Instant
}

/** The order of an approved leg, as approved: same instrument, side, quantity and limit. Not sent yet. */
export function intend(leg: Approved<Leg>, intent: Intent): Approved<Order> {
  const body: OrderBody = {
    portfolio: intent.policy.id,
    run: intent.run,
    leg: leg.id,
    attempt: intent.attempt,
    instrument: leg.instrument,
    side: leg.side,
    quantity: leg.quantity,
    type: 'limit',
    limit: leg.limit,
    arrival: leg.arrival,
    timeInForce: 'day',
    notAfter: later(intent.at, intent.policy.orders.notAfterMs),
  }
  const id = clientOrderId(body, intent.incarnation)
  return approvedOrder(leg, {
    ...unfilled,
    id,
    body,
    bodyHash: bodyHash(body),
    status: 'intended',
    intendedAt: intent.at,
  })
}
