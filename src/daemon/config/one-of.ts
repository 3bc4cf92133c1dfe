import { z } from 'zod'
import { explain, wordsOf } from './explain.js'
import {
  type ChosenEntry,
  entryNamed,
  isRecord,
  paramsJsonSchema,
  type Registry,
  type RegistryEntry,
  readParams,
  reporter,
  snake,
  unknownName,
} from './registry-schema.js'

/** A choice of one entry together with the fields that every entry of the registry shares. */
type Choice<Common> = ChosenEntry & { readonly common: Common }

/**
 * Schema of `{<key>: <entry name>, …shared fields, …the entry's own parameters}`, built from a registry, so that a new
 * entry needs no change here: `costs: {model: simple, spread_bps: 5}` is one, with the key `model`.
 */
export function oneOf<Common extends z.ZodObject>(key: string, registry: Registry, common: Common) {
  const shared = new Set(Object.keys(common.shape))
  return z
    .unknown()
    .transform((raw, context): Choice<z.output<Common>> => {
      const report = reporter(context, raw)
      if (!isRecord(raw)) {
        report([], raw === undefined ? 'is required' : 'must be a map')
        return z.NEVER
      }
      const fields = Object.entries(raw).filter(([name]) => name !== key)
      const rest = common.safeParse(
        pick(fields, (name) => shared.has(name)),
        { error: explain },
      )
      if (!rest.success) for (const issue of rest.error.issues) report(issue.path, wordsOf(issue))
      const entry = entryNamed(registry, raw[key])
      if (entry === undefined) {
        report([key], unknownName(registry, raw[key]))
        return z.NEVER
      }
      const chosen = readParams(
        entry,
        pick(fields, (name) => !shared.has(name)),
        report,
      )
      return chosen !== undefined && rest.success ? { ...chosen, common: rest.data } : z.NEVER
    })
    .meta({ type: 'object', oneOf: Object.values(registry).map((entry) => branch(key, entry, common)) })
}

function pick(fields: readonly [string, unknown][], wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(fields.filter(([name]) => wanted(name)))
}

function branch(key: string, entry: RegistryEntry, common: z.ZodObject): Record<string, unknown> {
  const own = paramsJsonSchema(entry)
  const shared = z.toJSONSchema(common, { target: 'draft-7', io: 'input' })
  return {
    type: 'object',
    description: entry.summary,
    properties: {
      [key]: { const: snake(entry.name), description: entry.summary },
      ...shared.properties,
      ...own.properties,
    },
    required: [key, ...own.required],
    additionalProperties: false,
  }
}
