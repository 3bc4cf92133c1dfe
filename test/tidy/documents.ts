import type { MetricSpec } from '#adapters/metrics/spec.js'
import type { Source, Violation } from './source.js'
import { lineOf } from './source.js'

/** Keys of a generated configuration schema that say nothing about themselves. */
export function undescribedKeys(schema: unknown, path = ''): Violation[] {
  if (typeof schema !== 'object' || schema === null) return []
  if (Array.isArray(schema)) return schema.flatMap((item) => undescribedKeys(item, path))
  const found: Violation[] = []
  for (const [field, value] of Object.entries(schema)) {
    if (field !== 'properties') found.push(...(field === 'default' ? [] : undescribedKeys(value, path)))
    else
      for (const [key, property] of Object.entries(value as Record<string, { description?: unknown }>)) {
        const { description } = property
        const where = path === '' ? key : `${path}.${key}`
        if (typeof description !== 'string' || description.trim() === '')
          found.push({ rule: 'config key', where, what: 'has no description' })
        found.push(...undescribedKeys(property, where))
      }
  }
  return found
}

/** Metrics without words or without a dashboard. */
export const unexplainedMetrics = (catalog: readonly MetricSpec[]): Violation[] =>
  catalog.flatMap(({ name, help, dashboard }) =>
    help.trim() === '' || dashboard.trim() === ''
      ? [{ rule: 'metric', where: name, what: 'has no help or no dashboard' }]
      : [],
  )

/** Metric names in code that the catalog does not have, and catalog names that no code sets. */
export function strayMetrics(catalog: readonly { readonly name: string }[], code: readonly Source[]): Violation[] {
  const known = new Set(catalog.map(({ name }) => name))
  const used = new Set<string>()
  const found: Violation[] = []
  for (const source of code)
    for (const match of source.text.matchAll(/'(ballast_[a-z0-9_]+)'/g)) {
      const name = match[1]!
      used.add(name)
      if (!known.has(name))
        found.push({
          rule: 'metric',
          where: `${source.path}:${lineOf(source, match.index)}`,
          what: `${name} is not in the catalog`,
        })
    }
  for (const name of known) if (!used.has(name)) found.push({ rule: 'metric', where: name, what: 'is set nowhere' })
  return found
}
