import { z } from 'zod'
import { portfolioSchema } from './portfolio-schema.js'
import { registries } from './registries.js'
import { isRecord } from './registry-schema.js'
import { SHARED } from './shadow.js'
import { systemSchema } from './system-schema.js'
import { venueSchema } from './venue-schema.js'

/** The JSON Schemas (draft-07) that editors use, by file name under `config/schema/`. */
export function jsonSchemas(): Readonly<Record<`${'system' | 'portfolio' | 'venue'}.schema.json`, unknown>> {
  return {
    'system.schema.json': titled('Ballast system file', systemSchema),
    'portfolio.schema.json': withCandidate(titled('Ballast portfolio file', portfolioSchema(registries))),
    'venue.schema.json': titled('Ballast venue file', venueSchema),
  }
}

/** One schema as the committed file has it: two spaces, a newline at the end. */
export const schemaText = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`

/** The schema of a portfolio file whose section `shadow` knows the same keys, none of them required. */
function withCandidate(schema: Record<string, unknown>): unknown {
  const properties = isRecord(schema.properties) ? schema.properties : {}
  const own = Object.entries(properties).filter(([key]) => !SHARED.includes(key))
  const candidate = {
    type: 'object',
    properties: Object.fromEntries(own.map(([key, property]) => [key, partial(property)])),
    additionalProperties: false,
  }
  const { shadow, ...rest } = properties
  const { description } = isRecord(shadow) ? shadow : {}
  return {
    ...schema,
    properties: { ...rest, shadow: { description, default: null, anyOf: [candidate, { type: 'null' }] } },
  }
}

/** A schema for parts of what it describes: nothing is required, and of several choices none has to be named. */
function partial(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(partial)
  if (!isRecord(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
      if (key === 'required' || key === 'default') return []
      if (key === 'properties' && isRecord(value))
        return [[key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, partial(inner)]))]]
      return [[key === 'oneOf' ? 'anyOf' : key, partial(value)]]
    }),
  )
}

function titled(title: string, schema: z.ZodType): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })
  return { $schema, title, ...rest }
}
