import { z } from 'zod'
import { decimalFromFloat, parseDecimal } from '#units/decimal.js'

/**
 * Schema of a decimal ≥ 0 in configuration: plain text (`"0.01"`) or a number, kept as plain decimal text, so that
 * parsing what was parsed changes nothing. Refuses exponents in text, negatives, NaN and infinities.
 */
export const amountText = z
  .union([
    z.string().refine((text) => parseDecimal(text)?.gte(0) === true, 'not a plain decimal ≥ 0'),
    z
      .number()
      .min(0)
      .refine((value) => parseDecimal(decimalFromFloat(value).toFixed()) !== undefined, 'has too many digits'),
  ])
  .transform((value) => (typeof value === 'number' ? decimalFromFloat(value).toFixed() : value))

/** As {@link amountText}, and more than zero. */
export const positiveAmountText = amountText.refine((text) => parseDecimal(text)?.gt(0) === true, 'must be above zero')
