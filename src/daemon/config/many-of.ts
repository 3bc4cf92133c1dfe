import { z } from 'zod'
import type { Preset } from '#domain/governance/presets.js'
import {
  entryNamed,
  isRecord,
  type PickedEntry,
  paramsJsonSchema,
  type Registry,
  readParams,
  reporter,
  snake,
  unknownName,
} from './registry-schema.js'

/**
 * Schema of `{preset, rules: {<entry name>: {parameters}}}`, built from a registry, so that a new entry needs no change
 * here. The answer lists the chosen entries in registry order. With a preset every entry takes part whose parameters all have
 * defaults, with those of the preset in their place, and `rules` changes some of them; with `none` only those named in `rules` do.
 */
export function manyOf(registry: Registry, presets: Readonly<Record<string, Preset>>) {
  return z
    .strictObject({
      preset: z
        .enum([...Object.keys(presets), 'none'])
        .default('standard')
        .describe(
          'standard, conservative or aggressive: every rule with the limits of that preset (`ballast rule ls`), changed by `rules`; none: only the rules named below.',
        ),
      rules: z
        .record(z.string(), z.unknown())
        .default({})
        .meta({ description: 'Rules by name with their parameters.', ...mapSchema(registry) }),
    })
    .transform(({ preset, rules }, context): readonly PickedEntry[] => {
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
        const chosen = readParams(entry, { ...presetOf(presets, preset, entry.name), ...own }, report)
        return chosen === undefined ? [] : [{ ...chosen, named: own !== undefined }]
      })
    })
}

/** What a preset sets of an entry, as the file would spell it. */
function presetOf(presets: Readonly<Record<string, Preset>>, preset: string, entry: string): Record<string, unknown> {
  const params = presets[preset]?.[entry] ?? {}
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [snake(name), value]))
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
