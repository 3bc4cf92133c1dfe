import type { Markup } from '../markup.js'
import type { PortfolioHistory, RunSummary } from '../portfolio-history.js'
import { moneyTicks, plotArea, spanOf, timeAxis, timeOf, valueAxis } from './axes.js'
import { INK } from './ink.js'
import { drawChart, type Layout, WIDTH } from './svg.js'

/** A run that dwarfs all others, and where the axis ends instead of making room for it. */
export interface AxisCut {
  readonly run: RunSummary
  readonly at: number
}

/** A first purchase is often many times what is ever traded again; beyond this many times it is cut off. */
const DWARFS = 4

/** The run to cut off, so that the others can be seen; null when none is that much larger. */
export function axisCut(runs: readonly RunSummary[]): AxisCut | null {
  const [largest, next] = runs
    .map((run) => ({ run, size: Math.max(run.bought.toNumber(), run.sold.toNumber()) }))
    .sort((a, b) => b.size - a.size)
  if (largest === undefined || next === undefined || next.size === 0 || largest.size <= DWARFS * next.size) return null
  const step = 10 ** Math.floor(Math.log10(next.size))
  return { run: largest.run, at: Math.ceil((1.05 * next.size) / step) * step }
}

/** Value bought (above the line) and sold (below it) in each run. */
export function tradesChart(history: PortfolioHistory, layout: Layout, id: string): Markup {
  const height = layout === 'wide' ? 150 : 120
  const runs = history.runs.filter((run) => !run.bought.isZero() || !run.sold.isZero())
  const span = spanOf(
    history.sessions.map((close) => close.session),
    0.01,
  )
  const cut = axisCut(history.runs)
  const room = WIDTH[layout] - 90
  const width = Math.max(1.5, Math.min(5, (0.6 * room) / Math.max(1, runs.length)))
  const option = {
    grid: plotArea(12, height),
    xAxis: timeAxis(layout, span, true),
    yAxis: valueAxis(
      layout,
      moneyTicks(history.currency),
      cut === null ? { splitNumber: 3 } : { min: -cut.at, max: cut.at, interval: cut.at / 2 },
    ),
    series: [
      bars(runs, width, INK.buy, (run) => run.bought.toNumber()),
      bars(runs, width, INK.sell, (run) => -run.sold.toNumber()),
    ],
  }
  const size = { width: WIDTH[layout], height: height + 42 }
  return drawChart(option, size, id, `Bar chart of the value bought and sold in each run of ${history.portfolio}`)
}

const bars = (
  runs: readonly RunSummary[],
  barWidth: number,
  color: string,
  measure: (run: RunSummary) => number,
): Record<string, unknown> => ({
  type: 'bar',
  stack: 'traded',
  barWidth,
  silent: true,
  itemStyle: { color },
  data: runs.map((run) => [timeOf(run.session), measure(run)]),
})
