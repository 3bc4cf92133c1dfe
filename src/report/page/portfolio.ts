import { propertyOf } from '../charts/ink.js'
import { axisCut, tradesChart } from '../charts/trades.js'
import { bandInk, weightBands, weightsChart } from '../charts/weights.js'
import { amount, fixed, percent, signedPercent } from '../format.js'
import { html, type Markup } from '../markup.js'
import { figure } from './figure.js'
import { positions } from './positions.js'
import { runs } from './runs.js'
import { loss, type Measured } from './summary.js'

/** One portfolio: key figures, weights, trades, positions and its runs. `index` names its parts on the page. */
export function portfolioSection({ history, figures }: Measured, index: number): Markup {
  const { portfolio, name, targets, currency, sessions } = history
  const down = figures.maxDrawdown
  const tiles: readonly (readonly [string, string, string])[] = [
    ['Equity', amount(figures.equity, currency), `of ${amount(history.totals.deposited, currency)} paid in`],
    ['Return', signedPercent(figures.totalReturn, 1), `${signedPercent(figures.cagr, 1)} a year`],
    ['Volatility', percent(figures.volatility, 1), `Sharpe ratio ${fixed(figures.sharpe, 2)}`],
    [
      'Drawdown',
      loss(down?.depth ?? 0, 1),
      down === null
        ? 'never below its high'
        : `${down.peak} to ${down.trough}, ${down.recovered ? `made up ${down.recovered}` : 'not made up'}`,
    ],
  ]
  const id = `portfolio-${index}`
  return html`<section class="portfolio" aria-labelledby="${id}">
<h2 id="${id}">${name} <small>${name === portfolio ? '' : `${portfolio}, `}targets: ${targets}</small></h2>
<dl class="tiles">${tiles.map(([term, figureText, note]) => html`<div><dt>${term}</dt><dd><strong>${figureText}</strong><span>${note}</span></dd></div>`)}</dl>
${sessions.length === 0 ? html`<p class="note">No session has closed yet.</p>` : charts(history, id)}
${positions(history)}
${runs(history)}
</section>`
}

function tradesNote({ runs: rows, currency }: Measured['history']): string {
  const cut = axisCut(rows)
  const note = 'Value traded in each run, buys above the line, sells below'
  if (cut === null) return note
  const { run } = cut
  return `${note}; ${run.id} goes beyond the axis: ${amount(run.bought, currency)} bought, ${amount(run.sold, currency)} sold`
}

function charts(history: Measured['history'], id: string): Markup {
  const bands = weightBands(history).map((band, index) => ({
    label: band.label,
    property: propertyOf(bandInk(band, index)),
    mark: 'area' as const,
  }))
  const traded = [
    { label: 'Bought', property: '--chart-buy', mark: 'area' as const },
    { label: 'Sold', property: '--chart-sell', mark: 'area' as const },
  ]
  return html`${figure('Weights', 'Share of equity at each close', bands, (layout) =>
    weightsChart(history, layout, `${id}-weights-${layout}`),
  )}
${
  history.trades.length === 0
    ? html`<p class="note">Nothing was traded.</p>`
    : figure('Trades', tradesNote(history), traded, (layout) => tradesChart(history, layout, `${id}-trades-${layout}`))
}`
}
