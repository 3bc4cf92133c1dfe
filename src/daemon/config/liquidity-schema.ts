import { z } from 'zod'
import type { LiquidityPolicy } from '#domain/liquidity/liquidity.js'
import { midnight, sessionDate } from '#units/time.js'
import { amount, date, symbol } from './fields.js'

const declared = z.strictObject({
  adv: amount.describe('Average daily volume: money traded in a day, in the currency of the portfolio, as text.'),
  spread: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('Distance of bid and ask as a fraction of the price; null where nobody knows.'),
})

const keys = z
  .strictObject({
    declared_on: date.nullable().default(null).describe('Day of the figures under declared, YYYY-MM-DD.'),
    declared: z
      .record(symbol, declared)
      .default({})
      .describe('Figures of symbols in place of those of bars, which the other symbols have where the feed says.'),
  })
  .superRefine(({ declared_on, declared: rows }, context) => {
    const given = Object.keys(rows).length > 0
    if (given && declared_on === null)
      context.addIssue({ code: 'custom', path: ['declared_on'], message: 'is required: how old declared figures are' })
    if (!given && declared_on !== null)
      context.addIssue({
        code: 'custom',
        path: ['declared_on'],
        message: 'is for declared figures, and there are none',
      })
  })

/** How much of each name is traded, for the rules that ask. */
export const liquiditySchema = keys
  .nullable()
  .default(null)
  .describe('How much of each name is traded, {} for what bars show: for rules on it; null: no rule may ask.')

/** The policy a checked section stands for. */
export const toLiquidity = ({ declared_on, declared: rows }: z.output<typeof keys>): LiquidityPolicy => ({
  declared: rows,
  declaredAt: declared_on === null ? null : midnight(sessionDate(declared_on)),
})
