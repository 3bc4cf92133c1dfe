import { z } from 'zod'
import { DEFAULT_LADDER } from '#domain/optimise/ladder.js'
import { duration, fraction, symbol } from './fields.js'

const weight = z.number().min(-1).max(1)
const pair = (of: z.ZodNumber) => z.tuple([of, of], { error: 'must be a list of two numbers, [lowest, highest]' })

const bounds = z
  .strictObject({
    min: weight.default(0).describe('Lowest weight of an instrument; below 0 allows short positions.'),
    max: weight.default(0.25).describe('Highest weight of an instrument.'),
    cash: pair(fraction)
      .default([0.0025, 0.1])
      .describe('Lowest and highest cash weight; 25 basis points absorb rounding and costs.'),
    per_symbol: z
      .record(symbol, pair(weight))
      .default({})
      .describe('Lowest and highest weight of single symbols, instead of min and max.'),
  })
  .superRefine((value, context) => {
    const ordered = (low: number, high: number, path: PropertyKey[]): void => {
      if (low > high) context.addIssue({ code: 'custom', path, message: `lowest ${low} is above highest ${high}` })
    }
    ordered(value.min, value.max, ['min'])
    ordered(value.cash[0], value.cash[1], ['cash'])
    for (const [name, [low, high]] of Object.entries(value.per_symbol)) ordered(low, high, ['per_symbol', name])
  })

const scenarios = z
  .strictObject({
    method: z
      .literal('historical')
      .default('historical')
      .describe('historical: past bar returns, each equally likely.'),
    minimum: z.int().min(2).max(100_000).default(60).describe('Fewest bar returns to decide on; with fewer, hold.'),
    maximum: z.int().min(2).max(100_000).default(756).describe('Most bar returns used, the latest ones.'),
  })
  .superRefine((value, context) => {
    if (value.minimum > value.maximum)
      context.addIssue({
        code: 'custom',
        path: ['minimum'],
        message: `${value.minimum} is above maximum ${value.maximum}`,
      })
  })

const infeasible = z.strictObject({
  relax: z
    .array(z.enum(['cash', 'minimum', 'turnover']))
    .refine((limits) => new Set(limits).size === limits.length, 'names a limit twice')
    .default(() => [...DEFAULT_LADDER.relax])
    .describe('Limits in the conflict that may be relaxed, in this order, each as little as it takes.'),
  otherwise: z
    .enum(['previous', 'hold'])
    .default(DEFAULT_LADDER.otherwise)
    .describe('When that does not help: the earlier targets where they still fit, or hold what there is.'),
})

/** The `optimiser` section of a portfolio file. */
export const optimiserSchema = z.strictObject({
  confidence: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.95)
    .describe('Confidence of CVaR: 0.95 looks at the worst 5 % of scenarios.'),
  risk_aversion: z.number().min(0).max(1_000).default(1).describe('Weight of CVaR against return and cost.'),
  return_weight: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Weight of the mean scenario return: 0 ignores expected returns, 1 takes them as they are.'),
  holding_periods: z
    .number()
    .min(1)
    .max(10_000)
    .default(21)
    .describe('Bars over which a trading cost, paid once, is spread.'),
  bounds: bounds.prefault({}).describe('Weight limits.'),
  turnover: fraction
    .nullable()
    .default(null)
    .describe('Most that one run may buy or sell, as a fraction of equity; null for no limit.'),
  infeasible: infeasible.prefault({}).describe('What to do when no portfolio meets all limits together.'),
  scenarios: scenarios.prefault({}).describe('Return scenarios behind every risk figure.'),
  tolerance: z.number().gt(0).max(1e-6).default(1e-8).describe('Relative optimality gap to prove.'),
  timeout: duration.default('60s').describe('Wall time of one solve.'),
})
