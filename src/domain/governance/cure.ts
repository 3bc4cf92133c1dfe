import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, magnitude, minus, noQuantity, type Quantity, quantity, ratio, scaled } from '#units/money.js'
import { unitExposure, wholeLots } from '../instrument/registry.js'
import type { PlanInput } from '../plan/input.js'
import { smallestOrder, tradable } from '../plan/intents.js'
import type { TargetSet, Weights } from '../targets/target-set.js'
import { isPast, sumOf } from './breaches.js'
import type { ExposureLimit } from './limited.js'

/**
 * Targets that take sums past their limits back to them: of every name that adds to such a sum the same share goes, to whole
 * lots and no less than the smallest order; the rest stays as it is. A name in several sums gives up what the tightest takes.
 *
 * `covers` are bought once all sells are done: what these have left of a sum of both is then taken from shorts alone.
 * Cash has no target: buying a short back may use all there is.
 * Edges   names without a price to trade at stay; what one leaves over a limit the others do not make good.
 */
export function cureTargets(
  input: Omit<PlanInput, 'targets'>,
  limits: readonly ExposureLimit[],
  by: 'trades' | 'covers' = 'trades',
): TargetSet {
  const { weights } = input.valuation
  const past = limits.filter((limit) => isPast(limit, sumOf(limit, weights)))
  const entries = (Object.keys(weights) as InstrumentId[]).map((instrument) => {
    const share = Math.min(1, ...past.map((limit) => shareLeft(limit, instrument, weights, by)))
    return [instrument, share === 1 ? weights[instrument]! : reduced(input, instrument, share)] as const
  })
  return { weights: Object.fromEntries(entries), cash: 0 }
}

/** What a limit leaves of a name: 1 where it does not add to the sum. */
function shareLeft(limit: ExposureLimit, instrument: InstrumentId, weights: Weights, by: 'trades' | 'covers'): number {
  const { measure, max, of } = limit
  const weight = weights[instrument]!
  const sum = (part: ExposureLimit['measure']): number => sumOf({ ...limit, measure: part }, weights)
  if (weight === 0 || !(of?.(instrument) ?? true)) return 1
  switch (measure) {
    case 'gross':
      if (by === 'trades') return max / sum('gross')
      return weight < 0 ? Math.max(0, max - sum('long')) / sum('short') : 1
    case 'long':
      return weight > 0 ? max / sum('long') : 1
    case 'short':
      return weight < 0 ? max / sum('short') : 1
    case 'net':
      return weight > 0 ? (max + sum('short')) / sum('long') : 1
    case 'negative-net':
      return weight < 0 ? (max + sum('long')) / sum('short') : 1
  }
}

/** The weight that makes a plan trade a holding down to a share of it, at least the smallest order. */
function reduced(input: Omit<PlanInput, 'targets'>, instrument: InstrumentId, share: number): number {
  const { book, valuation } = input
  const held = book.positions[instrument]!.quantity
  const terms = tradable(input, instrument)
  if ('why' in terms) return valuation.weights[instrument]! * share
  const { spec, arrival } = terms
  const unit = unitExposure(spec, arrival)
  const least = quantity(smallestOrder(input, spec).div(unit))
  const goes = lotsUp(greatest(quantity(magnitude(held).times(decimalFromFloat(1 - share))), least), spec.lot)
  // Half a lot beyond, so that rounding toward zero, which is on the other side, comes out at these lots.
  const left = minus(minus(magnitude(held), goes), quantity(spec.lot.div('2')))
  if (left.lte(0) || goes.gte(wholeLots(spec, magnitude(held)))) return 0
  const weight = ratio(scaled(unit, left), valuation.equity)
  return held.isNegative() ? -weight : weight
}

const lotsUp = (units: Quantity, lot: Quantity): Quantity =>
  units.lte(noQuantity) ? noQuantity : quantity(units.div(lot).ceil().times(lot))
