import type { z } from 'zod'

/**
 * What a schema makes of a value from outside. One that a check of the schema stumbles over is refused like any other that
 * does not fit: `{ "length": { "toString": 1 } }` where a short text is wanted has a length, and none that compares. The
 * schema must refuse undefined, as those of objects do.
 */
export function readValue<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value)
  } catch {
    return schema.safeParse(undefined)
  }
}
