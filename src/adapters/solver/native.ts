/** The solver port on the C++ library: threads of its own for each call, never the libuv pool that the journal writes on. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { FrontierAnswer } from '#domain/optimise/frontier.js'
import type { MeanCvarProblem, SolverAnswer, SolverFailure } from '#domain/optimise/mean-cvar.js'
import type { FrontierOptions, SolveOptions, SolveProgress, Solver, SolverBackend } from '#ports/solver.js'
import { packageRoot } from '../package-root.js'
import { type AnswerDto, answerOf, type FrontierDto, frontierOf, type ProblemDto, problemDto } from './dto.js'

/** Where the addon is and the limits of a call that states none. */
export interface NativeSolverOptions {
  /** Path of ballast.node; default build/Release/ballast.node under the package root. */
  readonly addon?: string
  /** Relative optimality gap to certify; default 1e-8. */
  readonly tolerance?: number
  /** Wall time of one call, milliseconds; default 60 000. */
  readonly timeLimitMs?: number
  /** Threads of each call, a whole number >= 1; default 1. The answer's bits do not depend on it. */
  readonly threads?: number
  /** Where calls run that do not say; default cpu. */
  readonly backend?: SolverBackend
}

/** A call under way. */
export interface Running<Answer> {
  readonly promise: Promise<Answer>
  readonly cancel: () => void
}

/** What solves: the addon in this process, or whoever speaks for one in another. */
export interface SolverCalls {
  solve(problem: ProblemDto, options: object): Running<AnswerDto>
  frontier(problem: ProblemDto, options: object): Running<FrontierDto>
  solveMany(problems: readonly ProblemDto[], options: object): Running<readonly AnswerDto[]>
  describe(): { readonly backend: string; readonly version: string; readonly cuda: string }
}

/** Limits of a call with every default in place. */
interface Limits {
  readonly tolerance: number
  readonly timeLimitMs: number
  readonly threads: number
  readonly backend: SolverBackend
  readonly points?: number
}

/**
 * A solver backed by the native library.
 *
 * The problem's arrays are read in place while a call runs: they must not change or be transferred until the promise
 * settles. As many calls run at once as there are processors, each on threads of its own; others wait their turn, and
 * their time limits with them. A bad problem is an INVALID_INPUT answer.
 *
 * Errors  throws at once when the addon is missing or was built for another platform.
 * Source  design optimiser.md section 4; native/include/ballast/{solve,frontier,many}.h.
 */
export function nativeSolver(options: NativeSolverOptions = {}): Solver {
  return solverOver(nativeCalls(options.addon), options)
}

/** The port over whatever answers its calls; `options` are the limits of a call that states none. */
export function solverOver(calls: SolverCalls, options: Omit<NativeSolverOptions, 'addon'> = {}): Solver {
  return {
    solve: (problem, given) => solve(calls, problem, { ...options, ...given }),
    frontier: (problem, given) => frontier(calls, problem, { ...options, ...given }),
    solveMany: (problems, given) => solveMany(calls, problems, { ...options, ...given }),
    describe: () => calls.describe(),
  }
}

/** The calls of an addon; default the one built under the package root. @throws Error when it is missing or unfit. */
export const nativeCalls = (addon: string = addonPath): SolverCalls => load(addon)

/** Where the build leaves the addon. */
const addonPath = join(packageRoot, 'build', 'Release', 'ballast.node')

async function solve(addon: SolverCalls, problem: MeanCvarProblem, options: SolveOptions): Promise<SolverAnswer> {
  const limits = limitsOf(options)
  if ('status' in limits) return limits
  const dto = await settled(options, limits, (given) => addon.solve(problemDto(problem), given))
  return answerOf(dto, problem)
}

async function frontier(
  addon: SolverCalls,
  problem: MeanCvarProblem,
  options: FrontierOptions,
): Promise<FrontierAnswer> {
  const { points } = options
  const limits = limitsOf(options)
  if ('status' in limits) return limits
  if (!Number.isSafeInteger(points) || points < 2) return refused('points', points, 'a whole number from 2')
  const dto = await settled(options, { ...limits, points }, (given) => addon.frontier(problemDto(problem), given))
  return frontierOf(dto, problem)
}

async function solveMany(
  addon: SolverCalls,
  problems: readonly MeanCvarProblem[],
  options: SolveOptions,
): Promise<readonly SolverAnswer[]> {
  const limits = limitsOf(options)
  if ('status' in limits) return problems.map(() => limits)
  const dtos = await settled(options, limits, (given) => addon.solveMany(problems.map(problemDto), given))
  return dtos.map((dto, k) => answerOf(dto, problems[k]!))
}

/** Waits for a call; meanwhile its signal cancels it and its listener hears of progress. */
async function settled<Answer>(
  { signal, onProgress }: SolveOptions,
  limits: Limits,
  start: (given: object) => Running<Answer>,
): Promise<Answer> {
  let thrown: { readonly error: unknown } | undefined
  const listen = (progress: SolveProgress): void => {
    if (thrown !== undefined) return
    try {
      onProgress?.(progress)
    } catch (error) {
      thrown = { error }
      running.cancel()
    }
  }
  const running = start(onProgress === undefined ? limits : { ...limits, onProgress: listen })
  signal?.addEventListener('abort', running.cancel, { once: true })
  try {
    const answer = await running.promise
    if (thrown !== undefined) throw thrown.error
    return answer
  } finally {
    signal?.removeEventListener('abort', running.cancel)
  }
}

/** The limits of a call, or why it cannot begin. */
function limitsOf({
  tolerance = 1e-8,
  timeLimitMs = 60_000,
  threads = 1,
  backend = 'cpu',
  signal,
}: SolveOptions): Limits | SolverFailure {
  if (signal?.aborted) return { status: 'CANCELLED', message: 'the solve was cancelled before it began' }
  if (!(tolerance > 0)) return refused('tolerance', tolerance, 'above 0')
  if (!(timeLimitMs > 0)) return refused('timeLimitMs', timeLimitMs, 'above 0')
  if (!Number.isSafeInteger(threads) || threads < 1) return refused('threads', threads, 'a whole number from 1')
  if (!BACKENDS.includes(backend)) return refused('backend', backend, `one of ${BACKENDS.join(', ')}`)
  return { tolerance, timeLimitMs, threads, backend }
}

const BACKENDS: readonly SolverBackend[] = ['cpu', 'cuda', 'auto']

const refused = (field: string, value: number | string, wanted: string): SolverFailure => ({
  status: 'INVALID_INPUT',
  field,
  message: `${field} is ${value}, not ${wanted}`,
})

function load(path: string): SolverCalls {
  if (!existsSync(path)) throw new Error(`the native solver is not built: ${path} is missing; run npm run setup`)
  try {
    return createRequire(import.meta.url)(path) as SolverCalls
  } catch (error) {
    throw new Error(`the native solver at ${path} cannot be loaded; run npm run setup`, { cause: error })
  }
}
