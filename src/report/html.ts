import { seriesProperty } from './charts/ink.js'
import { DASHES, overviewChart, wantsLog } from './charts/overview.js'
import { html, Markup } from './markup.js'
import { figure } from './page/figure.js'
import { header } from './page/header.js'
import { portfolioSection } from './page/portfolio.js'
import { record } from './page/record.js'
import { STYLE } from './page/style.js'
import { type Measured, summary } from './page/summary.js'
import { performance } from './performance.js'
import type { PortfolioHistory } from './portfolio-history.js'
import type { ReportData } from './report-data.js'

/** Nothing may be fetched: the page is whole. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/**
 * The tear sheet of a report as one HTML file: styles and charts inside, no script, no network. Follows the reader's
 * light or dark scheme, prints on A4, fits a phone. Pure: the same data gives the same text.
 * Cost linear in sessions × instruments; about 1 MB for three portfolios of twenty names over five years.
 */
export function renderReport(report: ReportData): string {
  const portfolios = report.portfolios.map((history): Measured => ({ history, figures: performance(history) }))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${report.title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${header(report)}
${summary(portfolios)}
${overviews(portfolios)}
${portfolios.map(portfolioSection)}
${record(report.portfolios)}
</main>
</body>
</html>
`
  return page.text
}

/** Equity of all portfolios side by side: one figure a currency, for two on one axis would say nothing. */
function overviews(portfolios: readonly Measured[]): readonly Markup[] {
  const drawn = portfolios.map(({ history }) => history).filter(({ sessions }) => sessions.length > 0)
  const currencies = [...new Set(drawn.map((history) => history.currency))]
  return currencies.map((currency) =>
    overview(
      drawn.filter((history) => history.currency === currency),
      currency,
    ),
  )
}

function overview(drawn: readonly PortfolioHistory[], currency: string): Markup {
  const legend = drawn.map((history, index) => ({
    label: history.portfolio,
    property: seriesProperty(index),
    mark: DASHES[index % DASHES.length]!,
  }))
  const scale = wantsLog(drawn) ? ', on a logarithmic scale' : ''
  const note = `Value in ${currency} at each close${scale}; beneath it the loss from the highest value so far`
  return figure('Equity and drawdown', note, legend, (layout) =>
    overviewChart(drawn, currency, layout, `overview-${currency}-${layout}`),
  )
}
