import { z } from 'zod'
import {
  type ChosenEntry,
  entryNamed,
  isRecord,
  paramsJsonSchema,
  type Registry,
  readParams,
  reporter,
  snake,
  unknownName,
} from './registry-schema.js'

/**
 * Schema of `{preset, rules: {<entry name>: {parameters}}}`, built from a registry, so that a new entry needs no change
 * here. The answer lists the chosen entries in registry order. With the preset `standard` every entry takes part whose
 * parameters all have defaults, and `rules` changes some of them; with `none` only those named in `rules` do.
 */
export function manyOf(registry: Registry) {
  return z
    .strictObject({
      preset: z
        .enum(['standard', 'none'])
        .default('standard')
        .describe('standard: every rule with its defaults, changed by `rules`; none: only the rules named below.'),
      rules: z
        .record(z.string(), z.unknown())
        .default({})
        .meta({ description: 'Rules by name with their parameters.', ...mapSchema(registry) }),
    })
    .transform(({ preset, rules }, context): readonly ChosenEntry[] => {
      for (const name of Object.keys(rules))
        if (entryNamed(registry, name) === undefined)
          reporter(context, rules, ['rules'])([name], unknownName(registry, name))
      return Object.values(registry).flatMap((entry) => {
        const own = rules[snake(entry.name)]
        if (own === undefined && (preset === 'none' || !entry.schema.safeParse({}).success)) return []
        const report = reporter(context, own, ['rules', snake(entry.name)])
        if (own !== undefined && !isRecord(own)) {
          report([], 'must be a map of parameters, {} for the defaults')
          return []
        }
        const chosen = readParams(entry, own ?? {}, report)
        return chosen === undefined ? [] : [chosen]
      })
    })
}

function mapSchema(registry: Registry): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  for (const entry of Object.values(registry)) {
    const own = paramsJsonSchema(entry)
    properties[snake(entry.name)] = {
      type: 'object',
      description: entry.summary,
      properties: own.properties,
      ...(own.required.length > 0 ? { required: own.required } : {}),
      additionalProperties: false,
    }
  }
  return { properties, additionalProperties: false }
}
