import type { RunExplanation } from '#domain/explain/explanation.js'
import { amended } from '#domain/explain/order.js'
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
  const { run: latest, corrections } = stateOf(sight, portfolio).context
  const filed = sight.journal.runs(portfolio).filter((run) => run.id !== latest?.id)
  const busted = new Set(corrections?.busted)
  const taken = busted.size === 0 ? [] : sight.journal.executions(portfolio).filter(({ id }) => busted.has(id))
  const runs = taken.length === 0 ? filed : filed.map((run) => amended(run, new Map(taken.map((row) => [row.id, row]))))
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
    type: run.type,
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
