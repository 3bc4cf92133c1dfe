// Time against scenarios and against assets as one self-contained SVG.

import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { grouped } from './grouped.mjs'

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const PANELS = [
  { key: 'byScenarios', title: 'seconds, 100 assets', axis: 'scenarios', left: '6%' },
  { key: 'byAssets', title: 'seconds, 10,000 scenarios', axis: 'assets', left: '55%' },
]
const COLOURS = {
  'ballast-1': '#7fb3d5',
  'ballast-2': '#1f618d',
  'highs-dual': '#b9770e',
  'highs-dual-no-presolve': '#e59866',
  'prototype-1': '#a6acaf',
  'prototype-2': '#616a6b',
}

function seriesOf(growth) {
  return PANELS.flatMap(({ key }, panel) =>
    [...grouped(growth[key], ({ contestant }) => contestant)].map(([name, points]) => ({
      name,
      type: 'line',
      xAxisIndex: panel,
      yAxisIndex: panel,
      symbolSize: 7,
      color: COLOURS[name],
      data: points.map(({ at, seconds }) => [at, seconds]),
    })),
  )
}

/** The chart's text; both axes are logarithmic, a line a contestant. */
export function growthChart(growth) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1080, height: 460 })
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      title: PANELS.map(({ title, left }) => ({ text: title, left, top: 4, textStyle: { fontSize: 14 } })),
      legend: { bottom: 0, itemGap: 26 },
      grid: PANELS.map(({ left }) => ({ left, width: '39%', top: 44, bottom: 84 })),
      xAxis: PANELS.map(({ axis }, panel) => ({
        type: 'log',
        gridIndex: panel,
        name: axis,
        nameLocation: 'middle',
        nameGap: 26,
      })),
      yAxis: PANELS.map((_, panel) => ({ type: 'log', gridIndex: panel })),
      series: seriesOf(growth),
    })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}
