import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import type { Query } from './query.js'

/** The data source chosen at the top of the page. */
export const source: common.DataSourceRef = { type: 'prometheus', uid: '$datasource' }

/** A panel with its size on the 24 columns of the page, still without a place. */
export interface Panel {
  readonly width: number
  readonly height: number
  readonly at: (place: dashboard.GridPos, id: number) => Builder<dashboard.Panel>
}

/** From which value on a colour holds; the first step has none and holds for everything below. */
export interface Step {
  readonly from: number | null
  readonly color: string
}

/** What every panel says. */
export interface PanelWords {
  readonly title: string
  /** What is shown, in which unit, and what a bad value means. */
  readonly description: string
  readonly queries: readonly Query[]
  /** A unit of Grafana's; `suffix: …` writes one of our own. */
  readonly unit: string
  readonly width: number
  readonly height?: number
  readonly decimals?: number
  readonly steps?: readonly Step[]
  /** Shown in place of a value that is not there. */
  readonly absent?: string
}

/** A value in words: what it is called and the colour it has. */
export interface Naming {
  readonly value: number
  readonly name: string
  readonly color: string
}

/** Lines or stacked bars over time. */
export function series(words: PanelWords, look: { readonly bars?: boolean; readonly min?: number } = {}): Panel {
  return sized(words, 8, () => {
    const panel = new timeseries.PanelBuilder()
      .lineWidth(look.bars ? 0 : 1)
      .fillOpacity(look.bars ? 70 : 8)
      .drawStyle(look.bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
      .stacking(
        new common.StackingConfigBuilder().mode(look.bars ? common.StackingMode.Normal : common.StackingMode.None),
      )
      .showPoints(common.VisibilityMode.Auto)
      .spanNulls(false)
      .legend(legendBelow())
      .tooltip(
        new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
      )
    if (look.min !== undefined) panel.min(look.min)
    if (words.steps !== undefined)
      panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed))
    return panel
  })
}

/** The newest value of each series, large; `names` puts values in words, `label` shows the name in place of the value. */
export function number(
  words: PanelWords,
  look: { readonly names?: readonly Naming[]; readonly label?: boolean } = {},
): Panel {
  return sized(words, 4, () => {
    const panel = new stat.PanelBuilder()
      .graphMode(common.BigValueGraphMode.None)
      .colorMode(common.BigValueColorMode.Value)
      .textMode(look.label ? common.BigValueTextMode.Name : common.BigValueTextMode.Auto)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    if (look.names !== undefined) panel.mappings([mapping(look.names)])
    return panel
  })
}

/** One horizontal bar a series, for counts over the time range. */
export function tally(words: PanelWords): Panel {
  return sized(words, 8, () =>
    new bargauge.PanelBuilder()
      .displayMode(common.BarGaugeDisplayMode.Basic)
      .orientation(common.VizOrientation.Horizontal)
      .min(0)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)),
  )
}

/** One row a series, coloured and named by its value over time. */
export function timeline(words: PanelWords, names: readonly Naming[]): Panel {
  return sized(words, 6, () =>
    new statetimeline.PanelBuilder()
      .mappings([mapping(names)])
      .showValue(common.VisibilityMode.Auto)
      .mergeValues(true)
      .rowHeight(0.8)
      .fillOpacity(80)
      .legend(legendBelow()),
  )
}

/** What the four builders have in common, as far as it is used here. */
interface Common {
  id(id: number): this
  title(text: string): this
  description(text: string): this
  datasource(ref: common.DataSourceRef): this
  gridPos(place: dashboard.GridPos): this
  unit(unit: string): this
  decimals(count: number): this
  noValue(text: string): this
  thresholds(config: Builder<dashboard.ThresholdsConfig>): this
  withTarget(target: Builder<{ _implementsDataqueryVariant(): void }>): this
  build(): dashboard.Panel
}

function sized(words: PanelWords, height: number, make: () => Common): Panel {
  return {
    width: words.width,
    height: words.height ?? height,
    at: (place, id) => {
      const panel = make().id(id).gridPos(place).datasource(source)
      panel
        .title(words.title)
        .description(words.description)
        .unit(words.unit)
        .noValue(words.absent ?? 'no data')
      if (words.decimals !== undefined) panel.decimals(words.decimals)
      panel.thresholds(thresholds(words.steps ?? [{ from: null, color: 'text' }]))
      words.queries.forEach((query, index) => {
        panel.withTarget(target(query, index))
      })
      return panel
    },
  }
}

function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .datasource(source)
    .refId(String.fromCharCode(65 + index))
    .expr(expr)
  // A count over the whole range is one number; every other query is a line, of which a stat shows the end.
  return expr.includes('$__range]') ? query.instant().legendFormat(legend) : query.range().legendFormat(legend)
}

const legendBelow = (): common.VizLegendOptionsBuilder =>
  new common.VizLegendOptionsBuilder()
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .showLegend(true)

const thresholds = (steps: readonly Step[]): dashboard.ThresholdsConfigBuilder =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })))

const mapping = (names: readonly Naming[]): dashboard.ValueMap => ({
  type: dashboard.MappingType.ValueToText,
  options: Object.fromEntries(
    names.map(({ value, name, color }, index) => [String(value), { text: name, color, index }]),
  ),
})
