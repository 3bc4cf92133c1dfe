import type { Row } from './page.js'
import { series, tally } from './panels.js'
import { inRange, ofPortfolio } from './query.js'

/** What candidates beside live policies would have done. */
export const candidates: Row = {
  title: 'Candidates',
  panels: [
    tally({
      title: 'Shadow runs',
      description:
        'Runs of candidates beside live ones in the time range: whether they would have done the same. Failed had no targets or an error, dropped waited until a newer run began. Neither touches a live run.',
      queries: [{ expr: inRange(ofPortfolio('ballast_shadow_runs_total'), 'outcome'), legend: '{{outcome}}' }],
      unit: 'none',
      decimals: 0,
      width: 12,
      absent: 'no candidate',
    }),
    series({
      title: 'Turnover of candidates',
      description:
        "One-way turnover of the candidate's last plan less that of the live one, as a share of equity. Below zero the candidate would trade less.",
      queries: [{ expr: ofPortfolio('ballast_shadow_turnover_difference_ratio'), legend: '{{portfolio}}' }],
      unit: 'percentunit',
      width: 12,
      absent: 'no candidate',
    }),
  ],
}
