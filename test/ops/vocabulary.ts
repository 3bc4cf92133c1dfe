import { catalog } from '#adapters/metrics/catalog.js'
import type { LabelRule } from '#adapters/metrics/labels.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import type { Vocabulary } from './promql.js'

const LE: LabelRule = /^(\+Inf|-?\d+(\.\d+)?)$/

/** Everything an expression may ask for: the catalog, what prom-client says of the process, and `up`. */
export async function vocabularyOf(): Promise<Vocabulary> {
  const known = new Map<string, Readonly<Record<string, LabelRule | 'any'>>>([['up', {}]])
  for (const { name, type, labels } of catalog)
    if (type !== 'histogram') known.set(name, labels)
    else
      for (const part of ['bucket', 'sum', 'count'])
        known.set(`${name}_${part}`, part === 'bucket' ? { ...labels, le: LE } : labels)
  for (const { name, labels } of await processSeries())
    known.set(name, { ...known.get(name), ...Object.fromEntries(labels.map((label) => [label, 'any' as const])) })
  return known
}

/** The `process_*` and `nodejs_*` series of this very process. */
async function processSeries(): Promise<readonly { readonly name: string; readonly labels: readonly string[] }[]> {
  const text = await prometheusMetrics({ portfolios: [] }).render()
  // Garbage collections are counted as they happen, which may not have been yet.
  const gc = ['nodejs_gc_duration_seconds_bucket', 'nodejs_gc_duration_seconds_sum', 'nodejs_gc_duration_seconds_count']
  const seen = [...text.matchAll(/^((?:process|nodejs)_\w+?)(?:\{(.*)\})? /gm)].map(([, name, labels]) => ({
    name: name!,
    labels: [...(labels ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label!),
  }))
  return [...seen, ...gc.map((name) => ({ name, labels: ['kind', 'le'] }))]
}

/** The catalog's name behind a series name: `x_bucket` belongs to `x`. */
export const familyOf = (series: string): string =>
  catalog.find(({ name, type }) => name === series || (type === 'histogram' && series.startsWith(`${name}_`)))?.name ??
  series
