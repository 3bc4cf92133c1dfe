import { Decimal, decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Price, type Quantity, scaled, toTick, worth } from '#units/money.js'
import type { Side } from '../book/events.js'
import { estimateCost } from '../cost/registry.js'
import { multiplierOf } from '../instrument/registry.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import type { Chosen } from '../policy.js'
import type { Leg } from './plan.js'

/** What is to be traded, before limit price, value and cost are worked out. */
export interface Trade {
  readonly instrument: InstrumentId
  readonly side: Side
  /** Positive, whole lots. */
  readonly quantity: Quantity
  readonly arrival: Price
  readonly heldWeight: number
  readonly targetWeight: number
}

/**
 * The worst price an order may trade at: arrival × (1 + collar) for a buy, (1 − collar) for a sell, rounded to the
 * tick toward the arrival price, so that it never leaves the collar. May be 0 for a buy priced below one tick.
 */
export function collarPrice(side: Side, arrival: Price, collar: number, tick: Price): Price {
  const away = decimalFromFloat(collar)
  return side === 'buy'
    ? toTick(scaled(arrival, new Decimal('1').plus(away)), tick, 'down')
    : toTick(scaled(arrival, new Decimal('1').minus(away)), tick, 'up')
}

/** Completes a trade to a leg: id, collared limit, value and cost at the arrival price. */
export function legOf(trade: Trade, spec: InstrumentSpec, collar: number, costs: Chosen): Leg {
  const limit = collarPrice(trade.side, trade.arrival, collar, spec.tick)
  return { ...trade, id: `${trade.side}-${trade.instrument}`, limit, ...priced(trade, spec, costs) }
}

/** The same leg for another quantity: value and cost follow, prices and weights stay. */
export function resizedLeg(leg: Leg, quantity: Quantity, spec: InstrumentSpec, costs: Chosen): Leg {
  const trade = { ...leg, quantity }
  return { ...trade, ...priced(trade, spec, costs) }
}

function priced(trade: Trade, spec: InstrumentSpec, costs: Chosen): Pick<Leg, 'value' | 'cost'> {
  const { instrument, quantity, arrival } = trade
  const multiplier = multiplierOf(spec)
  return {
    value: worth(quantity, arrival, multiplier),
    cost: estimateCost(costs, { instrument, quantity, price: arrival, multiplier }),
  }
}
