import { z } from 'zod'
import { executionId, instrumentId, orderId, portfolioId, runId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { type Instant, instant, sessionDate, toIso } from '#units/time.js'

/**
 * Arithmetic keeps 34 significant digits and prices are read with up to 30 decimals, so neither side of the point is
 * cut short of them.
 */
const DECIMAL = /^-?\d{1,40}(\.\d{1,40})?$/

/** A field checked by a branding function, whose RangeError becomes the field's problem. */
const branded = <T>(brand: (text: string) => T) =>
  z.string().transform((text, context): T => {
    try {
      return brand(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  })

/** Zero has no sign: `-0` would be another value to a digest, and the same to everybody else. */
const decimal = z
  .string()
  .regex(DECIMAL, 'must be plain decimal text')
  .transform((text) => (/^-[0.]+$/.test(text) ? text.slice(1) : text))

/** Fields of messages: ids are checked, decimals travel as text, instants as RFC 3339 in UTC. */
export const field = {
  portfolio: branded(portfolioId),
  instrument: branded(instrumentId),
  order: branded(orderId),
  execution: branded(executionId),
  run: z
    .string()
    .regex(/^R-[1-9]\d{0,11}$/)
    .transform((text) => runId(Number(text.slice(2)))),
  money: decimal.transform((text) => money(text)),
  price: decimal.transform((text) => price(text)),
  quantity: decimal.transform((text) => quantity(text)),
  session: branded(sessionDate),
  instant: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'must be RFC 3339 in UTC with milliseconds')
    .transform((text, context): Instant => {
      const at = Date.parse(text)
      // 30 February parses as 1 March: only a time that is written back the same exists.
      if (Number.isNaN(at) || toIso(instant(at)) !== text) {
        context.addIssue({ code: 'custom', message: 'not a time' })
        return z.NEVER
      }
      return instant(at)
    }),
  epoch: z.int().min(0),
  barSize: z.enum(['1m', '1d', '1mo']),
} as const
