import { noMetrics } from '#ports/metrics.js'
import { preview } from '#runtime/preview.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type RunReport, reportOf } from './runs.js'
import { type Sight, stateOf } from './sight.js'

/** Who wants to know, and what for; they stand in the plan's trigger. */
export interface PlanAsked {
  readonly actor: string
  readonly reason: string
}

/**
 * The run a manual trigger would begin now, up to governance; changes nothing.
 * @throws Fault `RUN_IN_PROGRESS`, and as {@link Sight.market}. Cost: one solve.
 */
export async function planOf(sight: Sight, portfolio: PortfolioId, { actor, reason }: PlanAsked): Promise<RunReport> {
  const policy = sight.policy(portfolio)
  const { market, clock } = sight.market(portfolio)
  const outcome = await preview(
    {
      snapshot: stateOf(sight, portfolio),
      seq: sight.journal.head(portfolio).seq,
      ...(policy === undefined ? {} : { policy }),
      actor,
      reason,
    },
    { market, clock, solver: sight.solver(), metrics: noMetrics },
  )
  if (outcome.ok) return reportOf(outcome.value)
  throw new Fault(outcome.refusal.code, outcome.refusal.message, 'never')
}
