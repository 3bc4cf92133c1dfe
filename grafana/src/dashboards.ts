import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { execution } from './execution.js'
import { overview } from './overview.js'
import { dashboardOf } from './page.js'

/** Every dashboard by the name of its file under `grafana/dashboards`. */
export const dashboards = (): Readonly<Record<string, Dashboard>> =>
  Object.fromEntries([overview, execution].map((page) => [`ballast-${page.name}.json`, dashboardOf(page)]))

/** A dashboard as its file holds it. */
export const dashboardText = (board: Dashboard): string => `${JSON.stringify(board, null, 2)}\n`
