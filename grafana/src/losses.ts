import type { Row } from './page.js'
import { type Panel, series } from './panels.js'
import { ofPortfolio } from './query.js'

const absent = 'no rule asks'

const panels: readonly Panel[] = [
  series(
    {
      title: 'Drawdown that counts',
      description:
        'What the rule drawdown goes by: never less than the drawdown, and more while a recovery is less than its band. Portfolios without the rule are not shown.',
      queries: [{ expr: ofPortfolio('ballast_drawdown_counted_ratio'), legend: '{{portfolio}}' }],
      unit: 'percentunit',
      width: 8,
      absent,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Sizing by drawdown',
      description:
        'What the drawdown leaves of risky weights. Of this and the sizing by regime the smaller one holds, never both.',
      queries: [{ expr: ofPortfolio('ballast_drawdown_multiplier'), legend: '{{portfolio}}' }],
      unit: 'none',
      decimals: 2,
      width: 8,
      absent,
    },
    { min: 0 },
  ),
  series({
    title: 'High-water mark',
    description: 'Highest value of a unit at a close, flows aside. It falls only when two operators reset it.',
    queries: [{ expr: ofPortfolio('ballast_high_water_unit_value'), legend: '{{portfolio}}' }],
    unit: 'none',
    decimals: 4,
    width: 8,
  }),
]

/** What losses do to weights. */
export const lossesRow: Row = { title: 'Losses', panels }
