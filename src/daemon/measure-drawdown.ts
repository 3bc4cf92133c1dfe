import { drawdown } from '#domain/book/evolve.js'
import { drawdownMultiplier } from '#domain/derisk/drawdown.js'
import { paramsOf } from '#domain/governance/judge.js'
import { drawdownLimit } from '#domain/governance/rules/drawdown.js'
import type { Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'

/** How far below its mark a portfolio is, and where a rule counts that, what counts and what is left of targets. */
export function measureDrawdown(metrics: Metrics, { portfolio, before, after }: Staged, first: boolean): void {
  const { book, drawdown: standing, policy } = after.context
  if (first || book.nav !== before?.context.book.nav) {
    metrics.gauge('ballast_drawdown_ratio', drawdown(book), { portfolio })
    metrics.gauge('ballast_high_water_unit_value', book.nav.highWaterPerUnit.toNumber(), { portfolio })
  }
  const earlier = before?.context
  if (!first && standing === earlier?.drawdown && policy === earlier?.policy) return
  const params = paramsOf(drawdownLimit, policy.governance)
  if (params === null || standing === undefined) return
  metrics.gauge('ballast_drawdown_counted_ratio', standing.counted, { portfolio })
  metrics.gauge('ballast_drawdown_multiplier', drawdownMultiplier(standing.counted, params.max), { portfolio })
}
