import { z } from 'zod'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, sessionDate } from '#units/time.js'

const amountRule = 'must be a plain decimal ≥ 0 in quotes, such as "1.50"'
const durationRule = 'must be a whole number with a unit: ms, s, m, h or d, such as 30s'

/** Money or a quantity, zero allowed: decimal text, so that no float ever touches it. */
export const amount = z.string({ error: amountRule }).regex(/^\d{1,30}(\.\d{1,30})?$/, amountRule)

/** A fraction of equity from 0 to 1: ratios, not percent. */
export const fraction = z.number().min(0).max(1)

/** A length of time such as `60s` or `30m`; {@link durationMs} reads it. */
export const duration = z.string({ error: durationRule }).regex(/^\d{1,9}(ms|s|m|h|d)$/, durationRule)

/** A calendar date, `YYYY-MM-DD`. */
export const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date YYYY-MM-DD')
  .refine(isDate, { error: 'must be a day of the calendar' })

/** Names that every object answers to, such as `valueOf`, would be found in any map keyed by name. */
const free = (name: string): boolean => !(name in {})
const taken = { error: 'is a name that JavaScript keeps for itself' }

/** An instrument's symbol. */
export const symbol = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,32}$/, 'must be 1–32 of A-Z a-z 0-9 . _ -')
  .refine(free, taken)

/** One NATS token and metric label: portfolio ids. */
export const token = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1–32 of A-Z a-z 0-9 _ -')
  .refine(free, taken)

/** ISO 4217 currency code. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a currency code such as USD')

/** The version of the file format; only 1 exists. */
export const version = z.literal(1).describe('Version of this file format; 1 is the only one.')

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

/** Milliseconds of a {@link duration}. @throws RangeError on text that is none. */
export function durationMs(text: string): number {
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) throw new RangeError(`not a duration: ${text}`)
  return Number(digits) * UNIT_MS[unit]!
}

function isDate(text: string): boolean {
  try {
    sessionDate(text)
    return true
  } catch {
    return false
  }
}
