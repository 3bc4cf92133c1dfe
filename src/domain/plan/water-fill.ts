import { Decimal } from '#units/decimal.js'

/** The level at which every vessel of an investment is at its target. */
const ONE = new Decimal('1')

/** One vessel: it takes `slope`·θ − `offset` of the budget once that is positive. `slope` > 0. */
export interface Vessel {
  readonly slope: Decimal
  readonly offset: Decimal
}

/**
 * The level θ ≤ `most` at which Σ max(0, slope·θ − offset) uses the budget up, or `most` when the budget is larger.
 *
 * Edges   no vessels: `most`; budget ≤ 0: the level at which nothing flows, if that is lower.
 * Cost    O(n log n). Source: design domain.md section 4, invest-cash; the sum is piecewise linear and increasing.
 */
export function waterLevel(vessels: readonly Vessel[], budget: Decimal, most = ONE): Decimal {
  const ordered = vessels
    .map((vessel) => ({ ...vessel, opens: vessel.offset.div(vessel.slope) }))
    .sort((a, b) => a.opens.comparedTo(b.opens))
  let slope = new Decimal('0')
  let offset = new Decimal('0')
  for (const [index, vessel] of ordered.entries()) {
    slope = slope.plus(vessel.slope)
    offset = offset.plus(vessel.offset)
    const level = budget.plus(offset).div(slope)
    const next = ordered[index + 1]
    if (next === undefined || level.lte(next.opens)) return Decimal.min(most, level)
  }
  return most
}
