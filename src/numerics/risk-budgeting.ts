import type { Matrix } from './matrix.js'
import { RiskDescent } from './risk-descent.js'

/** Risk to be shared out. */
export interface RiskBudgetingProblem {
  /** Σ: n × n, symmetric, positive semidefinite, the diagonal positive. */
  readonly covariance: Matrix
  /** Share of risk of each column, positive; only proportions count. */
  readonly budgets: Float64Array
  /** Largest weight of each column, positive; may be Infinity. */
  readonly caps: Float64Array
  /** What the weights sum to, positive. */
  readonly total: number
}

/** Weights with their risk shared out, or the columns among which it cannot be. */
export type RiskBudgeting =
  | {
      readonly kind: 'shared'
      readonly weights: Float64Array
      /** Columns at their cap, ascending. */
      readonly capped: readonly number[]
    }
  | {
      readonly kind: 'hedged'
      /** Columns with far more risk of their own than the whole, ascending; all of them when none stands out. */
      readonly columns: readonly number[]
    }

/** How close ln(Σ weights / total) gets to 0 when caps bind. */
const TOTAL_TOLERANCE = 1e-10
/** Places asked about in the search for θ; it takes about ten. */
const SEARCHES = 100
/** Steps of ln θ on the way to one that is too small, and how many there are: down to 1e-18 of where all caps bind. */
const STEP_DOWN = Math.log(16)
const STEPS_DOWN = 15

/**
 * Long-only weights whose risk contributions wᵢ·(Σw)ᵢ are in proportion to their budgets bᵢ:
 *
 *   wᵢ = min(capᵢ, θ·bᵢ/(Σw)ᵢ)  with θ such that Σᵢ wᵢ = total
 *
 * so a column below its cap contributes exactly θ·bᵢ, and one at its cap no more. Without caps it is the minimum of
 * ½xᵀΣx − Σᵢ bᵢ ln xᵢ, normalised; with them that of ½xᵀΣx − θ·Σᵢ bᵢ ln xᵢ under x ≤ caps, for the θ that spends the total.
 * It is the scaling rule of caps, with budget over marginal risk for the signal: what a cap cuts goes to the others, whose
 * contributions stay in proportion, as they would not if the uncapped weights were scaled.
 *
 * Units   weights in the unit of caps and total, contributions in that of the covariance. The scale of Σ and of the budgets
 *         changes nothing. Contributions are exact to 1e-11, the total to 1e-10, relatively.
 * Edges   Σ caps ≤ total: w = caps. Perfectly correlated columns are fine, and so is a singular Σ, as long as no mix of
 *         columns with weights ≥ 0 is free of risk. One that is leaves nothing to share out: `hedged`. Where caps keep
 *         such a mix small enough, there is an answer.
 * Errors  @throws RangeError on arrays that do not fit together, a covariance that is not finite, and a variance, budget,
 *         cap or total that is not positive. Never NaN.
 * Cost    O(n²) a sweep; ten to forty sweeps without caps, a few hundred with them.
 * Source  Griveau-Billion, Richard and Roncalli, A Fast Algorithm for Computing High-dimensional Risk Parity Portfolios
 *         (2013), section 2; the box as in Richard and Roncalli, Constrained Risk Budgeting Portfolios (2019); design
 *         domain.md section 6.
 */
export function riskBudgeting(problem: RiskBudgetingProblem): RiskBudgeting {
  check(problem)
  const { total } = problem
  const caps = problem.caps.map((cap) => Math.min(cap, total))
  if (!(sum(caps) > total)) return shared(caps, problem)
  const descent = new RiskDescent(problem.covariance, problem.budgets)
  if (descent.uncapped()) {
    const free = descent.weights()
    const scale = total / sum(free)
    const weights = free.map((weight) => weight * scale)
    if (weights.every((weight, column) => weight <= caps[column]!)) return shared(weights, problem)
  }
  return spend(descent, caps, total)
    ? shared(descent.weights(), problem)
    : { kind: 'hedged', columns: descent.hedged() }
}

/**
 * Leaves the descent at the θ whose weights under the caps sum to the total; false where none can be found. Weights grow
 * with θ from nothing to all caps, and ln Σw is nearly straight in ln θ.
 */
function spend(descent: RiskDescent, caps: Float64Array, total: number): boolean {
  const most = descent.startAtCaps(caps)
  if (!(most > 0)) return false
  const excess = (at: number): number =>
    descent.capped(Math.exp(at)) ? Math.log(sum(descent.weights()) / total) : Number.NaN
  let high: End
  let low: End = { at: Math.log(most), excess: Math.log(sum(caps) / total) }
  let steps = 0
  do {
    high = low
    const at = high.at - STEP_DOWN
    low = { at, excess: excess(at) }
    steps += 1
  } while (low.excess > 0 && steps < STEPS_DOWN)
  return low.excess <= 0 && narrowed(low, high, excess)
}

interface End {
  readonly at: number
  readonly excess: number
}

/**
 * Regula falsi after Illinois between two ends of opposite sign: an end that stays twice counts half, so that the other
 * moves as well. True once the excess is nothing, which is the last place asked about.
 */
function narrowed(from: End, to: End, excess: (at: number) => number): boolean {
  let [low, high] = [from, to]
  let stayed: End | null = null
  for (let search = 0; search < SEARCHES; search += 1) {
    const at = (low.at * high.excess - high.at * low.excess) / (high.excess - low.excess)
    const found = { at, excess: excess(at) }
    if (Number.isNaN(found.excess)) return false
    if (Math.abs(found.excess) <= TOTAL_TOLERANCE) return true
    const kept: End = found.excess < 0 ? high : low
    const half: End = kept === stayed ? { ...kept, excess: kept.excess / 2 } : kept
    if (found.excess < 0) [low, high] = [found, half]
    else [low, high] = [half, found]
    stayed = half
  }
  return false
}

/** Weights a rounding above their cap are their cap. */
function shared(weights: Float64Array, { caps }: RiskBudgetingProblem): RiskBudgeting {
  const capped = [...weights.keys()].filter((column) => weights[column]! >= caps[column]! * (1 - Number.EPSILON))
  for (const column of capped) weights[column] = caps[column]!
  return { kind: 'shared', weights, capped }
}

function check({ covariance, budgets, caps, total }: RiskBudgetingProblem): void {
  const { rows, columns, values } = covariance
  if (rows !== columns || values.length !== rows * columns || budgets.length !== rows || caps.length !== rows)
    throw new RangeError(`${rows} × ${columns} covariance, ${budgets.length} budgets, ${caps.length} caps`)
  if (!values.every(Number.isFinite)) throw new RangeError('a covariance is not finite')
  const positive = (what: string, value: number): void => {
    if (!(value > 0)) throw new RangeError(`${what} ${value} is not positive`)
  }
  positive('the total', total)
  for (let i = 0; i < rows; i += 1) {
    positive('the variance', values[i * rows + i]!)
    positive('the budget', budgets[i]!)
    positive('the cap', caps[i]!)
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
