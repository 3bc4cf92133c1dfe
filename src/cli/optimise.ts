import { type Command, Option } from 'commander'
import type { ReturnsMatrix } from '#adapters/feed/returns.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { version } from '#daemon/version.js'
import { certify } from '#domain/optimise/certify.js'
import { failureReason } from '#domain/optimise/evidence.js'
import { type MeanCvarProblem, type SolverFailure, type SolverSolution, solved } from '#domain/optimise/mean-cvar.js'
import type { SolveOptions, SolverBackend } from '#ports/solver.js'
import type { InstrumentId } from '#units/ids.js'
import { CliError, EXIT } from './failure.js'
import { askHighs, compared, type HighsAnswer, highsPeer, infeasibleToo } from './optimise/compare.js'
import { csvOf } from './optimise/csv.js'
import { explainLimits } from './optimise/explain.js'
import { plotter, writeBeside } from './optimise/files.js'
import { type FrontierResult, frontierResultOf, frontierText } from './optimise/frontier.js'
import { type InputRequest, scenarioReturns } from './optimise/input.js'
import { problemOf, readProblem } from './optimise/problem.js'
import { solveLine } from './optimise/progress.js'
import { resultOf, resultText } from './optimise/result.js'
import { type Output, outputOf } from './output.js'
import { milliseconds, wholeNumber } from './settings.js'

interface Options extends InputRequest {
  readonly problem?: string
  readonly frontier?: number
  readonly plot?: string
  readonly csv?: string
  readonly explain?: boolean
  readonly compare?: 'highs'
  readonly threads: number
  readonly backend: SolverBackend
  readonly timeLimit?: number
}

/** `ballast optimise`: one Mean-CVaR problem over a file of returns or prices; touches no state. */
export function registerOptimise(program: Command): void {
  program
    .command('optimise')
    .description('solve one Mean-CVaR problem over historical scenarios and certify the answer')
    .option('--returns <file>', 'CSV, plain or gzip, or Parquet of returns: a column for each instrument')
    .option('--prices <file>', 'CSV, plain or gzip, or Parquet of prices: returns are made of neighbouring sessions')
    .option('--from <date>', 'session of the first return')
    .option('--to <date>', 'session of the last return')
    .option('--problem <file>', 'limits and preferences in YAML (default: long-only, fully invested, CVaR 95 %)')
    .option('--frontier <points>', 'portfolios of least CVaR for rising returns; needs a mean', wholeNumber(2))
    .option('--plot <file>', 'draw the frontier: a .svg picture, or a .html page with its table')
    .option('--csv <file>', 'write figures and weights as CSV, a row for each portfolio')
    .option('--explain', 'say what each limit that binds means and what loosening it would bring')
    .addOption(
      new Option('--compare <solver>', 'have another solver answer too, and fail when the objectives differ').choices([
        'highs',
      ]),
    )
    .option('--threads <n>', 'threads of the solver; the answer does not depend on it', wholeNumber(1), 1)
    .addOption(
      new Option('--backend <where>', 'what solves: the processors, a CUDA device, or whichever suits the problem')
        .choices(['cpu', 'cuda', 'auto'])
        .default('cpu'),
    )
    .option('--time-limit <duration>', 'how long the solver may take (default: 60s)', milliseconds)
    .action((options: Options, command: Command) => optimise(options, outputOf(command)))
}

async function optimise(options: Options, output: Output): Promise<void> {
  if (options.plot !== undefined && options.frontier === undefined)
    throw new CliError(EXIT.usage, 'USAGE', '--plot draws a frontier: give --frontier POINTS as well')
  if (options.compare !== undefined && options.frontier !== undefined)
    throw new CliError(EXIT.usage, 'USAGE', '--compare looks at one portfolio: leave --frontier out')
  const draw = options.plot === undefined ? undefined : plotter(options.plot)
  const file = readProblem(options.problem)
  if (options.frontier !== undefined && file.settings.mean === 'none')
    throw new CliError(EXIT.usage, 'USAGE', '--frontier needs expected returns: set mean in the problem file')
  const matrix = await scenarioReturns(options)
  const problem = problemOf(file, matrix)
  const { tolerance } = file.settings
  const line = solveLine(process.stderr, output.settings.verbosity >= 0, tolerance)
  const limits: SolveOptions = {
    tolerance,
    threads: options.threads,
    backend: options.backend,
    ...(options.timeLimit === undefined ? {} : { timeLimitMs: options.timeLimit }),
    ...(line === undefined ? {} : { onProgress: line.onProgress }),
  }
  try {
    if (options.frontier === undefined) await printOne(options, output, matrix, problem, limits)
    else {
      const result = await printFrontier(options, options.frontier, output, matrix, problem, limits)
      if (draw !== undefined) writeBeside(options.plot!, await draw(plotted(options, result)))
    }
  } finally {
    line?.stop()
  }
}

