import { z } from 'zod'
import type { RegimeReading } from '#domain/regime/multiplier.js'
import { type MarketRegime, REGIMES } from '#domain/regime/regime.js'
import { field } from './fields.js'
import { readValue } from './read.js'

/** Regimes as messages spell them. */
const WORDS = REGIMES.map((regime) => regime.toLowerCase() as Lowercase<MarketRegime>)

/** A regime in a message: `choppy` for CHOPPY. */
export const regimeField = z.enum(WORDS).transform((word) => word.toUpperCase() as MarketRegime)

/** A reading of an external detector, on `signal.v1.regime.<channel>`. Source: design operator.md section 3. */
const regimeMessage = z.strictObject({
  regime: regimeField,
  confidence: z.number().min(0).max(1),
  ts: field.instant,
})

/** The reading in the text of a message; undefined when it is none. */
export function regimeReadingIn(body: string): RegimeReading | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  const read = readValue(regimeMessage, value)
  return read.success ? { regime: read.data.regime, confidence: read.data.confidence, at: read.data.ts } : undefined
}
