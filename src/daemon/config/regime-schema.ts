import { z } from 'zod'
import type { RegimePolicy } from '#domain/policy.js'
import { LARGEST_MULTIPLIER, SIZING_TERMS, SMALLEST_MULTIPLIER } from '#domain/regime/multiplier.js'
import { type MarketRegime, REGIME_SIZING_MULTIPLIERS, REGIMES } from '#domain/regime/regime.js'
import { instrumentId } from '#units/ids.js'
import { MINUTE_MS } from '#units/time.js'
import { duration, durationMs, fraction, symbol, token } from './fields.js'

const multiplier = (regime: MarketRegime) =>
  z
    .number()
    .min(SMALLEST_MULTIPLIER)
    .max(LARGEST_MULTIPLIER)
    .default(REGIME_SIZING_MULTIPLIERS[regime])
    .describe(`What weights are multiplied by while the market is ${regime.toLowerCase().replaceAll('_', ' ')}.`)

const multipliers = z.strictObject({
  trending: multiplier('TRENDING'),
  volatile_trending: multiplier('VOLATILE_TRENDING'),
  mean_reverting: multiplier('MEAN_REVERTING'),
  choppy: multiplier('CHOPPY'),
  quiet_choppy: multiplier('QUIET_CHOPPY'),
  unknown: multiplier('UNKNOWN'),
})

const keys = z.strictObject({
  source: z
    .enum(['detector', 'bus'])
    .default('detector')
    .describe("Who says so: the detector over one symbol's closes, or readings on the bus."),
  symbol: symbol.nullable().default(null).describe('For detector: the symbol whose closes it watches.'),
  channel: token.nullable().default(null).describe('For bus: readings come under signal.v1.regime.CHANNEL.'),
  max_age: duration
    .refine((text) => durationMs(text) >= MINUTE_MS, 'must be at least 1m')
    .default(`${SIZING_TERMS.maxAgeMs / 86_400_000}d`)
    .describe('A reading older than this is none: what it reduced stays reduced, nothing is enlarged.'),
  min_confidence: fraction
    .default(SIZING_TERMS.minConfidence)
    .describe('A reading less sure than this is not followed either.'),
  multipliers: multipliers.prefault({}).describe('What weights are multiplied by in each regime.'),
})

/** Where a portfolio hears what kind of market it is. */
export const regimeSchema = keys.superRefine(({ source, symbol: name, channel }, context) => {
  const [wanted, other] = source === 'detector' ? (['symbol', 'channel'] as const) : (['channel', 'symbol'] as const)
  const given = { symbol: name, channel }
  const report = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
  if (given[wanted] === null) report(wanted, `source ${source} needs it`)
  if (given[other] !== null) report(other, `is not for source ${source}`)
})

/** The policy a checked section stands for. */
export function toRegime(settings: z.output<typeof keys>): RegimePolicy {
  const { source, symbol: name, channel, multipliers: table } = settings
  const named = REGIMES.map((regime) => [regime, table[regime.toLowerCase() as keyof typeof table]] as const)
  return {
    from: source === 'bus' ? { source, channel: channel ?? '' } : { source, instrument: instrumentId(name ?? '') },
    minConfidence: settings.min_confidence,
    maxAgeMs: durationMs(settings.max_age),
    multipliers: Object.fromEntries(named) as Record<MarketRegime, number>,
  }
}
