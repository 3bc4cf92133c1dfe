import { Decimal } from '#units/decimal.js'

/** One vessel: it takes `slope`·θ − `offset` of the budget once that is positive. `slope` > 0. */
export interface Vessel {
  readonly slope: Decimal
  readonly offset: Decimal
}

/**
 * The level θ ≤ 1 at which Σ max(0, slope·θ − offset) uses the budget up, or 1 when the budget is larger.
 *
 * Edges   no vessels: 1; budget ≤ 0: the level at which nothing flows.
 * Cost    O(n log n). Source: design domain.md section 4, invest-cash; the sum is piecewise linear and increasing.
 */
export function waterLevel(vessels: readonly Vessel[], budget: Decimal): Decimal {
  const one = new Decimal('1')
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
    if (next === undefined || level.lte(next.opens)) return Decimal.min(one, level)
  }
  return one
}
