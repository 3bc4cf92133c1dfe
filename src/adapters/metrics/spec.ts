import type { LabelRule } from './labels.js'

/** One metric: what it is called, what it counts, how it is cut, and the dashboard that shows it. */
export interface MetricSpec {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: Readonly<Record<string, LabelRule>>
  /** Upper bounds of histogram buckets, in the unit of the name. */
  readonly buckets?: readonly number[]
  readonly dashboard: Dashboard
}

/** Dashboards by the name in their file and uid. */
export type Dashboard =
  | 'overview'
  | 'drift'
  | 'optimiser'
  | 'governance'
  | 'execution'
  | 'risk'
  | 'journal'
  | 'messaging'

type Cut = Readonly<Record<string, LabelRule>>

/** A counter on a dashboard, cut by labels. */
export const counter = (dashboard: Dashboard, name: string, cut: Cut, help: string): MetricSpec => ({
  name,
  type: 'counter',
  help,
  labels: cut,
  dashboard,
})

/** A gauge on a dashboard, cut by labels. */
export const gauge = (dashboard: Dashboard, name: string, cut: Cut, help: string): MetricSpec => ({
  name,
  type: 'gauge',
  help,
  labels: cut,
  dashboard,
})

/** A histogram on a dashboard, cut by labels. */
export const histogram = (
  dashboard: Dashboard,
  name: string,
  cut: Cut,
  buckets: readonly number[],
  help: string,
): MetricSpec => ({ name, type: 'histogram', help, labels: cut, buckets, dashboard })
