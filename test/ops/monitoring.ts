import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { parse } from 'yaml'
import { packageRoot } from '#daemon/package-root.js'

/** A PromQL expression and where it stands. */
export interface Expression {
  readonly where: string
  readonly expr: string
}

/** One alert as its file has it. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The file of alert rules. */
export const RULES = join(packageRoot, 'grafana/alerts/ballast.rules.yml')

/** Every alert of {@link RULES}. */
export const alerts: readonly AlertRule[] = (
  parse(readFileSync(RULES, 'utf8')) as { readonly groups: readonly { readonly rules: readonly AlertRule[] }[] }
).groups.flatMap(({ rules }) => rules)

/** A program of the system, or the one that `scripts/setup test` unpacked without root; undefined when there is none. */
export const toolOf = (name: string): string | undefined =>
  [`/usr/bin/${name}`, `/usr/local/bin/${name}`, join(packageRoot, `.tools/usr/bin/${name}`)].find(existsSync)

/** Whether a test that needs a program may be skipped: never where everything is meant to be installed. */
export const mayBeAbsent = (tool: string | undefined): boolean => tool === undefined && process.env.CI === undefined

/** A panel that shows something, with what it asks for. */
export type ShownPanel = Omit<Panel, 'targets'> & {
  readonly targets: readonly { readonly expr: string; readonly refId: string }[]
}

/** Rows and panels of a dashboard as they lie on the page, panels inside closed rows left out. */
export const onPage = ({ panels = [] }: Dashboard): readonly (Panel | RowPanel)[] => panels

/** The rows of a dashboard. */
export const rowsOf = (board: Dashboard): readonly RowPanel[] =>
  onPage(board).filter((panel): panel is RowPanel => panel.type === 'row')

/** Every panel of a dashboard that is not a row, those inside closed rows too. */
export const panelsOf = (board: Dashboard): readonly ShownPanel[] =>
  onPage(board).flatMap((panel) =>
    panel.type === 'row' ? (panel as RowPanel).panels : [panel],
  ) as unknown as readonly ShownPanel[]

/** What the panels of a dashboard ask for. */
export const expressionsOf = (board: Dashboard): readonly Expression[] =>
  panelsOf(board).flatMap(({ title, targets }) =>
    targets.map(({ refId, expr }) => ({ where: `${board.uid}: ${title} ${refId}`, expr })),
  )

/** What a dashboard asks for beside its panels: annotations and the lists of its variables. */
export const markingsOf = (board: Dashboard): readonly Expression[] => [
  ...(board.annotations?.list ?? []).flatMap(({ name, expr }) =>
    expr === undefined ? [] : [{ where: `${board.uid}: annotation ${name}`, expr }],
  ),
  ...(board.templating?.list ?? []).flatMap(({ name, query }) => {
    const text = typeof query === 'object' && query !== null ? String(query.query) : ''
    const listed = /^label_values\((.*), (\w+)\)$/.exec(text)?.[1]
    return listed === undefined ? [] : [{ where: `${board.uid}: variable ${name}`, expr: listed }]
  }),
]

/** What the alerts ask for. */
export const alertExpressions: readonly Expression[] = alerts.map(({ alert, expr }) => ({ where: alert, expr }))

/** An expression with Grafana's variables filled in: everything chosen, and windows of the given length. */
export const filledIn = (expr: string, window: string): string =>
  expr.replaceAll(/\$(instance|portfolio)\b/g, '.+').replaceAll(/\$__(rate_interval|interval|range)\b/g, window)
