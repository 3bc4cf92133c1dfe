import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, negated, noMoney, type Price, plus, type Quantity, ratio, worth } from '#units/money.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { Book } from '../book/book.js'
import type { Side } from '../book/events.js'
import { evolve, openBook } from '../book/evolve.js'
import { type Specs, type Valuation, valuation } from '../book/valuation.js'
import { noCost } from '../cost/registry.js'
import { multiplierOf } from '../instrument/registry.js'
import type { MarketView } from '../market.js'
import { assemble } from '../plan/assemble.js'
import { legOf } from '../plan/leg.js'
import type { Leg } from '../plan/plan.js'
import type { Chosen } from '../policy.js'
import type { Occasion, RuleContext } from './rule.js'

/** A holding as somebody states it: units, negative when short, and the price they are booked at. */
export interface StatedPosition {
  readonly instrument: InstrumentId
  readonly quantity: Quantity
  readonly price: Price
}

/** An order that somebody means to send. */
export interface StatedOrder {
  readonly instrument: InstrumentId
  readonly side: Side
  /** Positive. */
  readonly quantity: Quantity
  /** Price it was decided at. */
  readonly arrival: Price
  /** Absent for the collar's. */
  readonly limit?: Price
  /** Weight it is to bring the name to; absent for the weight it would bring it to. */
  readonly target?: number
}

/** A plan that no run has made, and all that rules may ask about it. */
export interface Proposal extends Pick<RuleContext, 'regime' | 'volatility' | 'drawdown' | 'session'> {
  readonly book: Book
  readonly view: MarketView
  readonly specs: Specs
  readonly orders: readonly StatedOrder[]
  readonly occasion: Occasion
  readonly at: Instant
  /** Of limit prices that no order states: fraction beyond the decision price. */
  readonly collar: number
  readonly costs: Chosen
}

/** A book of this cash and these holdings, booked as one adjustment in a session, so that its accounts agree. */
export function statedBook(
  currency: string,
  cash: Money,
  positions: readonly StatedPosition[],
  session: SessionDate,
  specs: Specs,
): Book {
  const multipliers = Object.fromEntries(Object.values(specs).map(({ id, multiplier }) => [id, multiplier]))
  const adjustment = { positions, cash, fees: noMoney, settled: [] }
  return evolve(openBook(currency), { type: 'adjusted', adjustment, multipliers, session })
}

/**
 * What rules see of a plan that is stated rather than made by a run. An order in a name without terms becomes a leg with
 * one unit of exposure, so that rules can say so. Errors none: total on every input.
 */
export function proposedContext({ orders, collar, costs, ...seen }: Proposal): RuleContext {
  const valued = valuation(seen.book, seen.view, seen.specs)
  const legs = orders.map((order) => legFrom(order, valued, { collar, costs, specs: seen.specs, book: seen.book }))
  return { ...seen, equity: valued.equity, plan: assemble(legs, [], valued.equity) }
}

function legFrom(
  order: StatedOrder,
  { equity, weights }: Valuation,
  { collar, costs, specs, book }: Pick<Proposal, 'collar' | 'costs' | 'specs' | 'book'>,
): Leg {
  const { instrument, side, quantity, arrival } = order
  const spec = specs[instrument]
  const multiplier = spec === undefined ? ONE : multiplierOf(spec)
  const held = book.positions[instrument]?.quantity
  const signed = side === 'buy' ? quantity : negated(quantity)
  const after = worth(held === undefined ? signed : plus(held, signed), arrival, multiplier)
  const heldWeight = weights[instrument] ?? 0
  const trade = {
    ...{ instrument, side, quantity, arrival, heldWeight },
    targetWeight: order.target ?? (equity.gt(0) ? ratio(after, equity) : 0),
  }
  const leg = spec === undefined ? unknownLeg(trade) : legOf(trade, spec, collar, costs)
  return order.limit === undefined ? leg : { ...leg, limit: order.limit }
}

type Trade = Omit<Leg, 'id' | 'limit' | 'value' | 'cost'>

/** A leg whose terms nobody knows: its limit is its decision price, and it costs nothing that could be told. */
function unknownLeg(trade: Trade): Leg {
  const { instrument, side, quantity, arrival } = trade
  return { ...trade, id: `${side}-${instrument}`, limit: arrival, value: worth(quantity, arrival), cost: noCost }
}

const ONE = new Decimal('1')
