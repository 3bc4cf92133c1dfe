import type { InstrumentId } from '#units/ids.js'
import { type Money, noMoney, type Price, plus, type Quantity, worth } from '#units/money.js'
import type { Side } from '../book/events.js'
import { estimateCost } from '../cost/registry.js'
import { multiplierOf } from '../instrument/registry.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import type { Chosen } from '../policy.js'

/** What is reserved for: a plan's leg or the body of an order. */
export interface Reservable {
  readonly instrument: InstrumentId
  readonly side: Side
  readonly quantity: Quantity
  readonly limit: Price
}

/**
 * Cash an open order may take: quantity × limit × multiplier plus its whole estimated cost for a buy, nothing for a
 * sell. The limit already covers spread and impact; reserving the model's full cost on top leaves room for a venue
 * that charges more commission than the model knows. Source: design domain.md section 4.
 */
export function reservationFor(order: Reservable, spec: InstrumentSpec, costs: Chosen): Money {
  if (order.side === 'sell') return noMoney
  const { instrument, quantity, limit } = order
  const multiplier = multiplierOf(spec)
  const cost = estimateCost(costs, { instrument, quantity, price: limit, multiplier })
  return plus(worth(quantity, limit, multiplier), cost.total)
}
