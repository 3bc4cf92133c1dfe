import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { nativeSolver } from '#adapters/solver/native.js'
import { explainRun, vetoOf } from '#domain/explain/run.js'
import type { Run } from '#domain/run.js'
import { noMetrics } from '#ports/metrics.js'
import { preview } from '#runtime/preview.js'
import { EXIT, type Failure, refused } from './failure.js'
import { lastMarket } from './market.js'
import { failing, type Output, outputOf } from './output.js'
import { runReport } from './run-report.js'
import { knownPortfolio, type OpenState, recorded, withState } from './state.js'

/** `ballast plan PORTFOLIO`: the rebalance that would be made now; changes nothing. */
export function registerPlan(program: Command): void {
  program
    .command('plan')
    .description('targets and trades as of the last closed session; nothing is written or sent')
    .argument('<portfolio>')
    .option('--detailed-exitcode', 'exit 2 when trades are proposed')
    .action(async (name: string, options: { detailedExitcode?: boolean }, command: Command) => {
      const output = outputOf(command)
      const run = await withState(output.settings, (state) => plannedRun(state, name, 'plan'))
      printPlan(output, run)
      const proposes = run.failure === null && run.approved.length > 0
      if (options.detailedExitcode === true && proposes && process.exitCode === undefined)
        process.exitCode = EXIT.trades
    })
}

/** The run a manual trigger would begin on a portfolio now. */
export async function plannedRun(state: OpenState, name: string, reason: string): Promise<Run> {
  const portfolio = recorded(state, knownPortfolio(state, name))
  const configured = state.config.portfolios.find(({ policy }) => policy.id === portfolio.id)
  const outcome = await preview(
    {
      snapshot: portfolio.snapshot,
      seq: portfolio.head.seq,
      ...(configured === undefined ? {} : { policy: configured.policy }),
      actor: operator(),
      reason,
    },
    { ...lastMarket(state.config, portfolio), solver: nativeSolver(), metrics: noMetrics },
  )
  if (!outcome.ok) throw refused(EXIT.conflict, outcome.refusal)
  return outcome.value
}

/** Prints a previewed run; a veto or failure sets the exit code. */
export function printPlan(output: Output, run: Run): void {
  const explained = explainRun(run)
  output.print({ ...explained, veto: vetoOf(run) }, () => runReport(output, explained), troubleOf(run))
}

/** What went wrong with a run: 3 when governance refused it, 1 when it failed, undefined when it did not. */
export function troubleOf(run: Run): Failure | undefined {
  const veto = vetoOf(run)
  if (veto !== null)
    return failing(EXIT.vetoed, 'GOVERNANCE_VETO', `governance refused the plan of ${run.portfolio}: ${veto}`)
  if (run.failure === null) return undefined
  return failing(EXIT.failed, `RUN_${run.failure.status}`, `${run.portfolio} ${run.id}: ${run.failure.reason}`)
}

/** Who is asking: the name of the operating system's user. */
export function operator(): string {
  try {
    return userInfo().username
  } catch {
    return 'operator'
  }
}
