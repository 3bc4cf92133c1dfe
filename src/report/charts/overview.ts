import { keepExtremes } from '../downsample.js'
import type { Markup } from '../markup.js'
import type { PortfolioHistory } from '../portfolio-history.js'
import { fontSize, logTicks, moneyTicks, plotArea, spanOf, timeAxis, timeOf, valueAxis } from './axes.js'
import { INK, seriesInk } from './ink.js'
import { drawChart, type Layout, WIDTH } from './svg.js'

/** Points of one line. */
const POINTS = 600

/** Dash patterns of the lines: colour is never the only sign. */
export const DASHES = ['solid', 'dashed', 'dotted'] as const

/** Equity is drawn on a logarithmic scale when its highest value is more than this many times its lowest. */
const LOG_FROM = 5

/** Whether a logarithmic scale serves these histories better; never when equity was zero or less. */
export function wantsLog(histories: readonly PortfolioHistory[]): boolean {
  const { low, high } = rangeOf(histories)
  return low > 0 && high > LOG_FROM * low
}

/** Equity of all portfolios above, their drawdowns beneath, on one time axis. Histories without a close are left out. */
export function overviewChart(
  histories: readonly PortfolioHistory[],
  currency: string,
  layout: Layout,
  id: string,
): Markup {
  const heights = layout === 'wide' ? { equity: 270, loss: 120 } : { equity: 190, loss: 90 }
  const span = spanOf(histories.flatMap((history) => history.sessions.map((close) => close.session)))
  const log = wantsLog(histories)
  const lossTop = 28 + heights.equity + 46
  const option = {
    grid: [plotArea(28, heights.equity), plotArea(lossTop, heights.loss)],
    xAxis: [timeAxis(layout, span, false, 0), timeAxis(layout, span, true, 1)],
    yAxis: [
      { ...equityAxis(histories, currency, layout, log), ...axisTitle(`Equity${log ? ', log scale' : ''}`, layout) },
      { ...lossAxis(layout), ...axisTitle('Drawdown', layout) },
    ],
    series: histories.flatMap((history, index) => [
      line(history, index, 0, (close) => (log ? Math.log10(close.equity.toNumber()) : close.equity.toNumber())),
      line(history, index, 1, (close) => -close.drawdown),
    ]),
  }
  const size = { width: WIDTH[layout], height: lossTop + heights.loss + 30 }
  const names = histories.map((history) => history.portfolio).join(', ')
  return drawChart(option, size, id, `Line charts of equity and drawdown over time: ${names}`)
}

const axisTitle = (name: string, layout: Layout): Record<string, unknown> => ({
  name,
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

function equityAxis(
  histories: readonly PortfolioHistory[],
  currency: string,
  layout: Layout,
  log: boolean,
): Record<string, unknown> {
  const format = moneyTicks(currency)
  if (!log) return valueAxis(layout, format, { scale: true })
  const { low, high } = rangeOf(histories)
  const ticks = logTicks(low, high).map(Math.log10)
  const [min, max] = [Math.log10(low) - 0.03, Math.log10(high) + 0.03]
  return valueAxis(layout, (value) => format(10 ** value), { min, max, ticks })
}

const lossAxis = (layout: Layout): Record<string, unknown> => ({
  ...valueAxis(layout, (value) => `${Number((value * 100).toFixed(1))} %`.replace('-', '−'), {
    max: 0,
    splitNumber: 3,
  }),
  gridIndex: 1,
})

function line(
  history: PortfolioHistory,
  index: number,
  plot: 0 | 1,
  measure: (close: PortfolioHistory['sessions'][number]) => number,
): Record<string, unknown> {
  const values = history.sessions.map(measure)
  const color = seriesInk(index)
  return {
    type: 'line',
    xAxisIndex: plot,
    yAxisIndex: plot,
    silent: true,
    symbol: 'none',
    lineStyle: { color, width: plot === 0 ? 2 : 1.5, type: DASHES[index % DASHES.length] },
    itemStyle: { color },
    data: keepExtremes(values, POINTS).map((at) => [timeOf(history.sessions[at]!.session), values[at]]),
  }
}

function rangeOf(histories: readonly PortfolioHistory[]): { readonly low: number; readonly high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { sessions } of histories)
    for (const { equity } of sessions)
      [low, high] = [Math.min(low, equity.toNumber()), Math.max(high, equity.toNumber())]
  return { low, high }
}
