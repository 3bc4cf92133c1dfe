import { keepSteps } from '../downsample.js'
import type { Markup } from '../markup.js'
import type { PortfolioHistory } from '../portfolio-history.js'
import { plotArea, spanOf, timeAxis, timeOf, valueAxis } from './axes.js'
import { INK, SERIES, seriesInk } from './ink.js'
import { drawChart, type Layout, WIDTH } from './svg.js'

/** Points of one area; a phone cannot show more than half of them. */
const POINTS: Readonly<Record<Layout, number>> = { wide: 400, narrow: 200 }

/** One band of the stacked weights: an instrument, all the small ones together, or cash. */
export interface WeightBand {
  readonly kind: 'instrument' | 'other' | 'cash'
  readonly label: string
  readonly values: readonly number[]
}

/**
 * The bands of a portfolio, largest average weight first; instruments beyond the colours there are become one band,
 * and cash lies on top.
 */
export function weightBands({ weights, sessions }: PortfolioHistory): readonly WeightBand[] {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const ranked = weights
    .map((series) => ({ series, size: sum(series.values) }))
    .sort((a, b) => b.size - a.size)
    .map(({ series }) => series)
  const single = ranked.length > SERIES ? ranked.slice(0, SERIES - 1) : ranked
  const rest = ranked.slice(single.length)
  const bands = single.map(({ instrument, values }): WeightBand => ({ kind: 'instrument', label: instrument, values }))
  if (rest.length > 0) {
    const values = sessions.map((_, at) => sum(rest.map((series) => series.values[at]!)))
    bands.push({ kind: 'other', label: `${rest.length} others`, values })
  }
  return [...bands, { kind: 'cash', label: 'Cash', values: sessions.map((close) => close.cash) }]
}

/** The colour stand-in of the n-th band. */
export const bandInk = ({ kind }: WeightBand, index: number): string =>
  kind === 'instrument' ? seriesInk(index) : kind === 'other' ? INK.other : INK.cash

/** Weights at each close as stacked areas that fill the height. */
export function weightsChart(history: PortfolioHistory, layout: Layout, id: string): Markup {
  const bands = weightBands(history)
  const kept = keepSteps(
    bands.map((band) => band.values),
    POINTS[layout],
  )
  const height = layout === 'wide' ? 230 : 180
  const axis = valueAxis(layout, (value) => `${Math.round(value * 100)} %`, {
    min: lowest(bands),
    max: 1,
    interval: 0.25,
  })
  const option = {
    grid: plotArea(12, height),
    xAxis: timeAxis(layout, spanOf(history.sessions.map((close) => close.session)), true),
    yAxis: axis,
    series: bands.map((band, index) => ({
      type: 'line',
      stack: 'weights',
      silent: true,
      symbol: 'none',
      lineStyle: { color: INK.paper, width: 0.6 },
      areaStyle: { color: bandInk(band, index), opacity: 1 },
      data: kept.map((at) => [timeOf(history.sessions[at]!.session), Number(band.values[at]!.toFixed(5))]),
    })),
  }
  const size = { width: WIDTH[layout], height: height + 42 }
  return drawChart(option, size, id, `Stacked area chart of the weights of ${history.portfolio} over time`)
}

/** 0, or less where something was short or cash was owed. */
function lowest(bands: readonly WeightBand[]): number {
  let floor = 0
  for (const { values } of bands) for (const value of values) floor = Math.min(floor, value)
  return floor < -0.005 ? Math.floor(floor * 4) / 4 : 0
}
