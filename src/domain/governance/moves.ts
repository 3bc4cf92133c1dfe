import type { InstrumentId } from '#units/ids.js'
import {
  greatest,
  least,
  type Money,
  minus,
  negated,
  noMoney,
  noQuantity,
  type Price,
  type Quantity,
  scaled,
} from '#units/money.js'
import { unitExposure, wholeLots } from '../instrument/registry.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import { freshPrice } from '../market.js'
import type { Leg } from '../plan/plan.js'
import type { RuleContext } from './rule.js'

/**
 * What a leg does to its holding, in exposure at its arrival price, all ≥ 0: the part that takes it toward zero, and the
 * part that takes it away from zero. A leg through zero has both. Their sum is the leg's whole exposure.
 */
export interface Move {
  readonly leg: Leg
  readonly spec: InstrumentSpec
  readonly reduces: Money
  readonly opens: Money
  /** What of `reduces` remains however much of `opens` is cut: whole lots of it, or all where there is nothing to cut. */
  readonly frees: Money
  /** By how much the holding's |exposure| is larger after the whole leg; 0 when it is not. */
  readonly grows: Money
  /** Why its price may not be relied on; empty when it may. */
  readonly doubt: string
}

/** A holding as rules see it. */
export interface Holding {
  readonly instrument: InstrumentId
  /** Exposure, signed: at the arrival price of its leg where it has one, else at the last price. */
  readonly exposure: Money
  /** Why that exposure may not be relied on; empty when it may. */
  readonly doubt: string
}

/** A plan taken apart: what its legs do, and what is held before. */
export interface Moves {
  readonly moves: readonly Move[]
  readonly holdings: readonly Holding[]
  /** Legs in names whose terms are unknown: nothing can be said of them. */
  readonly unknown: readonly Leg[]
}

const known = new WeakMap<RuleContext, Moves>()

/** What a plan does to the book, worked out once for a context however many rules ask. Cost O(legs + holdings). */
export function movesOf(context: RuleContext): Moves {
  const found = known.get(context) ?? { ...taken(context), holdings: held(context) }
  known.set(context, found)
  return found
}

/** Units of an instrument in the book, negative when short. */
export const unitsOf = ({ book }: Pick<RuleContext, 'book'>, instrument: InstrumentId): Quantity =>
  book.positions[instrument]?.quantity ?? noQuantity

function taken(context: RuleContext): Pick<Moves, 'moves' | 'unknown'> {
  const moves: Move[] = []
  const unknown: Leg[] = []
  for (const leg of context.plan.legs) {
    const spec = context.specs[leg.instrument]
    if (spec === undefined) unknown.push(leg)
    else moves.push(moveOf(leg, spec, context))
  }
  return { moves, unknown }
}

function moveOf(leg: Leg, spec: InstrumentSpec, context: RuleContext): Move {
  const held = unitsOf(context, leg.instrument)
  const against = leg.side === 'sell' ? held : negated(held)
  const reducing = greatest(noQuantity, least(leg.quantity, against))
  const opening = minus(leg.quantity, reducing)
  const growing = greatest(noQuantity, minus(opening, reducing))
  const unit = isPrice(leg.arrival) ? unitExposure(spec, leg.arrival) : noMoney
  const worth = (units: Quantity): Money => scaled(unit, units)
  const doubt = isPrice(leg.arrival) ? priceDoubt(context, leg.instrument) : `${leg.id} has no decision price`
  const freeing = opening.isZero() ? reducing : wholeLots(spec, reducing)
  const parts = { reduces: worth(reducing), opens: worth(opening), frees: worth(freeing), grows: worth(growing) }
  return { leg, spec, ...parts, doubt }
}

function held(context: RuleContext): readonly Holding[] {
  const { plan, book, view, specs } = context
  const legs = new Map(plan.legs.map((leg) => [leg.instrument, leg.arrival]))
  const names = (Object.keys(book.positions) as InstrumentId[]).filter((id) => !book.positions[id]!.quantity.isZero())
  return names.sort().map((instrument) => {
    const spec = specs[instrument]
    const price = [legs.get(instrument), view.quotes[instrument]?.price].find(isPrice)
    const unit = spec === undefined || price === undefined ? noMoney : unitExposure(spec, price)
    const doubt = spec === undefined ? `${instrument} has no known terms` : priceDoubt(context, instrument)
    return { instrument, exposure: scaled(unit, unitsOf(context, instrument)), doubt }
  })
}

const isPrice = (price: Price | undefined): price is Price => price?.isFinite() === true && price.gt(0)

function priceDoubt({ view }: RuleContext, instrument: InstrumentId): string {
  const price = freshPrice(view, instrument)
  return price.ok ? '' : price.refusal.message
}
