import { type Panel, series } from './panels.js'
import { inRange, ofPortfolio } from './query.js'

/** Limits that are broken, by whom, and for how long. */
export const breaches: Panel = series(
  {
    title: 'Broken limits',
    description:
      'Limits that the market has broken, those of them that were not cured within five sessions, and fills of our own that broke one in the time range: always 0.',
    queries: [
      { expr: ofPortfolio('ballast_passive_breaches'), legend: '{{portfolio}}' },
      { expr: ofPortfolio('ballast_breaches_overdue'), legend: '{{portfolio}} overdue' },
      { expr: inRange(ofPortfolio('ballast_active_breaches_total'), 'portfolio'), legend: '{{portfolio}} of our own' },
    ],
    unit: 'none',
    decimals: 0,
    width: 12,
  },
  { min: 0 },
)
