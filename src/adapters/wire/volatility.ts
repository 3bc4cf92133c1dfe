import { z } from 'zod'
import type { VolatilityReading } from '#domain/volatility/standing.js'
import { field } from './fields.js'
import { readValue } from './read.js'

/** A level of a volatility index, on `signal.v1.volatility.<channel>`. */
const volatilityMessage = z.strictObject({ level: z.number().gt(0).max(1_000), ts: field.instant })

/** The reading in the text of a message; undefined when it is none. */
export function volatilityReadingIn(body: string): VolatilityReading | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  const read = readValue(volatilityMessage, value)
  return read.success ? { level: read.data.level, at: read.data.ts } : undefined
}
