import { z } from 'zod'
import type { VolatilityPolicy } from '#domain/policy.js'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import { MINUTE_MS } from '#units/time.js'
import { duration, durationMs, fraction, token } from './fields.js'

const level = z.number().gt(0).max(1_000)

const keys = z.strictObject({
  source: z.enum(['file', 'bus']).default('file').describe('Where levels of the index come from.'),
  file: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe('For file: CSV, plain or gzip, with the columns date and close; beside the system file unless absolute.'),
  channel: token.nullable().default(null).describe('For bus: levels come under signal.v1.volatility.CHANNEL.'),
  calm: level.default(VOLATILITY_TERMS.calm).describe('Up to this level of the index weights stay as they are.'),
  wild: level.default(VOLATILITY_TERMS.wild).describe('From this level on the least stays of them.'),
  least: fraction.default(VOLATILITY_TERMS.least).describe('What weights are multiplied by at wild and above.'),
  hysteresis: z
    .number()
    .min(0)
    .max(1_000)
    .default(VOLATILITY_TERMS.hysteresis)
    .describe('Points the index has to fall below its height before weights grow again.'),
  max_age: duration
    .refine((text) => durationMs(text) >= MINUTE_MS, 'must be at least 1m')
    .default(`${VOLATILITY_TERMS.maxAgeMs / 86_400_000}d`)
    .describe('A level older than this is stale: what it reduced stays reduced, and a warning says so.'),
})

const checked = keys.superRefine(({ source, file, channel, calm, wild, least }, context) => {
  const [wanted, other] = source === 'file' ? (['file', 'channel'] as const) : (['channel', 'file'] as const)
  const given = { file, channel }
  const report = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
  if (given[wanted] === null) report(wanted, `source ${source} needs it`)
  if (given[other] !== null) report(other, `is not for source ${source}`)
  if (calm >= wild) report('calm', `must be below wild, and ${calm} is not below ${wild}`)
  if (least === 0) report('least', 'must be above 0: to hold nothing is no size')
})

/** Where a portfolio hears how volatile the market is, and what that leaves of its weights. */
export const volatilitySchema = checked
  .nullable()
  .default(null)
  .describe('What a volatility index leaves of weights; null: it makes no difference.')

/** The policy a checked section stands for. */
export function toVolatility(settings: z.output<typeof keys>): VolatilityPolicy {
  const { source, file, channel, calm, wild, least, hysteresis } = settings
  return {
    from: source === 'bus' ? { source, channel: channel ?? '' } : { source, file: file ?? '' },
    ...{ calm, wild, least, hysteresis },
    maxAgeMs: durationMs(settings.max_age),
  }
}
