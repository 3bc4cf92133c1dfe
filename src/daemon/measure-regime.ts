import { REGIMES } from '#domain/regime/regime.js'
import { NO_REGIME } from '#domain/regime/standing.js'
import type { Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'

/** Why no reading is followed, as the label has it. */
const UNFOLLOWED = ['missing', 'unsure', 'stale'] as const

/** What kind of market a portfolio is taken to be in; nothing of one whose file does not ask. */
export function measureRegime(metrics: Metrics, { portfolio, entry, before, after }: Staged, first: boolean): void {
  const { policy, regime: known } = after.context
  const earlier = before?.context.regime
  const asked = policy.regime !== undefined
  const newlyAsked = asked && before?.context.policy.regime === undefined
  if (!asked || (known === earlier && !first && !newlyAsked)) return
  const now = known ?? NO_REGIME
  if (known !== earlier && now.regime !== (earlier ?? NO_REGIME).regime)
    metrics.count('ballast_regime_transitions_total', { portfolio, regime: now.regime.toLowerCase() })
  for (const regime of REGIMES)
    metrics.gauge('ballast_regime', regime === now.regime ? 1 : 0, { portfolio, regime: regime.toLowerCase() })
  metrics.gauge('ballast_regime_multiplier', now.multiplier, { portfolio })
  metrics.gauge('ballast_regime_reading_timestamp_seconds', (now.reading?.at ?? 0) / 1000, { portfolio })
  if (!first && !newlyAsked && now.because === earlier?.because) return
  for (const why of UNFOLLOWED)
    metrics.gauge('ballast_regime_unfollowed_since_timestamp_seconds', why === now.because ? entry.at / 1000 : 0, {
      portfolio,
      why,
    })
}
