import type { MeanCvarProblem, SolverAnswer } from '#domain/optimise/mean-cvar.js'

/** Limits of one solve. */
export interface SolveOptions {
  /** Relative optimality gap to certify; default 1e-8. */
  readonly tolerance?: number
  /** Wall time allowed, milliseconds; default 60 000. */
  readonly timeLimitMs?: number
  readonly signal?: AbortSignal
}

/** Solves Mean-CVaR problems off the event loop. */
export interface Solver {
  solve(problem: MeanCvarProblem, options?: SolveOptions): Promise<SolverAnswer>
  /** Backend name, library version and what it can use, for `version` and the build-info metric. */
  describe(): { readonly backend: string; readonly version: string; readonly cuda: string }
}
