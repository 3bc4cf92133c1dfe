import { z } from 'zod'
import { portfolioSchema } from './portfolio-schema.js'
import { registries } from './registries.js'
import { systemSchema } from './system-schema.js'
import { venueSchema } from './venue-schema.js'

/** The JSON Schemas (draft-07) that editors use, by file name under `config/schema/`. */
export function jsonSchemas(): Readonly<Record<`${'system' | 'portfolio' | 'venue'}.schema.json`, unknown>> {
  return {
    'system.schema.json': titled('Ballast system file', systemSchema),
    'portfolio.schema.json': titled('Ballast portfolio file', portfolioSchema(registries)),
    'venue.schema.json': titled('Ballast venue file', venueSchema),
  }
}

/** One schema as the committed file has it: two spaces, a newline at the end. */
export const schemaText = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`

function titled(title: string, schema: z.ZodType): unknown {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })
  return { $schema, title, ...rest }
}
