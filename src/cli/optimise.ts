import type { Command } from 'commander'
import { nativeSolver } from '#adapters/solver/native.js'
import { certify } from '#domain/optimise/certify.js'
import { failureReason } from '#domain/optimise/evidence.js'
import { type SolverAnswer, type SolverSolution, solved } from '#domain/optimise/mean-cvar.js'
import type { InstrumentId } from '#units/ids.js'
import { CliError, EXIT } from './failure.js'
import { type InputRequest, scenarioReturns } from './optimise/input.js'
import { problemOf, readProblem } from './optimise/problem.js'
import { resultOf, resultText } from './optimise/result.js'
import { outputOf } from './output.js'

/** `ballast optimise`: one Mean-CVaR problem over a file of returns or prices; touches no state. */
export function registerOptimise(program: Command): void {
  program
    .command('optimise')
    .description('solve one Mean-CVaR problem over historical scenarios and certify the answer')
    .option('--returns <file>', 'CSV of returns, plain or gzip: a column for each instrument')
    .option('--prices <file>', 'CSV of prices, plain or gzip: returns are made of neighbouring sessions')
    .option('--from <date>', 'session of the first return')
    .option('--to <date>', 'session of the last return')
    .option('--problem <file>', 'limits and preferences in YAML (default: long-only, fully invested, CVaR 95 %)')
    .action(async (options: InputRequest & { problem?: string }, command: Command) => {
      const output = outputOf(command)
      const file = readProblem(options.problem)
      const matrix = scenarioReturns(options)
      const problem = problemOf(file, matrix)
      const answer = await nativeSolver().solve(problem, { tolerance: file.settings.tolerance })
      const solution = solutionOf(answer, matrix.names)
      const certificate = certify(problem, solution)
      if (!certificate.certified)
        throw new CliError(EXIT.failed, 'NOT_CERTIFIED', `the answer does not certify: ${certificate.reason}`)
      const result = resultOf(matrix, solution, certificate)
      output.print(result, () => resultText(output, result))
    })
}

/** The solution, or the failure as an error: wrong input is 64 with the field, everything else 1. */
function solutionOf(answer: SolverAnswer, names: readonly string[]): SolverSolution {
  if (solved(answer)) return answer
  const message = failureReason(answer, names as readonly InstrumentId[])
  if (answer.status === 'INVALID_INPUT') throw new CliError(EXIT.usage, answer.status, message, { field: answer.field })
  const details = answer.status === 'INFEASIBLE' ? { conflict: answer.conflict.map((name) => named(name, names)) } : {}
  throw new CliError(EXIT.failed, answer.status, message, details)
}

/** A limit in conflict by instrument rather than by column: `bound:3` is `bound:MSFT`. */
function named(limit: string, names: readonly string[]): string {
  const column = /^bound:(\d+)$/.exec(limit)?.[1]
  return column === undefined ? limit : `bound:${names[Number(column)] ?? column}`
}
