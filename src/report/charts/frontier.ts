import type { Markup } from '../markup.js'
import { fontSize, plotArea, valueAxis } from './axes.js'
import { INK, SERIES, seriesInk } from './ink.js'
import { drawChart, type Layout, WIDTH } from './svg.js'
import { bandInk, type WeightBand } from './weights.js'

/** One portfolio of a frontier: fractions of equity, returns per period. */
export interface PlottedPoint {
  readonly expectedReturn: number
  readonly cvar: number
  readonly cash: number
  readonly weights: Readonly<Record<string, number>>
}

/** Return against CVaR, a dot for each portfolio. */
export function frontierChart(points: readonly PlottedPoint[], layout: Layout, id: string): Markup {
  const height = layout === 'wide' ? 300 : 220
  const option = {
    grid: { ...plotArea(28, height), right: 24 },
    xAxis: { ...percentAxis(layout, 'CVaR a period'), ...beneath },
    yAxis: { ...percentAxis(layout, 'Expected return a period'), ...above(layout) },
    series: [
      {
        type: 'line',
        silent: true,
        symbol: 'circle',
        symbolSize: 6,
        lineStyle: { color: seriesInk(0), width: 2 },
        itemStyle: { color: seriesInk(0) },
        data: points.map(({ cvar, expectedReturn }) => [cvar, expectedReturn]),
      },
    ],
  }
  return drawChart(option, { width: WIDTH[layout], height: height + 76 }, id, 'Expected return against CVaR')
}

/** Weights as stacked areas against the expected return. */
export function frontierWeightsChart(points: readonly PlottedPoint[], layout: Layout, id: string): Markup {
  const height = layout === 'wide' ? 260 : 200
  const option = {
    grid: { ...plotArea(28, height), right: 24 },
    xAxis: { ...percentAxis(layout, 'Expected return a period'), ...beneath, splitLine: { show: false } },
    yAxis: { ...valueAxis(layout, (value) => `${Math.round(value * 100)} %`), name: 'Weight', ...above(layout) },
    series: frontierBands(points).map((band, index) => ({
      type: 'line',
      stack: 'weights',
      silent: true,
      symbol: 'none',
      lineStyle: { color: INK.paper, width: 0.6 },
      areaStyle: { color: bandInk(band, index), opacity: 1 },
      data: points.map(({ expectedReturn }, at) => [expectedReturn, Number(band.values[at]!.toFixed(6))]),
    })),
  }
  return drawChart(option, { width: WIDTH[layout], height: height + 76 }, id, 'Weights against expected return')
}

/** Names held anywhere on the frontier, largest first; those beyond the colours there are as one; cash on top. */
export function frontierBands(points: readonly PlottedPoint[]): readonly WeightBand[] {
  const size = (name: string): number => points.reduce((sum, { weights }) => sum + Math.abs(weights[name] ?? 0), 0)
  const ranked = Object.keys(points[0]?.weights ?? {})
    .map((name) => ({ name, size: size(name) }))
    .filter((row) => row.size > 1e-6)
    .sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
  const single = ranked.length > SERIES ? ranked.slice(0, SERIES - 1) : ranked
  const rest = ranked.slice(single.length)
  const together = (names: readonly string[]) =>
    points.map(({ weights }) => names.reduce((sum, name) => sum + weights[name]!, 0))
  const bands = single.map((name): WeightBand => ({ kind: 'instrument', label: name, values: together([name]) }))
  if (rest.length > 0) bands.push({ kind: 'other', label: `${rest.length} others`, values: together(rest) })
  return [...bands, { kind: 'cash', label: 'Cash', values: points.map(({ cash }) => cash) }]
}

const percentAxis = (layout: Layout, name: string): Record<string, unknown> =>
  valueAxis(layout, (value) => `${Number((value * 100).toFixed(4))} %`.replace('-', '−'), {
    scale: true,
    name,
    nameTextStyle: { color: INK.text, fontSize: fontSize(layout), fontWeight: 600 },
  })

const beneath = { nameLocation: 'middle', nameGap: 30, splitNumber: 5 } as const

const above = (layout: Layout): Record<string, unknown> => ({
  nameLocation: 'end',
  nameGap: 12,
  nameTextStyle: {
    color: INK.text,
    fontSize: fontSize(layout),
    fontWeight: 600,
    align: 'left',
    padding: [0, 0, 0, -56],
  },
})