async function printOne(
  options: Options,
  output: Output,
  matrix: ReturnsMatrix,
  problem: MeanCvarProblem,
  limits: SolveOptions,
): Promise<void> {
  const peer = options.compare === undefined ? undefined : await highsPeer()
  const answer = await nativeSolver().solve(problem, limits)
  const compares = peer !== undefined && (solved(answer) || answer.status === 'INFEASIBLE')
  const highs = compares ? await askHighs(peer, problem, options.timeLimit) : undefined
  if (!solved(answer)) throw failureOf(answer, matrix.names, highs)
  const certificate = certified(problem, answer)
  const comparison = highs && compared(problem, certificate.objective, answer, highs)
  const limiting = options.explain === true ? explainLimits(matrix.names, problem, answer) : undefined
  const result = resultOf(matrix, answer, certificate, limiting, comparison)
  if (options.csv !== undefined)
    writeBeside(options.csv, csvOf(matrix.names, [{ floor: null, figures: certificate, weights: result.weights }]))
  output.print(result, () => resultText(output, result))
}

function certified(problem: MeanCvarProblem, solution: SolverSolution) {
  const certificate = certify(problem, solution)
  if (certificate.certified) return certificate
  throw new CliError(EXIT.failed, 'NOT_CERTIFIED', `the answer does not certify: ${certificate.reason}`)
}

async function printFrontier(
  options: Options,
  points: number,
  output: Output,
  matrix: ReturnsMatrix,
  problem: MeanCvarProblem,
  limits: SolveOptions,
): Promise<FrontierResult> {
  const answer = await nativeSolver().frontier(problem, { ...limits, points })
  if (answer.status !== 'SOLVED') throw failureOf(answer, matrix.names)
  const result = frontierResultOf(matrix, answer.points, options.explain === true)
  if (options.csv !== undefined) {
    const portfolios = result.points.map((point) => ({ floor: point.floor, figures: point, weights: point.weights }))
    writeBeside(options.csv, csvOf(matrix.names, portfolios))
  }
  output.print(result, () => frontierText(output, result))
  return result
}

function plotted({ returns, prices }: Options, { points, scenarios }: FrontierResult) {
  const { rows, columns, from, to } = scenarios
  const source = `${returns ?? prices}: ${rows} returns of ${columns} instruments, ${from} to ${to}`
  return { title: 'Efficient frontier', source, version, points }
}

/** A failed solve as an error: wrong input is 64 with the field, everything else 1. */
function failureOf(failure: SolverFailure, names: readonly string[], highs?: HighsAnswer): CliError {
  const reason = failureReason(failure, names as readonly InstrumentId[])
  const message = highs === undefined ? reason : `${reason} (${infeasibleToo(highs)})`
  if (failure.status === 'INVALID_INPUT')
    return new CliError(EXIT.usage, failure.status, message, { field: failure.field })
  const details =
    failure.status === 'INFEASIBLE' ? { conflict: failure.conflict.map((name) => named(name, names)) } : {}
  return new CliError(EXIT.failed, failure.status, message, { ...details, ...(highs === undefined ? {} : { highs }) })
}

/** A limit in conflict by instrument rather than by column: `bound:3` is `bound:MSFT`. */
function named(limit: string, names: readonly string[]): string {
  const column = /^bound:(\d+)$/.exec(limit)?.[1]
  return column === undefined ? limit : `bound:${names[Number(column)] ?? column}`
}
