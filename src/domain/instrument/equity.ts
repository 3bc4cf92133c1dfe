import { z } from 'zod'
import { Decimal } from '#units/decimal.js'
import { magnitude, money, price, quantity, scaled, worth } from '#units/money.js'
import { amountText, positiveAmountText } from './amount.js'
import type { InstrumentHandler } from './handler.js'

/** Regulation T, 12 CFR 220.12 (initial), and FINRA rule 4210(c) (maintenance, short beyond the proceeds). */
const INITIAL = new Decimal('0.5')
const MAINTENANCE_LONG = new Decimal('0.25')
const MAINTENANCE_SHORT = new Decimal('0.3')

const schema = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD')
    .describe('ISO 4217 code of the currency it trades in'),
  tick: positiveAmountText.prefault('0.01').describe('smallest price step'),
  lot: positiveAmountText.prefault('1').describe('smallest quantity step; less than 1 where fractions trade'),
  shortable: z.boolean().default(false).describe('whether it may be sold short'),
  minNotional: amountText.prefault('0').describe('smallest order value the venue takes; 0 for none'),
  settlementDays: z.int().min(0).max(5).default(1).describe('weekdays from trade to settlement'),
  sector: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} &,./-]{0,63}$/u, 'must be a name such as "Health Care"')
    .nullable()
    .default(null)
    .describe('sector of its issuer, such as a GICS sector; null for one of the sectors file, or none'),
})

/** Configured terms of a share. */
export type EquityParams = z.output<typeof schema>

/**
 * Shares: exposure is the price, margin is Regulation T: 0.50 initial, maintenance 0.25 long and 0.30 short, the
 * short figures beyond the proceeds. Source: design domain.md section 11.
 */
export const equity: InstrumentHandler<EquityParams> = {
  name: 'equity',
  summary: 'Shares of a company or fund: one unit of exposure a share, Regulation T margin.',
  schema,
  spec: (id, params) => ({
    id,
    class: 'equity',
    currency: params.currency,
    tick: price(params.tick),
    lot: quantity(params.lot),
    multiplier: '1',
    shortable: params.shortable,
    minNotional: money(params.minNotional),
    settlementDays: params.settlementDays,
    ...(params.sector !== null && { sector: params.sector }),
  }),
  unitExposure: (spec, at) => worth(quantity('1'), at, new Decimal(spec.multiplier)),
  marginRequirement(spec, held, at) {
    const value = magnitude(worth(held, at, new Decimal(spec.multiplier)))
    return {
      initial: scaled(value, INITIAL),
      maintenance: scaled(value, held.isNegative() ? MAINTENANCE_SHORT : MAINTENANCE_LONG),
    }
  },
}
