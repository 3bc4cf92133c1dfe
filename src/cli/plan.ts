import type { Command } from 'commander'
import type { RunReport } from '#daemon/queries/runs.js'
import { EXIT, type Failure } from './failure.js'
import { failing, type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { runReport } from './run-report.js'
import { operator } from './signature.js'

/** `ballast plan PORTFOLIO`: the rebalance that would be made now; changes nothing. */
export function registerPlan(program: Command): void {
  program
    .command('plan')
    .description('targets and trades as of the last closed session; nothing is written or sent')
    .argument('<portfolio>')
    .option('--detailed-exitcode', 'exit 2 when trades are proposed')
    .action(async (name: string, options: { detailedExitcode?: boolean }, command: Command) => {
      const output = outputOf(command)
      const planned = await askOne(output.settings, 'plan', name, { actor: operator(), reason: 'plan' })
      printPlan(output, planned)
      if (options.detailedExitcode === true && planned.trades && process.exitCode === undefined)
        process.exitCode = EXIT.trades
    })
}

/** Prints a previewed run; a veto or failure sets the exit code. */
export function printPlan(output: Output, planned: RunReport): void {
  const { run, veto } = planned
  output.print({ ...run, veto }, () => runReport(output, run), troubleOf(planned))
}

/** What went wrong with a run: 3 when governance refused it, 1 when it failed, undefined when it did not. */
export function troubleOf({ run, veto, failure }: RunReport): Failure | undefined {
  if (veto !== null)
    return failing(EXIT.vetoed, 'GOVERNANCE_VETO', `governance refused the plan of ${run.portfolio}: ${veto}`)
  if (failure === null) return undefined
  return failing(EXIT.failed, `RUN_${failure.status}`, `${run.portfolio} ${run.run}: ${failure.reason}`)
}
