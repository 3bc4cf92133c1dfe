import { amount, count, NO_FIGURE, percent } from '../format.js'
import { type Fragment, html, type Markup } from '../markup.js'
import type { PortfolioHistory, RunSummary } from '../portfolio-history.js'
import { scrolled } from './figure.js'

/** Every run, folded away: why it began, what it did to risk, what it cost and how it ended. */
export function runs({ portfolio, runs: rows, currency }: PortfolioHistory): Markup {
  const traded = rows.filter((run) => !run.bought.isZero() || !run.sold.isZero()).length
  const noun = rows.length === 1 ? 'run' : 'runs'
  const table = html`<table class="runs">
<caption class="unseen">Runs of ${portfolio}</caption>
<thead><tr><th scope="col">Run</th><th scope="col" class="text">Session</th><th scope="col" class="text">Why</th><th scope="col">Turnover</th><th scope="col">CVaR before → after</th><th scope="col">Cost estimated</th><th scope="col">Cost realised</th><th scope="col" class="text">How it ended</th></tr></thead>
<tbody>
${rows.map((run) => runRow(run, currency))}</tbody>
</table>`
  return html`<details><summary>${count(rows.length)} ${noun}, ${count(traded)} of them traded</summary>
${rows.length === 0 ? null : scrolled('Runs table', table)}
</details>`
}

function runRow(run: RunSummary, currency: string): Markup {
  const estimated = run.estimatedCost === null ? NO_FIGURE : amount(run.estimatedCost, currency)
  const cvar =
    run.cvarBefore === null && run.cvarAfter === null
      ? NO_FIGURE
      : html`${percent(run.cvarBefore)} → ${percent(run.cvarAfter)}`
  return html`<tr><th scope="row">${run.id}</th><td class="text date">${run.session}</td><td class="text why"><b>${run.trigger}</b> ${run.why}</td><td>${percent(run.turnover, 1)}</td><td class="risk">${cvar}</td><td>${estimated}</td><td>${amount(run.realisedCost, currency)}</td><td class="text ending"><b class="${tone(run)}">${words(run.status)}</b> ${folded(run.outcome)}</td></tr>
`
}

/** Sentences up to this long are shown whole. */
const LONG = 140

/** A sentence, its tail folded away when it is long: a run can have much to say of every instrument it left out. */
function folded(text: string): Fragment {
  if (text.length <= LONG) return text
  const cut = text.lastIndexOf(' ', LONG - 40)
  const at = cut > 0 ? cut : LONG - 40
  return html`<details class="more"><summary>${text.slice(0, at)} …</summary>${text.slice(at)}</details>`
}

const tone = ({ status }: RunSummary): string =>
  status === 'COMPLETED' ? 'good' : status === 'COMPLETED_ADJUSTED' ? 'fair' : 'bad'

const words = (status: string): string => status.toLowerCase().replaceAll('_', ', ')
