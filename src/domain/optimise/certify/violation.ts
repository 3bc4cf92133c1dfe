import type { MeanCvarProblem } from '../mean-cvar.js'
import { maxCost } from './cost.js'
import { largest } from './losses.js'

/** A weight of at most this counts as none where names are counted. */
const HELD = 1e-9

/** What the rows of a problem hold at some weights. */
export interface Totals {
  /** funding·w. */
  readonly funded: number
  /** Undivided cost, fraction of equity. */
  readonly cost: number
  readonly buys: number
  readonly sells: number
  readonly expectedReturn: number
  readonly cvar: number
}

/**
 * Largest violation of a bound, a row or the limit on names, weight units, 0 when there is none. The rows on return and
 * CVaR are measured by the weight that would set them right: divided by the largest |mean| and the largest |return|.
 * Names beyond the limit count 1 each; |w| of at most 1e-9 is no name.
 */
export function violationAt(problem: MeanCvarProblem, weights: Float64Array, sums: Totals): number {
  return Math.max(0, ofSums(problem, weights, sums), ofEach(problem, weights), ofGroups(problem, weights))
}

function ofSums(problem: MeanCvarProblem, weights: Float64Array, sums: Totals): number {
  const { cash, turnover = Infinity, traded = Infinity, leverage = Infinity } = problem
  const exposure = weights.reduce((sum, weight) => sum + Math.abs(weight), 0)
  return Math.max(
    sums.funded + sums.cost - (1 - cash.lower),
    1 - cash.upper - maxCost(problem) - sums.funded,
    sums.buys - turnover,
    sums.sells - turnover,
    sums.buys + sums.sells - traded,
    exposure - leverage,
    ofReturn(problem, sums),
    ofRisk(problem, sums),
  )
}

function ofReturn({ minimumReturn, mean }: MeanCvarProblem, { expectedReturn }: Totals): number {
  return minimumReturn === undefined ? 0 : (minimumReturn - expectedReturn) / (largest(mean) || 1)
}

function ofRisk({ maximumCvar, scenarios }: MeanCvarProblem, { cvar }: Totals): number {
  return maximumCvar === undefined ? 0 : (cvar - maximumCvar) / (largest(scenarios.returns) || 1)
}

function ofEach({ lower, upper, cardinality }: MeanCvarProblem, weights: Float64Array): number {
  let worst = 0
  let names = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    worst = Math.max(worst, lower[i]! - weight, weight - upper[i]!)
    if (cardinality === undefined || Math.abs(weight) <= HELD) continue
    names++
    worst = Math.max(worst, cardinality.smallest[i]! - weight)
  }
  return Math.max(worst, names - (cardinality?.most ?? Infinity))
}

function ofGroups({ groups = [] }: MeanCvarProblem, weights: Float64Array): number {
  let worst = 0
  for (const { coefficients, lower = -Infinity, upper = Infinity } of groups) {
    let value = 0
    for (let i = 0; i < weights.length; i++) value += coefficients[i]! * weights[i]!
    worst = Math.max(worst, lower - value, value - upper)
  }
  return worst
}
