import { minus, noMoney, plus, total } from '#units/money.js'
import { amount, decimal, NO_FIGURE, percent } from '../format.js'
import { html, type Markup } from '../markup.js'
import type { PortfolioHistory, PositionSummary } from '../portfolio-history.js'
import { scrolled } from './figure.js'

/** Final holdings with what they cost and their unrealised profit, cash and the sum. */
export function positions(history: PortfolioHistory): Markup {
  const { currency, cash, positions: held, sessions } = history
  const last = sessions.at(-1)
  const value = plus(cash, total(held.map((row) => row.value ?? noMoney)))
  const table = html`<table>
<caption class="unseen">Positions of ${history.portfolio}</caption>
<thead><tr><th scope="col">Instrument</th><th scope="col">Quantity</th><th scope="col">Price</th><th scope="col">Value</th><th scope="col">Weight</th><th scope="col">Cost</th><th scope="col">Unrealised</th></tr></thead>
<tbody>
${held.map((row) => position(row, currency))}<tr><th scope="row">Cash</th><td></td><td></td><td>${amount(cash, currency)}</td><td>${percent(last?.cash ?? null, 1)}</td><td></td><td></td></tr>
</tbody>
<tfoot><tr><th scope="row">Total</th><td></td><td></td><td>${amount(value, currency)}</td><td>${last === undefined ? NO_FIGURE : percent(1, 1)}</td><td></td><td></td></tr></tfoot>
</table>`
  return html`<h3>Positions${last === undefined ? '' : ` on ${last.session}`}</h3>
${scrolled('Positions table', table)}`
}

const position = (row: PositionSummary, currency: string): Markup =>
  html`<tr><th scope="row">${row.instrument}</th><td>${decimal(row.quantity)}</td><td>${row.price === null ? NO_FIGURE : decimal(row.price)}</td><td>${row.value === null ? NO_FIGURE : amount(row.value, currency)}</td><td>${row.value === null ? NO_FIGURE : percent(row.weight, 1)}</td><td>${amount(row.cost, currency)}</td><td>${row.value === null ? NO_FIGURE : amount(minus(row.value, row.cost), currency)}</td></tr>
`
