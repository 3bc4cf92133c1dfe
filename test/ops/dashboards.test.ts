import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { describe, expect, it } from 'vitest'
import { catalog } from '#adapters/metrics/catalog.js'
import { labels } from '#adapters/metrics/labels.js'
import { packageRoot } from '#daemon/package-root.js'
import { dashboards, dashboardText } from '../../grafana/src/dashboards.js'
import { alertExpressions, alerts, expressionsOf, markingsOf, onPage, panelsOf, rowsOf } from './monitoring.js'
import { faultsOf, selectorsOf } from './promql.js'
import { familyOf, vocabularyOf } from './vocabulary.js'

/** Metrics that nothing shows, with why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  ballast_slippage_ratio: 'slippage and cost get their panels with the feedback loop',
  ballast_cost_abs_error_ratio: 'slippage and cost get their panels with the feedback loop',
}

const folder = join(packageRoot, 'grafana/dashboards')
const files = readdirSync(folder).sort()
const read = (file: string): Dashboard => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard
const boards = files.map((file) => [file, read(file)] as const)
const vocabulary = await vocabularyOf()
const everything = [
  ...boards.flatMap(([, board]) => [...expressionsOf(board), ...markingsOf(board)]),
  ...alertExpressions,
]

describe('the dashboard files', () => {
  it('are what the code makes, no more and no less', () => {
    const made = dashboards()
    expect(files).toEqual(Object.keys(made).sort())
    for (const [file, board] of Object.entries(made))
      expect(readFileSync(join(folder, file), 'utf8'), `${file}: run \`npm run grafana\``).toBe(dashboardText(board))
  })

  it('are an overview and an execution page, at the addresses that alerts link to', () => {
    const uids = boards.map(([, { uid }]) => uid)
    expect(uids.sort()).toEqual(['ballast-execution', 'ballast-overview'])
    for (const { alert, annotations } of alerts)
      expect(uids, alert).toContain(annotations.dashboard_url?.slice('/d/'.length))
  })
})

describe.each(boards)('%s', (_file, board) => {
  const panels = panelsOf(board)

  it('is of a schema that Grafana 10 and later read', () => {
    expect(board.schemaVersion).toBeGreaterThanOrEqual(36)
    expect(board.id ?? null).toBeNull()
    expect(board.editable).toBe(false)
  })

  it('chooses data source, instances and portfolios at the top', () => {
    const list = board.templating?.list ?? []
    expect(list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
      ['portfolio', 'query'],
    ])
    for (const { multi, includeAll, allValue } of list.slice(1))
      expect({ multi, includeAll, allValue }).toEqual({ multi: true, includeAll: true, allValue: '.+' })
  })

  it('links to its siblings with variables and time kept, and marks runs and halts', () => {
    expect(board.tags).toContain('ballast')
    expect(board.links).toMatchObject([{ type: 'dashboards', tags: ['ballast'], includeVars: true, keepTime: true }])
    expect(board.annotations?.list?.map(({ name }) => name)).toEqual(['Runs', 'Halts'])
  })

  it('gives every row and panel an id of its own', () => {
    const ids = [...rowsOf(board), ...panels].map(({ id }) => id)
    expect(ids.every((id) => Number.isInteger(id) && id! > 0)).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('lays out panels inside the page, none over another', () => {
    for (const group of [
      onPage(board),
      ...rowsOf(board)
        .filter((row) => row.collapsed)
        .map((row) => [row, ...row.panels]),
    ])
      expect(overlaps(group.map(({ title, gridPos }) => ({ title: title ?? '', ...gridPos! })))).toEqual([])
  })

  it('keeps panels inside closed rows only', () => {
    for (const { title, collapsed, panels: inside } of rowsOf(board)) expect(inside.length > 0, title).toBe(collapsed)
  })

  it('explains every panel and says something where there is no data', () => {
    const titles = panels.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
    for (const { title, description, fieldConfig, datasource, targets } of panels) {
      expect(description, title).toMatch(/^[A-Z].{20,}\.$/)
      expect(fieldConfig?.defaults.noValue, title).toMatch(/\S/)
      expect(datasource, title).toEqual({ type: 'prometheus', uid: '$datasource' })
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
      expect(targets.length, title).toBeGreaterThan(0)
    }
  })

  it('asks only for what was chosen', () => {
    for (const { where, expr } of expressionsOf(board))
      for (const { metric, matchers } of selectorsOf(expr)) {
        const chosen = matchers
          .filter(({ value }) => value.startsWith('$'))
          .map(({ label, value }) => `${label} ${value}`)
        const hasPortfolio = vocabulary.get(metric)?.portfolio !== undefined
        expect(chosen, where).toEqual(['instance $instance', ...(hasPortfolio ? ['portfolio $portfolio'] : [])])
      }
  })

  it('shows ratios in percent or basis points, times in seconds, sizes in bytes', () => {
    for (const { title, fieldConfig, targets } of panels) {
      const unit = fieldConfig?.defaults.unit
      for (const { expr } of targets) {
        if (/_ratio\b/.test(expr)) expect(unit, title).toBe(/\* 1e4/.test(expr) ? 'suffix: bp' : 'percentunit')
        if (/_bytes\b/.test(expr)) expect(unit, title).toBe('bytes')
        if (/histogram_quantile.*_seconds_bucket|_timestamp_seconds|_lag_p\d+_seconds/.test(expr))
          expect(unit, title).toBe('s')
      }
    }
  })
})

describe('the state timelines', () => {
  it.each([
    ['State', 'ballast_portfolio_state', labels.state],
    ['Trading permission', 'ballast_trading_state', labels.permission],
  ] as const)('%s: names every state by the number its expression gives it', (title, metric, states) => {
    const panel = panelsOf(read('ballast-overview.json')).find((row) => row.title === title)!
    expect(panel.type).toBe('state-timeline')
    const [{ options }] = panel.fieldConfig!.defaults.mappings as unknown as [
      { options: Record<string, { text: string }> },
    ]
    expect(Object.entries(options).map(([number, { text }]) => [Number(number), text])).toEqual(
      states.map((state, index) => [index + 1, state]),
    )
    const { expr } = panel.targets[0]!
    states.forEach((state, index) => {
      expect(expr).toMatch(new RegExp(`\\b${index + 1} \\* ${metric}\\{[^}]*state="${state}"\\}`))
    })
  })
})

describe('every expression', () => {
  it('parses and names only metrics, labels and label values that exist', () => {
    expect(everything.length).toBeGreaterThan(60)
    expect(
      everything.flatMap(({ where, expr }) => faultsOf(expr, vocabulary).map((fault) => `${where}: ${fault}`)),
    ).toEqual([])
  })

  it('together they show or watch every metric of the catalog', () => {
    const used = new Set(everything.flatMap(({ expr }) => selectorsOf(expr).map(({ metric }) => familyOf(metric))))
    const unseen = catalog.map(({ name }) => name).filter((name) => !used.has(name))
    expect(unseen.sort()).toEqual(Object.keys(NOT_SHOWN).sort())
  })

  it.each([
    ['rate(ballast_equity[5m]', 'does not parse'],
    ['sum(1)', 'asks for no metric'],
    ['ballast_equty', 'there is no metric ballast_equty'],
    ['ballast_journal_commit_duration_seconds', 'there is no metric ballast_journal_commit_duration_seconds'],
    ['ballast_equity{side="buy"}', 'ballast_equity has no label side'],
    ['ballast_equity{le="0.1"}', 'ballast_equity has no label le'],
    ['ballast_orders_open{status="filled"}', 'ballast_orders_open never has status="filled"'],
    ['ballast_runs_total{outcome=~"failed|rolledback"}', 'ballast_runs_total never has outcome="rolledback"'],
    ['ballast_equity{portfolio="core"}', 'ballast_equity never has portfolio="core"'],
    ['sum by (rule) (ballast_equity)', 'nothing to group by rule in sum by (rule) (ballast_equity)'],
    [
      'ballast_equity and on (portfolio) ballast_nats_connected',
      'nothing to group by portfolio in ballast_equity and on (portfolio) ballast_nats_connected',
    ],
  ])('%s would be refused', (expr, fault) => {
    expect(faultsOf(expr, vocabulary)).toEqual([fault])
  })
})

/** Panels that leave the 24 columns or lie over one another, by title. */
function overlaps(
  places: readonly {
    readonly title: string
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }[],
): readonly string[] {
  const outside = places
    .filter(({ x, y, w, h }) => x < 0 || y < 0 || w < 1 || h < 1 || x + w > 24)
    .map(({ title }) => title)
  const pairs = places.flatMap((a, index) =>
    places
      .slice(index + 1)
      .filter((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
      .map((b) => `${a.title} over ${b.title}`),
  )
  return [...outside, ...pairs]
}
