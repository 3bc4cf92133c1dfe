import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { type Panel, source } from './panels.js'
import { ofInstance, ofPortfolio } from './query.js'

/** Panels under one heading, placed left to right, top to bottom. */
export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
  /** Closed until somebody opens it. */
  readonly collapsed?: boolean
}

/** A page of panels. */
export interface Page {
  /** The uid is `ballast-` and this; alerts link to it. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly rows: readonly Row[]
}

/** Columns of a Grafana page. */
const COLUMNS = 24

/** Chosen values that a newly opened page begins with. */
const ALL: dashboard.VariableOption = { selected: true, text: ['All'], value: ['$__all'] }

/** The page as a Grafana dashboard, with the variables, links and annotations that all pages share. */
export function dashboardOf({ name, title, description, rows }: Page): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(`ballast-${name}`)
    .description(description)
    .tags(['ballast'])
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .readonly()
    .variables(variables())
    .annotations(annotations())
    .link(pageLinks())
  lay(builder, rows)
  return builder.build()
}

function variables(): Builder<dashboard.VariableModel>[] {
  const chosen = (name: string, label: string, description: string, metric: string): dashboard.QueryVariableBuilder =>
    new dashboard.QueryVariableBuilder(name)
      .label(label)
      .description(description)
      .datasource(source)
      .query({ query: `label_values(${metric}, ${name})`, refId: name })
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
      .sort(dashboard.VariableSort.NaturalAsc)
      .multi(true)
      .includeAll(true)
      .allValue('.+')
      .current(ALL)
  return [
    new dashboard.DatasourceVariableBuilder('datasource')
      .label('Data source')
      .description('The Prometheus that scrapes Ballast')
      .type('prometheus'),
    chosen('instance', 'Instance', 'Daemons, by scrape address', 'ballast_build_info'),
    // Runs start at zero for every portfolio, so this list is complete before anything has happened.
    chosen('portfolio', 'Portfolio', 'Portfolios of those daemons', ofInstance('ballast_runs_total')),
  ]
}

function annotations(): Builder<dashboard.AnnotationQuery>[] {
  const mark = (name: string, color: string, expr: string, title: string): dashboard.AnnotationQueryBuilder =>
    new dashboard.AnnotationQueryBuilder()
      .name(name)
      .datasource(source)
      .enable(true)
      .iconColor(color)
      .expr(expr)
      .step('60s')
      .titleFormat(title)
      .tagKeys('portfolio')
      .useValueForTime(false)
  return [
    mark(
      'Runs',
      'blue',
      `changes(${ofPortfolio('ballast_runs_total')}[1m]) > 0`,
      '{{portfolio}}: {{trigger}} run {{outcome}}',
    ),
    mark('Halts', 'red', `${ofPortfolio('ballast_trading_state', 'state="halted"')} == 1`, '{{portfolio}}: halted'),
  ]
}

const pageLinks = (): dashboard.DashboardLinkBuilder =>
  new dashboard.DashboardLinkBuilder('Ballast')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags(['ballast'])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true)
    .targetBlank(false)

/** Gives every row and panel its place and its id. Panels of a closed row are kept inside it, as Grafana wants them. */
function lay(builder: dashboard.DashboardBuilder, rows: readonly Row[]): void {
  let y = 0
  let id = 0
  for (const { title, panels, collapsed = false } of rows) {
    id += 1
    const heading = new dashboard.RowBuilder(title).id(id).collapsed(collapsed).gridPos({ x: 0, y, w: COLUMNS, h: 1 })
    const placed: Builder<dashboard.Panel>[] = []
    let [x, top, lowest] = [0, y + 1, y + 1]
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) [x, top] = [0, lowest]
      id += 1
      placed.push(panel.at({ x, y: top, w: panel.width, h: panel.height }, id))
      x += panel.width
      lowest = Math.max(lowest, top + panel.height)
    }
    for (const panel of placed) if (collapsed) heading.withPanel(panel)
    builder.withRow(heading)
    for (const panel of placed) if (!collapsed) builder.withPanel(panel)
    y = collapsed ? y + 1 : lowest
  }
}
