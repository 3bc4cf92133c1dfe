import type { RunTask } from '#domain/task.js'
import { type Beside, besideNothing } from '#domain/what-if/beside.js'
import { type Changes, readChanges } from '#domain/what-if/changes.js'
import { noMetrics } from '#ports/metrics.js'
import { type PreviewRequest, preview } from '#runtime/preview.js'
import { counts } from '#runtime/traffic.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import type { Outcome } from '#units/outcome.js'
import { type RunReport, reportOf } from './runs.js'
import { type LastMarket, type Sight, stateOf } from './sight.js'
import { assumedMarket } from './what-if.js'

/** Who wants to know, what for, and what is to be otherwise; who and why stand in the plan's trigger. */
export interface PlanAsked {
  readonly actor: string
  readonly reason: string
  /** What is assumed to be otherwise, by key: see {@link readChanges}. Absent for the plan as things are. */
  readonly what_if?: Readonly<Record<string, string>>
  /** What the run is to do; absent where it is to rebalance. */
  readonly task?: RunTask
}

/** A planned run beside doing nothing, and what was assumed for both. */
export interface PlanReport extends RunReport {
  readonly beside: Beside
  readonly whatIf: Readonly<Record<string, string>>
}

/**
 * The run a manual trigger would begin now, up to governance, on books, limits and prices as they are or as they are
 * assumed to be; changes nothing.
 * @throws Fault `RUN_IN_PROGRESS`, `WHAT_IF_INVALID`, `CASH_SHORT`, and as {@link Sight.market}. Cost: one solve.
 */
export async function planOf(
  sight: Sight,
  portfolio: PortfolioId,
  { actor, reason, what_if: whatIf = {}, task }: PlanAsked,
): Promise<PlanReport> {
  const changes = sure(readChanges(whatIf))
  const snapshot = stateOf(sight, portfolio)
  const policy = policyUnder(sight, portfolio, changes)
  const asked = policy ?? snapshot.context.policy
  const { universe } = asked
  const held = Object.keys(snapshot.context.book.positions)
  const names = [...new Set<string>([...universe.map(({ id }) => id), ...held])] as InstrumentId[]
  const { market, clock } = marketUnder(sight.market(portfolio), changes, names)
  const request: PreviewRequest = {
    ...(counts(asked) && { sent: sight.sent(asked, clock.now()) }),
    ...{ snapshot, seq: sight.journal.head(portfolio).seq, actor, reason, cash: changes.cash },
    ...(policy === undefined ? {} : { policy }),
    ...(task === undefined ? {} : { task }),
  }
  const run = sure(await preview(request, { market, clock, solver: sight.solver(), metrics: noMetrics }))
  return { ...reportOf(run), beside: besideNothing(run), whatIf }
}

const policyUnder = (sight: Sight, portfolio: PortfolioId, { settings }: Changes) =>
  Object.keys(settings).length === 0 ? sight.policy(portfolio) : sure(sight.changedPolicy(portfolio, settings))

const marketUnder = (last: LastMarket, changes: Changes, names: readonly InstrumentId[]): LastMarket =>
  changes.prices.size === 0 && changes.date === null ? last : sure(assumedMarket(last, changes, names))

function sure<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new Fault(outcome.refusal.code, outcome.refusal.message, 'never')
}
