import { percent } from '#domain/explain/words.js'
import { frontierBands, frontierChart, frontierWeightsChart, type PlottedPoint } from './charts/frontier.js'
import { propertyOf, seriesProperty } from './charts/ink.js'
import type { Layout } from './charts/svg.js'
import { bandInk } from './charts/weights.js'
import { html, Markup } from './markup.js'
import { figure, scrolled } from './page/figure.js'
import { STYLE } from './page/style.js'

/** A frontier to draw: portfolios of rising return, over the scenarios that `source` describes. */
export interface FrontierData {
  readonly title: string
  readonly source: string
  readonly version: string
  readonly points: readonly (PlottedPoint & { readonly var: number; readonly cost: number; readonly gap: number })[]
}

/** Nothing may be fetched: the page is whole. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/**
 * A frontier as one HTML file: the curve, its weights and a table; no script, no network. Pure: the same data gives the
 * same text.
 */
export function frontierPage(data: FrontierData): string {
  const { title, source, version, points } = data
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header><h1>${title}</h1><p class="note">${source}. Ballast ${version}.</p></header>
${curve(data)}
${composition(data)}
<section><h2>Portfolios</h2>${scrolled('Portfolios of the frontier', figures(points))}</section>
</main>
</body>
</html>
`.text
}

/** The curve alone as an SVG file in the colours of the light scheme, so that every viewer shows it. */
export function frontierSvg({ points }: FrontierData): string {
  const drawn = frontierChart(points, 'wide', 'frontier').text
  const paper = '<rect width="100%" height="100%" fill="var(--chart-paper)"/>'
  const framed = drawn
    .replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" width="960" ')
    .replace('>', `>${paper}`)
  return `${inLight(framed)}\n`
}

/** Custom properties replaced by their values on the page; the light scheme states each first. */
function inLight(svg: string): string {
  const values = new Map<string, string>()
  for (const [, name, value] of STYLE.matchAll(/(--[\w-]+):([^;}]+)/g))
    if (!values.has(name!)) values.set(name!, value!)
  return svg.replace(/var\((--[\w-]+)\)/g, (property, name: string) => values.get(name) ?? property)
}

const curve = ({ points }: FrontierData): Markup =>
  figure(
    'Return and risk',
    'Each dot is the portfolio of least CVaR among those of at least its return',
    [{ label: 'Frontier', property: seriesProperty(0), mark: 'solid' }],
    (layout: Layout) => frontierChart(points, layout, `curve-${layout}`),
  )

function composition({ points }: FrontierData): Markup {
  const legend = frontierBands(points).map((band, index) => ({
    label: band.label,
    property: propertyOf(bandInk(band, index)),
    mark: 'area' as const,
  }))
  return figure('Weights', 'What each portfolio of the frontier holds', legend, (layout: Layout) =>
    frontierWeightsChart(points, layout, `weights-${layout}`),
  )
}

const shown = (value: number): string => percent(value, 4)

const figures = (points: FrontierData['points']): Markup => html`<table>
<thead><tr><th scope="col">#</th><th scope="col">Return</th><th scope="col">CVaR</th><th scope="col">VaR</th><th scope="col">Cost</th><th scope="col">Cash</th><th scope="col">Gap</th></tr></thead>
<tbody>${points.map(
  (point, index) =>
    html`<tr><th scope="row">${index + 1}</th><td>${shown(point.expectedReturn)}</td><td>${shown(point.cvar)}</td><td>${shown(point.var)}</td><td>${shown(point.cost)}</td><td>${shown(point.cash)}</td><td>${point.gap.toExponential(1)}</td></tr>`,
)}</tbody>
</table>`
