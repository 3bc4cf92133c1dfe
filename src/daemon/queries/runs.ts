import type { RunExplanation } from '#domain/explain/explanation.js'
import { explainRun, vetoOf } from '#domain/explain/run.js'
import type { Run } from '#domain/run.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Sight, stateOf } from './sight.js'

/** A run in full, and whether it went wrong. */
export interface RunReport {
  readonly run: RunExplanation
  /** The rule that refused the plan, in a sentence; null when none did. */
  readonly veto: string | null
  readonly failure: Run['failure']
  /** Whether governance let any trade through. */
  readonly trades: boolean
}

/** One run in a list. */
export type RunRow = ReturnType<typeof rowOf>

/** A portfolio's runs, oldest first; the last one as the newest state has it, fills after the last phase included. */
export function runsOf(sight: Sight, portfolio: PortfolioId): readonly Run[] {
  const latest = stateOf(sight, portfolio).context.run
  const runs = sight.journal.runs(portfolio).filter((run) => run.id !== latest?.id)
  return latest === null ? runs : [...runs, latest]
}

/** A portfolio's runs in a line each, oldest first. */
export const runRows = (sight: Sight, portfolio: PortfolioId): readonly RunRow[] => runsOf(sight, portfolio).map(rowOf)

/** One run in full. @throws Fault `RUN_UNKNOWN`. */
export function runShown(sight: Sight, portfolio: PortfolioId, { run: id }: { readonly run: string }): RunReport {
  const found = runsOf(sight, portfolio).find((run) => run.id === id)
  if (found === undefined) throw new Fault('RUN_UNKNOWN', `${portfolio} has no run ${id}`, 'never')
  return reportOf(found)
}

/** A run in full, as plain data. */
export const reportOf = (run: Run): RunReport => ({
  run: explainRun(run),
  veto: vetoOf(run),
  failure: run.failure,
  trades: run.failure === null && run.approved.length > 0,
})

const rowOf = (run: Run) => {
  const { orders, cost } = explainRun(run)
  return {
    run: run.id,
    portfolio: run.portfolio,
    session: run.session,
    trigger: run.trigger.kind,
    why: run.trigger.why,
    status: run.status,
    orders: orders.length,
    turnover: run.plan?.turnover ?? 0,
    realisedCost: cost.realised,
    realisedBps: cost.realisedBps,
    plan: run.plan?.hash ?? null,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome: run.outcome,
  }
}
