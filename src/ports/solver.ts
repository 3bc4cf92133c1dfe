import type { FrontierAnswer } from '#domain/optimise/frontier.js'
import type { MeanCvarProblem, SolverAnswer } from '#domain/optimise/mean-cvar.js'

/** Where a running solve stands. Over a frontier or many problems, where the one being solved stands. */
export interface SolveProgress {
  /** Wall time since the call, milliseconds. */
  readonly elapsedMs: number
  /** Relative gap proven so far, never rising within one solve; Infinity before the first feasible point. */
  readonly gap: number
  /** Interior point iterations so far. */
  readonly iterations: number
  /** Passes over the whole scenario matrix so far. */
  readonly passes: number
}

/** What solves: the processors, a CUDA device, or whichever suits the problem. */
export type SolverBackend = 'cpu' | 'cuda' | 'auto'

/** Limits of one solve. */
export interface SolveOptions {
  /** Relative optimality gap to certify; default 1e-8. */
  readonly tolerance?: number
  /** Wall time allowed, milliseconds, of the whole call; default 60 000. */
  readonly timeLimitMs?: number
  /** Threads of the call, a whole number ≥ 1; default 1. The answer's bits do not depend on it. */
  readonly threads?: number
  /**
   * Where the call runs; default cpu. `cuda`: on a CUDA device, and on the processors when there is none or it fails: the
   * answer's `backend` and `fallback` say so. `auto`: on a device when there is one and the scenarios are many. The last
   * digits of an answer depend on it, what is proven does not.
   */
  readonly backend?: SolverBackend
  /** Ends the call; what it has not solved yet is CANCELLED. */
  readonly signal?: AbortSignal
  /**
   * Told of progress between turns of the event loop, at most about twenty times a second; what it missed meanwhile is
   * left out. If it throws, the call is cancelled and rejects with what was thrown.
   */
  readonly onProgress?: (progress: SolveProgress) => void
}

/** Limits of a frontier: `timeLimitMs` is that of all its points together. */
export interface FrontierOptions extends SolveOptions {
  /** Points wanted, a whole number ≥ 2. */
  readonly points: number
}

/** Solves Mean-CVaR problems off the event loop. */
export interface Solver {
  solve(problem: MeanCvarProblem, options?: SolveOptions): Promise<SolverAnswer>
  /**
   * The efficient frontier of a problem, in steps of equal return. The problem needs a mean and takes no cardinality;
   * its riskAversion is not used.
   */
  frontier(problem: MeanCvarProblem, options: FrontierOptions): Promise<FrontierAnswer>
  /**
   * Answers in the order of the problems, which share the arrays of their scenarios: one whose arrays are others is
   * INVALID_INPUT at `scenarios`. They may differ in everything else.
   */
  solveMany(problems: readonly MeanCvarProblem[], options?: SolveOptions): Promise<readonly SolverAnswer[]>
  /** Backend name, library version and what it can use, for `version` and the build-info metric. */
  describe(): { readonly backend: string; readonly version: string; readonly cuda: string }
}
