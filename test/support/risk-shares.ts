import { type Matrix, timesVector } from '#numerics/matrix.js'
import { type RiskBudgeting, type RiskBudgetingProblem, riskBudgeting } from '#numerics/risk-budgeting.js'

/** A square matrix from its rows. */
export const square = (...rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows.length,
  values: Float64Array.from(rows.flat()),
})

/** Covariance of these volatilities under these correlations. */
export const covarianceOf = (deviations: readonly number[], correlation: (i: number, j: number) => number): Matrix =>
  square(...deviations.map((a, i) => deviations.map((b, j) => a * b * (i === j ? 1 : correlation(i, j)))))

/** A problem with equal budgets, no caps and the total 1 unless it says otherwise. */
export function shareOut(
  covariance: Matrix,
  changes: Partial<Record<'budgets' | 'caps', readonly number[]>> & { total?: number } = {},
): RiskBudgeting {
  return riskBudgeting(riskProblem(covariance, changes))
}

/** The problem {@link shareOut} asks. */
export function riskProblem(
  covariance: Matrix,
  { budgets, caps, total = 1 }: Partial<Record<'budgets' | 'caps', readonly number[]>> & { total?: number } = {},
): RiskBudgetingProblem {
  const size = { length: covariance.rows }
  return {
    covariance,
    budgets: Float64Array.from(budgets ?? Array.from(size, () => 1)),
    caps: Float64Array.from(caps ?? Array.from(size, () => Number.POSITIVE_INFINITY)),
    total,
  }
}

/** The weights of an answer that has some. */
export function weightsOf(answer: RiskBudgeting): Float64Array {
  if (answer.kind !== 'shared') throw new Error(`columns ${answer.columns.join(', ')} cancel each other`)
  return answer.weights
}

/** wᵢ·(Σw)ᵢ: what each column adds to the variance. */
export const contributionsOf = (covariance: Matrix, weights: Float64Array): Float64Array =>
  timesVector(covariance, weights).map((marginal, i) => marginal * weights[i]!)

/** Largest over smallest, less 1: 0 when all are equal. */
export const spreadOf = (values: ArrayLike<number>): number =>
  values.length === 0 ? 0 : Math.max(...Array.from(values)) / Math.min(...Array.from(values)) - 1
