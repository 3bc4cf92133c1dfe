import { type CertifiedFigures, figuresOf, slopeScale } from './certify/figures.js'
import type { MeanCvarProblem, SolverSolution } from './mean-cvar.js'

/** The verdict on a solution: its figures when they hold, else the first reason why not. */
export type Certificate =
  | ({ readonly certified: true } & CertifiedFigures)
  | { readonly certified: false; readonly reason: string; readonly figures?: CertifiedFigures }

/** What certify() accepts. */
export interface CertifyLimits {
  /** Largest recomputed gap, relative; default 1e-6, and none under a limit on names. */
  readonly gap?: number
  /** Largest violation, weight units; default 1e-8. */
  readonly violation?: number
  /** Largest relative difference between a claimed and a recomputed figure; default 1e-9. */
  readonly agreement?: number
}

/** Largest relative gap of an answer to a convex problem, and what a claimed gap may differ by. */
const GAP = 1e-6

/**
 * Recomputes a solution from its weights and duals and accepts it only when it is feasible, its bound closes the gap,
 * and its own figures are the recomputed ones. Shares no code with the solver.
 *
 * Bound  for any q in 0 <= q <= lambda p / (1 - alpha), sum q = lambda, and any row multipliers y, the minimum over
 *        the box of the Lagrangian bounds the optimum from below; q is first clipped and moved into that set.
 * Names  the bound knows nothing of cardinality: to such a problem any recomputed gap will do, unless `limits.gap` is
 *        given. The claimed one is the solver's search, taken at its word; it may not exceed the recomputed gap, whose
 *        bound is lower, and OPTIMAL has to claim that it is closed.
 * Edges  any figure that is not finite, or a wrong array length, is not certified. A gap below 0 counts as 0.
 * Errors none. Cost O(T N + T log T).
 * Source design optimiser.md sections 3 and 6.
 */
export function certify(
  problem: MeanCvarProblem,
  solution: Pick<SolverSolution, 'weights' | 'duals'> & Partial<SolverSolution>,
  limits: CertifyLimits = {},
): Certificate {
  const { violation: violationLimit = 1e-8, agreement = 1e-9 } = limits
  const { rows, columns } = problem.scenarios
  if (solution.weights.length !== columns)
    return refuse(`weights has ${solution.weights.length} elements, not ${columns}`)
  if (solution.duals.scenario.length !== rows) {
    return refuse(`duals.scenario has ${solution.duals.scenario.length} elements, not ${rows}`)
  }
  const figures = figuresOf(problem, solution)
  for (const [name, value] of Object.entries(figures)) {
    if (!Number.isFinite(value)) return refuse(`${name} recomputes to ${value}`)
  }
  if (figures.violation > violationLimit) {
    return refuse(`the weights violate a limit by ${figures.violation}, above ${violationLimit}`, figures)
  }
  const reason = gapDoubt(problem, solution, figures, limits) ?? claimDoubt(problem, solution, figures, agreement)
  return reason === null ? { certified: true, ...figures } : refuse(reason, figures)
}

function refuse(reason: string, figures?: CertifiedFigures): Certificate {
  return figures === undefined ? { certified: false, reason } : { certified: false, reason, figures }
}

function gapDoubt(
  problem: MeanCvarProblem,
  { status, gap: claimed }: Partial<SolverSolution>,
  { gap }: CertifiedFigures,
  limits: CertifyLimits,
): string | null {
  const few = problem.cardinality !== undefined
  const most = limits.gap ?? (few ? Infinity : GAP)
  if (gap > most) return `the gap recomputes to ${gap}, above ${most}`
  if (!few || claimed === undefined) return null
  if (status === 'OPTIMAL' && !(claimed <= GAP)) return `an optimum is claimed at a gap of ${claimed}, above ${GAP}`
  if (!(claimed >= 0 && claimed <= gap + GAP)) return `gap is claimed as ${claimed} but recomputes to at most ${gap}`
  return null
}

function claimDoubt(
  problem: MeanCvarProblem,
  solution: Partial<SolverSolution>,
  figures: CertifiedFigures,
  agreement: number,
): string | null {
  const scale = slopeScale(problem)
  for (const name of ['objective', 'cvar', 'expectedReturn', 'cost', 'cash'] as const) {
    const claimed = solution[name]
    if (claimed === undefined) continue
    const allowed = agreement * Math.max(Math.abs(figures[name]), name === 'cash' ? 1 : scale)
    if (!(Math.abs(claimed - figures[name]) <= allowed)) {
      return `${name} is claimed as ${claimed} but recomputes to ${figures[name]}`
    }
  }
  return null
}
