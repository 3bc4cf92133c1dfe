import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { escapeText, Markup } from '../markup.js'
import { inked } from './ink.js'

use([LineChart, BarChart, GridComponent, SVGRenderer])

/** A chart's width and height in its own units, which are pixels at its natural size. */
export interface ChartSize {
  readonly width: number
  readonly height: number
}

/** How wide a chart is laid out: for a page, or for a phone. */
export type Layout = 'wide' | 'narrow'

/** Widths of the two layouts. */
export const WIDTH: Readonly<Record<Layout, number>> = { wide: 960, narrow: 360 }

/**
 * Draws a chart as an SVG element that scales with its place, without a browser. `id` is unique on the page: it names
 * the drawing's inner parts, so the same chart gives the same text however many were drawn before it.
 */
export function drawChart(option: EChartsCoreOption, size: ChartSize, id: string, label: string): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    chart.setOption({ animation: false, useUTC: true, ...option })
    return new Markup(framed(inked(chart.renderToSVGString()), size, id, label))
  } finally {
    chart.dispose()
  }
}

function framed(drawn: string, { width, height }: ChartSize, id: string, label: string): string {
  const inner = drawn
    .slice(drawn.indexOf('>') + 1, drawn.lastIndexOf('</svg>'))
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (class|pointer-events)="[^"]*"/g, '')
    .replace(/zr\d+-/g, `${id}-`)
    .replace(/\s*\n\s*/g, '')
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(label)}">${inner}</svg>`
}
