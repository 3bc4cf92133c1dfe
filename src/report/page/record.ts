import { count } from '../format.js'
import { html, type Markup } from '../markup.js'
import type { PortfolioHistory } from '../portfolio-history.js'

/** The whole journal heads and how the figures are defined: what a reader needs to check the page. */
export function record(portfolios: readonly PortfolioHistory[]): Markup {
  return html`<section class="record" aria-labelledby="record">
<h2 id="record">Record</h2>
<dl>
${portfolios.map(
  ({ portfolio, head, verification }) => html`<div><dt>${portfolio}</dt><dd>${
    verification.ok
      ? html`<span class="good">✓ ${count(verification.entries)} entries verified</span>`
      : html`<span class="bad">✗ ${verification.message}</span>`
  }, head #${head.seq}<br><code>${head.hash}</code></dd></div>
`,
)}</dl>
<h3>Definitions</h3>
<p class="note">Returns are of one unit of the portfolio, so payments in and out do not count. Volatility is the standard
deviation of bar returns, annualised by the bars in a year (252 daily, 12 monthly); the Sharpe ratio is the mean return over it,
without a risk-free rate. CVaR 95 % is the mean loss of the worst 5 % of bars. Drawdown is the loss from the highest value of a
unit. Turnover is the lesser of purchases and sales over average equity. Cost is what trades lost against the prices they were
decided on, fees included. Past figures of a simulation say little about the future.</p>
</section>`
}
