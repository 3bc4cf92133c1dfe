import type { InstrumentId } from '#units/ids.js'
import { least, type Money, minus, noMoney, type Price, plus, type Quantity, worth } from '#units/money.js'
import type { Book } from '../book/book.js'
import { shortUnits } from '../book/collateral.js'
import type { Side } from '../book/events.js'
import { estimateCost } from '../cost/registry.js'
import { multiplierOf, wholeLots } from '../instrument/registry.js'
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

/** The part of a buy's reservation that goes beyond buying a short back; all of it where nothing is held short. */
export function openingPart(order: Reservable, book: Book, spec: InstrumentSpec, costs: Chosen): Money {
  const covering = wholeLots(spec, least(order.quantity, shortUnits(book, order.instrument)))
  const whole = reservationFor(order, spec, costs)
  return covering.isZero() ? whole : minus(whole, reservationFor({ ...order, quantity: covering }, spec, costs))
}
