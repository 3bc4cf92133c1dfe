import type { Execution } from '#domain/book/events.js'
import type { SessionBars } from '#ports/market-feed.js'
import { executionId } from '#units/ids.js'
import { type Money, money, type Price, type Quantity, toCents, worth } from '#units/money.js'
import type { VenueOrder } from './exchange.js'

/** One basis point. */
const FEE = money('0.0001')

/** The execution of the latest piece of an order. */
export function executionOf(
  { id, copy, pieces, body: { instrument, side } }: VenueOrder,
  units: Quantity,
  price: Price,
  { at, session }: SessionBars,
  venue: string,
): Execution {
  return {
    id: executionId(`${id}-${copy === 0 ? '' : `c${copy}-`}${pieces}`),
    orderId: id,
    ...{ instrument, side, quantity: units, price, at, session, venue },
    fee: toCents(worth(units, price).times(FEE) as Money),
  }
}
