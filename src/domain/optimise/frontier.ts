import { type Certificate, type CertifyLimits, certify } from './certify.js'
import type { GroupRow, MeanCvarProblem, SolverFailure, SolverSolution } from './mean-cvar.js'

/** One portfolio of a frontier: the least CVaR among those that earn at least `floor`. */
export interface FrontierPoint {
  /** Least mean·w asked of the point, per period. */
  readonly floor: number
  /** {@link pointProblem} at `floor`: what `answer` solves. */
  readonly problem: MeanCvarProblem
  /** Its `expectedReturn` is mean·w, though the mean is no part of the objective. */
  readonly answer: SolverSolution
}

/** An efficient frontier, floors rising from the return of the least CVaR to the largest one; or why there is none. */
export type FrontierAnswer = { readonly status: 'SOLVED'; readonly points: readonly FrontierPoint[] } | SolverFailure

/** Name of the row that holds a point's return up. */
export const FLOOR = 'floor'

/**
 * The problem of the frontier's point at `floor`: minimise CVaR + cost / holdingPeriods under every limit of `problem`
 * and mean·w ≥ floor. The return leaves the objective and becomes the last group row, named {@link FLOOR}; a
 * `minimumReturn` becomes a row of that name before it.
 *
 * Units   `floor` as `mean`, per period. Edges: without a mean there is no row and the answer is the least CVaR.
 * Source  native/include/ballast/frontier.h, which solves these problems in one walk.
 */
export function pointProblem(problem: MeanCvarProblem, floor: number): MeanCvarProblem {
  const { mean, minimumReturn, groups = [], ...rest } = problem
  const rows: GroupRow[] = [...groups]
  if (mean !== undefined && minimumReturn !== undefined)
    rows.push({ name: 'minimumReturn', coefficients: mean, lower: minimumReturn })
  if (mean !== undefined) rows.push({ name: FLOOR, coefficients: mean, lower: floor })
  return { ...rest, riskAversion: 1, groups: rows }
}

/** Largest relative difference between the claimed and the recomputed return of a point. */
const AGREEMENT = 1e-9

/**
 * Recomputes a point as {@link certify} does, and its return from the floor's row: the point's problem has no mean, so
 * certify() alone would expect a return of 0. The figures' `expectedReturn` is that mean·w.
 */
export function certifyPoint({ problem, answer }: FrontierPoint, limits?: CertifyLimits): Certificate {
  const { expectedReturn: claimed, ...rest } = answer
  const verdict = certify(problem, rest, limits)
  if (!verdict.certified) return verdict
  const row = problem.groups?.at(-1)
  const mean = row?.name === FLOOR ? row.coefficients : new Float64Array(answer.weights.length)
  const expectedReturn = answer.weights.reduce((sum, weight, i) => sum + weight * mean[i]!, 0)
  const scale = mean.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  if (!(Math.abs(claimed - expectedReturn) <= AGREEMENT * Math.max(Math.abs(expectedReturn), scale)))
    return { certified: false, reason: `expectedReturn is claimed as ${claimed} but recomputes to ${expectedReturn}` }
  return { ...verdict, expectedReturn }
}
