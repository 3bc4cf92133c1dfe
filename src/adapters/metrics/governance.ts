import { labels } from './labels.js'
import { counter, gauge, type MetricSpec } from './spec.js'

const { portfolio } = labels
const byPortfolio = { portfolio } as const

/** What rules say, what they rest on, and what they are there to keep from happening. */
export const governance: readonly MetricSpec[] = [
  counter(
    'governance',
    'ballast_governance_evaluations_total',
    { rule: labels.rule, verdict: labels.verdict },
    'Judgements by rule and verdict',
  ),
  counter(
    'governance',
    'ballast_governance_trades_total',
    { portfolio, result: labels.legResult },
    'Proposed trades by result',
  ),
  gauge(
    'governance',
    'ballast_regime',
    { portfolio, regime: labels.regime },
    '1 for the regime in force, else 0; absent where no regime is asked for',
  ),
  counter(
    'governance',
    'ballast_regime_transitions_total',
    { portfolio, regime: labels.regime },
    'Changes of regime by the one they led to',
  ),
  gauge('governance', 'ballast_regime_multiplier', byPortfolio, 'What risky weights are multiplied by for the regime'),
  gauge(
    'governance',
    'ballast_regime_reading_timestamp_seconds',
    byPortfolio,
    'Unix time of the newest reading of the regime journaled, 0 for none',
  ),
  gauge(
    'governance',
    'ballast_regime_unfollowed_since_timestamp_seconds',
    { portfolio, why: labels.unfollowed },
    'Unix time since which no reading of the regime is followed, by why, 0 while one is',
  ),
  gauge(
    'governance',
    'ballast_volatility_level',
    byPortfolio,
    'Newest level of the volatility index journaled, 0 for none',
  ),
  gauge('governance', 'ballast_volatility_multiplier', byPortfolio, 'What volatility leaves of risky weights at most'),
  gauge(
    'governance',
    'ballast_volatility_stale_timestamp_seconds',
    byPortfolio,
    'Unix time at which the newest level of the volatility index is too old, 0 for none',
  ),
  gauge(
    'governance',
    'ballast_passive_breaches',
    byPortfolio,
    'Limits that the market has broken and nothing has cured',
  ),
  gauge('governance', 'ballast_breaches_overdue', byPortfolio, 'Those of them that have not been cured in time'),
  counter(
    'governance',
    'ballast_active_breaches_total',
    { portfolio, rule: labels.rule },
    'Limits that a fill of our own has broken or broken further: always 0',
  ),
  gauge('governance', 'ballast_drawdown_ratio', byPortfolio, 'Drawdown from the high-water mark'),
  gauge(
    'governance',
    'ballast_high_water_unit_value',
    byPortfolio,
    'High-water mark: highest value of a unit at a close',
  ),
  gauge(
    'governance',
    'ballast_drawdown_counted_ratio',
    byPortfolio,
    'Drawdown that the rule drawdown counts; absent where no rule asks',
  ),
  gauge(
    'governance',
    'ballast_drawdown_multiplier',
    byPortfolio,
    'What the drawdown leaves of risky weights; absent where no rule asks',
  ),
]
