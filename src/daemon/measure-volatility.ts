import type { Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'

/** How volatile the market of a portfolio is, and what that leaves of its weights; nothing of one whose file does not ask. */
export function measureVolatility(metrics: Metrics, { portfolio, before, after }: Staged, first: boolean): void {
  const { policy, volatility: known } = after.context
  if (policy.volatility === undefined) return
  const newlyAsked = before?.context.policy.volatility !== policy.volatility
  if (known === before?.context.volatility && !first && !newlyAsked) return
  const until = known === undefined ? 0 : (known.reading.at + policy.volatility.maxAgeMs) / 1000
  metrics.gauge('ballast_volatility_level', known?.reading.level ?? 0, { portfolio })
  metrics.gauge('ballast_volatility_multiplier', known?.multiplier ?? 1, { portfolio })
  metrics.gauge('ballast_volatility_stale_timestamp_seconds', until, { portfolio })
}
