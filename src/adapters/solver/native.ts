/** The solver port on the C++ library: threads of its own for each solve, never the libuv pool that the journal writes on. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { MeanCvarProblem, SolverAnswer, SolverFailure, SolverSolution } from '#domain/optimise/mean-cvar.js'
import type { SolveOptions, Solver } from '#ports/solver.js'
import { packageRoot } from '../package-root.js'

/** Where the addon is and the limits of a solve that states none. */
export interface NativeSolverOptions {
  /** Path of ballast.node; default build/Release/ballast.node under the package root. */
  readonly addon?: string
  /** Relative optimality gap to certify; default 1e-8. */
  readonly tolerance?: number
  /** Wall time of one solve, milliseconds; default 60 000. */
  readonly timeLimitMs?: number
  /** Threads of each solve, a whole number >= 1; default 1. The answer's bits do not depend on it. */
  readonly threads?: number
}

/** What crosses the bridge back: every field present, in the order of native/binding/decode.cpp. */
interface AnswerDto {
  readonly status: SolverAnswer['status']
  readonly field: string
  readonly message: string
  readonly conflict: readonly string[]
  readonly weights: Float64Array | null
  readonly cash: number
  readonly objective: number
  readonly lowerBound: number
  readonly gap: number
  readonly cvar: number
  readonly var: number
  readonly expectedReturn: number
  readonly cost: number
  readonly violation: number
  readonly scenarioDual: Float64Array | null
  readonly budgetDual: number
  readonly buysDual: number
  readonly sellsDual: number
  readonly tradedDual: number
  readonly leverageDual: number
  readonly minimumReturnDual: number
  readonly maximumCvarDual: number
  readonly groupDuals: Float64Array | null
  readonly reducedCost: Float64Array | null
  readonly iterations: number
  readonly passes: number
  readonly elapsedMs: number
  readonly backend: string
}

interface Addon {
  solve(problem: object, options: object): { readonly promise: Promise<AnswerDto>; readonly cancel: () => void }
  version(): string
  describe(): { readonly backend: string; readonly version: string; readonly cuda: string }
}

/**
 * A solver backed by the native library.
 *
 * The problem's arrays are read in place while the solve runs: they must not change or be transferred until the
 * promise settles. Solves run concurrently, each on threads of its own. A bad problem is an INVALID_INPUT answer.
 *
 * Errors  throws at once when the addon is missing or was built for another platform.
 * Source  design optimiser.md section 4; native/include/ballast/solve.h.
 */
export function nativeSolver(options: NativeSolverOptions = {}): Solver {
  const addon = load(options.addon ?? join(packageRoot, 'build', 'Release', 'ballast.node'))
  return {
    solve: (problem, limits) => run(addon, problem, { ...options, ...limits }),
    describe: () => addon.describe(),
  }
}

async function run(
  addon: Addon,
  problem: MeanCvarProblem,
  limits: SolveOptions & NativeSolverOptions,
): Promise<SolverAnswer> {
  const { tolerance = 1e-8, timeLimitMs = 60_000, threads = 1, signal } = limits
  if (signal?.aborted) return { status: 'CANCELLED', message: 'the solve was cancelled before it began' }
  if (!(tolerance > 0)) return refused('tolerance', tolerance)
  if (!(timeLimitMs > 0)) return refused('timeLimitMs', timeLimitMs)
  if (!Number.isSafeInteger(threads) || threads < 1) {
    return { status: 'INVALID_INPUT', field: 'threads', message: `threads is ${threads}, not a whole number from 1` }
  }
  const { promise, cancel } = addon.solve(problemDto(problem), { tolerance, timeLimitMs, threads })
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return answerOf(await promise, problem)
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

function refused(field: string, value: number): SolverFailure {
  return { status: 'INVALID_INPUT', field, message: `${field} is ${value}, not above 0` }
}

function problemDto(problem: MeanCvarProblem): object {
  const { scenarios, cost, cardinality } = problem
  return {
    scenarios: {
      rows: scenarios.rows,
      columns: scenarios.columns,
      returns: scenarios.returns,
      probabilities: scenarios.probabilities ?? null,
    },
    confidence: problem.confidence,
    riskAversion: problem.riskAversion,
    mean: problem.mean ?? null,
    lower: problem.lower,
    upper: problem.upper,
    funding: problem.funding ?? null,
    held: problem.held ?? null,
    cash: { lower: problem.cash.lower, upper: problem.cash.upper },
    cost: cost
      ? {
          buy: cost.buy,
          sell: cost.sell,
          holdingPeriods: cost.holdingPeriods,
          steps: (cost.steps ?? []).map(({ beyond, buy, sell }) => ({ beyond, buy, sell })),
        }
      : null,
    groups: (problem.groups ?? []).map((group) => ({
      name: group.name,
      coefficients: group.coefficients,
      lower: group.lower ?? null,
      upper: group.upper ?? null,
    })),
    turnover: problem.turnover ?? null,
    traded: problem.traded ?? null,
    leverage: problem.leverage ?? null,
    minimumReturn: problem.minimumReturn ?? null,
    maximumCvar: problem.maximumCvar ?? null,
    cardinality: cardinality ? { most: cardinality.most, smallest: cardinality.smallest } : null,
  }
}

function answerOf(dto: AnswerDto, problem: MeanCvarProblem): SolverAnswer {
  switch (dto.status) {
    case 'OPTIMAL':
    case 'FEASIBLE':
      return solutionOf(dto, dto.status, problem)
    case 'INVALID_INPUT':
      return { status: dto.status, field: dto.field, message: dto.message }
    case 'INFEASIBLE':
      return { status: dto.status, message: dto.message, conflict: dto.conflict }
    default:
      return { status: dto.status, message: dto.message }
  }
}

function solutionOf(dto: AnswerDto, status: SolverSolution['status'], problem: MeanCvarProblem): SolverSolution {
  return {
    status,
    weights: present(dto.weights),
    cash: dto.cash,
    objective: dto.objective,
    lowerBound: dto.lowerBound,
    gap: dto.gap,
    cvar: dto.cvar,
    var: dto.var,
    expectedReturn: dto.expectedReturn,
    cost: dto.cost,
    violation: dto.violation,
    duals: {
      scenario: present(dto.scenarioDual),
      budget: dto.budgetDual,
      turnover: { buys: dto.buysDual, sells: dto.sellsDual },
      traded: dto.tradedDual,
      leverage: dto.leverageDual,
      minimumReturn: dto.minimumReturnDual,
      maximumCvar: dto.maximumCvarDual,
      groups: (problem.groups ?? []).map((group, g) => ({ name: group.name, dual: dto.groupDuals?.[g] ?? 0 })),
      reducedCost: present(dto.reducedCost),
    },
    iterations: dto.iterations,
    passes: dto.passes,
    elapsedMs: dto.elapsedMs,
    backend: dto.backend,
  }
}

function present(array: Float64Array | null): Float64Array {
  if (array === null) throw new Error('the native solver answered with a solution that lacks an array')
  return array
}

function load(path: string): Addon {
  if (!existsSync(path)) throw new Error(`the native solver is not built: ${path} is missing; run npm run setup`)
  try {
    return createRequire(import.meta.url)(path) as Addon
  } catch (error) {
    throw new Error(`the native solver at ${path} cannot be loaded; run npm run setup`, { cause: error })
  }
}
