import { amount, count, fixed, percent, signedPercent } from '../format.js'
import { type Fragment, html, type Markup } from '../markup.js'
import type { Performance } from '../performance.js'
import type { PortfolioHistory } from '../portfolio-history.js'
import { scrolled } from './figure.js'

/** A portfolio with its figures. */
export interface Measured {
  readonly history: PortfolioHistory
  readonly figures: Performance
}

type Row = readonly [label: string, cell: (measured: Measured) => Fragment]

const GROUPS: readonly (readonly [string, readonly Row[]])[] = [
  [
    'Result',
    [
      ['Final equity', ({ history, figures }) => amount(figures.equity, history.currency)],
      ['Paid in', ({ history }) => amount(history.totals.deposited, history.currency)],
      ['Total return', ({ figures }) => signedPercent(figures.totalReturn)],
      ['Return a year (CAGR)', ({ figures }) => signedPercent(figures.cagr)],
    ],
  ],
  [
    'Risk',
    [
      ['Volatility a year', ({ figures }) => percent(figures.volatility)],
      ['Sharpe ratio', ({ figures }) => fixed(figures.sharpe, 2)],
      ['Deepest drawdown', ({ figures: { maxDrawdown } }) => loss(maxDrawdown?.depth ?? 0)],
      ['CVaR 95 %, one bar', ({ figures }) => percent(figures.cvar95)],
      ['Worst bar', ({ figures: { worstBar } }) => signedPercent(worstBar?.return ?? null)],
    ],
  ],
  [
    'Trading',
    [
      ['Runs', ({ history }) => count(history.runs.length)],
      ['Trades', ({ history }) => count(history.trades.length)],
      ['Turnover a year', ({ figures }) => percent(figures.turnover, 0)],
      ['Cost', ({ history }) => amount(history.totals.realisedCost, history.currency)],
      ['Cost of value traded', ({ figures }) => (figures.costBps === null ? '–' : `${fixed(figures.costBps, 1)} bp`)],
    ],
  ],
  ['Record', [['Journal', ({ history }) => verified(history)]]],
]

/** All portfolios side by side, one column each. */
export function summary(portfolios: readonly Measured[]): Markup {
  const columns = portfolios.length + 1
  return html`<section aria-labelledby="summary">
<h2 id="summary">Summary</h2>
${scrolled(
  'Summary table',
  html`<table class="summary">
<caption class="unseen">Figures of every portfolio</caption>
<thead><tr><td></td>${portfolios.map(({ history }) => html`<th scope="col">${history.portfolio}</th>`)}</tr></thead>
${GROUPS.map(
  ([group, rows]) => html`<tbody>
<tr class="group"><th scope="rowgroup" colspan="${columns}">${group}</th></tr>
${rows.map(
  ([label, cell]) => html`<tr><th scope="row">${label}</th>${portfolios.map((row) => html`<td>${cell(row)}</td>`)}</tr>
`,
)}</tbody>
`,
)}</table>`,
)}
</section>`
}

/** A drawdown as a signed loss. */
export const loss = (depth: number, places = 2): string => percent(depth === 0 ? 0 : -depth, places)

/** Whether the journal verified, in a word with a sign before it. */
const verified = ({ verification }: PortfolioHistory): Markup =>
  verification.ok
    ? html`<span class="good">✓ verified</span>`
    : html`<span class="bad">✗ ${verification.kind} at #${verification.seq}</span>`
