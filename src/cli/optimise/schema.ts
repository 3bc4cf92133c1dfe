import { z } from 'zod'
import { fraction, symbol } from '#daemon/config/fields.js'

const pair = z.tuple([z.number(), z.number()], { error: 'must be a list of two numbers, [lowest, highest]' })
const bps = z.number().min(0).max(10_000)

const bounds = z.strictObject({
  min: z.number().default(0).describe('Lowest weight of every instrument; below 0 allows short positions.'),
  max: z.number().default(1).describe('Highest weight of every instrument.'),
  per_symbol: z
    .record(symbol, pair)
    .default({})
    .describe('Lowest and highest weight of single symbols, instead of min and max.'),
})

const group = z
  .strictObject({
    name: z.string().min(1).max(64).describe('Name of the limit in answers.'),
    members: z
      .union([z.array(symbol).min(1), z.record(symbol, z.number())], {
        error: 'must be a list of symbols or a map of symbols to coefficients',
      })
      .describe('Symbols, each counted once, or a coefficient for each.'),
    min: z.number().nullable().default(null).describe('Least sum of coefficient times weight; null for none.'),
    max: z.number().nullable().default(null).describe('Highest sum of coefficient times weight; null for none.'),
  })
  .superRefine((value, context) => {
    if (value.min === null && value.max === null)
      context.addIssue({ code: 'custom', path: ['min'], message: 'a group needs min or max' })
  })

const step = z.strictObject({
  beyond: z.number().min(0).describe('Traded weight of one instrument from which the step counts.'),
  buy_bps: bps.describe('Added cost of buying past it, basis points of the value traded past it.'),
  sell_bps: bps.describe('Added cost of selling past it.'),
})

const costs = z.strictObject({
  buy_bps: bps.describe('Cost of buying, basis points of the value traded.'),
  sell_bps: bps.describe('Cost of selling, basis points of the value traded.'),
  holding_periods: z.number().min(1).default(1).describe('Periods over which a cost paid once is spread.'),
  steps: z.array(step).max(20).default([]).describe('Dearer trading of the part of a trade beyond a size.'),
})

const cardinality = z.strictObject({
  most: z.int().min(1).describe('Most instruments with a weight.'),
  smallest: z.number().min(0).default(0).describe('Smallest weight of an instrument that has one.'),
})

const keys = z.strictObject({
  confidence: z.number().gt(0).lt(1).default(0.95).describe('Confidence of CVaR: 0.95 looks at the worst 5 %.'),
  risk_aversion: z.number().min(0).default(1).describe('Weight of CVaR against return and cost.'),
  bounds: bounds.prefault({}).describe('Weight limits.'),
  cash: pair.default([0, 0]).describe('Lowest and highest cash weight; [0, 0] is fully invested.'),
  groups: z.array(group).max(1_000).default([]).describe('Linear limits on groups of instruments.'),
  turnover: fraction
    .nullable()
    .default(null)
    .describe('Most bought and most sold from what is held; null for no limit.'),
  traded: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe('Most bought and sold together from what is held; null for no limit.'),
  leverage: z.number().min(0).nullable().default(null).describe('Highest sum of absolute weights; null for no limit.'),
  minimum_return: z
    .number()
    .nullable()
    .default(null)
    .describe('Least expected return a period, by the mean; null for none.'),
  maximum_cvar: z
    .number()
    .nullable()
    .default(null)
    .describe('Highest CVaR a period; with risk_aversion 0 the answer is the highest return under it; null for none.'),
  cardinality: cardinality.nullable().default(null).describe('Limit on the number of names, long only; null for none.'),
  held: z.record(symbol, z.number()).default({}).describe('Weights held now: where turnover and costs count from.'),
  costs: costs.nullable().default(null).describe('Trading costs; null for none.'),
  mean: z
    .union([z.enum(['none', 'scenario']), z.record(symbol, z.number())], {
      error: 'must be none, scenario, or a map of symbols to expected returns',
    })
    .default('none')
    .describe('Expected return a period: none leaves it out, scenario takes the sample mean, or one for each symbol.'),
  tolerance: z.number().gt(0).max(1e-6).default(1e-8).describe('Relative optimality gap to prove.'),
})

/** A problem file of `ballast optimise`; every key but those of costs and cardinality has a default. */
export const problemSchema = keys.superRefine(({ minimum_return, mean }, context) => {
  if (minimum_return !== null && mean === 'none')
    context.addIssue({ code: 'custom', path: ['minimum_return'], message: 'needs mean: scenario, or a map of returns' })
})

/** A checked problem file. */
export type ProblemSettings = z.output<typeof problemSchema>
