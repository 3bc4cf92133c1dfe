import { labels } from '#adapters/metrics/labels.js'
import type { Row } from './page.js'
import { number, type Panel, series, tally, timeline } from './panels.js'
import { indexOf, inRange, ofPortfolio } from './query.js'

const COLORS = ['green', 'orange', 'blue', 'red', 'purple', 'text']

const panels: readonly Panel[] = [
  timeline(
    {
      title: 'Regime',
      description:
        'What kind of market each portfolio is taken to be in: by its detector, readings on the bus, or somebody who set it. Portfolios that do not ask are not shown.',
      queries: [{ expr: indexOf('ballast_regime', 'regime', labels.regime), legend: '{{portfolio}}' }],
      unit: 'none',
      width: 24,
      absent: 'no portfolio asks',
    },
    labels.regime.map((name, index) => ({ value: index + 1, name, color: COLORS[index] ?? 'text' })),
  ),
  series(
    {
      title: 'Sizing by regime',
      description:
        'What risky weights are multiplied by. Without a reading to follow it stays where it was, and never above 1.',
      queries: [{ expr: ofPortfolio('ballast_regime_multiplier'), legend: '{{portfolio}}' }],
      unit: 'none',
      decimals: 2,
      width: 12,
      absent: 'no portfolio asks',
    },
    { min: 0 },
  ),
  tally({
    title: 'Changes of regime',
    description: 'Transitions in the time range, by the regime they led to.',
    queries: [{ expr: inRange(ofPortfolio('ballast_regime_transitions_total'), 'regime'), legend: '{{regime}}' }],
    unit: 'none',
    decimals: 0,
    width: 6,
  }),
  number({
    title: 'Age of the reading',
    description:
      'Since the newest reading that was journaled. One that says the same again is only written down when half of its time (regime.max_age) is over.',
    queries: [
      {
        expr: `time() - (${ofPortfolio('ballast_regime_reading_timestamp_seconds')} > 0)`,
        legend: '{{portfolio}}',
      },
    ],
    unit: 's',
    decimals: 0,
    width: 6,
    height: 8,
    absent: 'no reading',
  }),
  series(
    {
      title: 'Volatility',
      description:
        'The newest level of the volatility index that each portfolio is sized by. Portfolios that do not ask are not shown.',
      queries: [{ expr: `${ofPortfolio('ballast_volatility_level')} > 0`, legend: '{{portfolio}}' }],
      unit: 'none',
      decimals: 1,
      width: 12,
      absent: 'no portfolio asks',
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Sizing by volatility',
      description:
        'What volatility leaves of risky weights at most; they are sized by this or by the regime, whichever is less.',
      queries: [{ expr: ofPortfolio('ballast_volatility_multiplier'), legend: '{{portfolio}}' }],
      unit: 'none',
      decimals: 2,
      width: 6,
      absent: 'no portfolio asks',
    },
    { min: 0 },
  ),
  number({
    title: 'Volatility is stale in',
    description: 'Until the newest level is older than volatility.max_age allows; negative once it is.',
    queries: [
      {
        expr: `(${ofPortfolio('ballast_volatility_stale_timestamp_seconds')} > 0) - time()`,
        legend: '{{portfolio}}',
      },
    ],
    unit: 's',
    decimals: 0,
    width: 6,
    height: 8,
    absent: 'no reading',
  }),
]

/** What kind of market it is, and what that does to weights. */
export const regimeRow: Row = { title: 'Regime', panels }
