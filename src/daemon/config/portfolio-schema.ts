import { z } from 'zod'
import type { Preset } from '#domain/governance/presets.js'
import { DAY_MS, SECOND_MS } from '#units/time.js'
import { calendarSchema } from './calendar-schema.js'
import { amount, currency, duration, durationMs, fraction, symbol, token, version } from './fields.js'
import { liquiditySchema } from './liquidity-schema.js'
import { manyOf } from './many-of.js'
import { oneOf } from './one-of.js'
import { optimiserSchema } from './optimiser-schema.js'
import { regimeSchema } from './regime-schema.js'
import type { Registry } from './registry-schema.js'
import { type InstrumentClasses, universeSchema } from './universe-schema.js'
import { volatilitySchema } from './volatility-schema.js'

/** What a portfolio file can choose from. */
export interface Registries {
  readonly targets: Registry
  readonly costs: Registry
  readonly rules: Registry
  readonly presets: Readonly<Record<string, Preset>>
  readonly instruments: InstrumentClasses
}

const band = z.number().gt(0).max(1)

const drift = z.strictObject({
  type: z
    .enum(['absolute', 'relative'])
    .default('absolute')
    .describe('absolute: gap in weight; relative: gap as a fraction of the target weight.'),
  band: band.default(0.05).describe('Gap from target that starts a rebalance; a gap equal to it does.'),
  relative_floor: fraction
    .default(0.01)
    .describe('Targets below this weight are judged by the absolute band even when the type is relative.'),
  per_symbol: z.record(symbol, band).default({}).describe('Bands of single symbols.'),
  include_cash: z.boolean().default(false).describe('Whether cash away from its target starts a rebalance too.'),
})

const triggers = z.strictObject({
  drift: drift.nullable().prefault({}).describe('Rebalance on drift from target; null never does.'),
  calendar: calendarSchema.nullable().default(null).describe('Rebalance by date; null never does.'),
  cash: z
    .strictObject({ min_invest: amount.default('10.00').describe('Least uninvested cash that is put to work.') })
    .nullable()
    .prefault({})
    .describe('Invest deposits; null leaves them for the next rebalance.'),
  cooldown: z
    .strictObject({
      days: z
        .int()
        .min(0)
        .max(366)
        .default(7)
        .describe('Calendar days after a rebalance in which drift and calendar do not start another.'),
    })
    .prefault({})
    .describe('Rest after a rebalance.'),
  max_runs_per_day: z.int().min(1).max(100).default(1).describe('Most automatic rebalances in one session.'),
})

const orders = z.strictObject({
  min_order: amount.default('1.00').describe('Smallest order value; smaller trades are left out.'),
  collar: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.05)
    .describe('Limit price: at most this fraction worse than the price decided on.'),
  not_after: duration.default('60s').describe('An order must reach the venue this long after the decision, or never.'),
  ack_timeout: duration.default('5s').describe('How long to wait for the venue to answer before asking what happened.'),
  fill_timeout: duration.default('30m').describe('Orders open longer are cancelled and the run goes on without them.'),
  allow_unsettled: z.boolean().default(false).describe('Whether buys may spend sale proceeds that have not settled.'),
})

/** Nobody should trade on a plan older than that. */
const LONGEST_WAIT_MS = 31 * DAY_MS

const approval = z.strictObject({
  turnover: fraction.nullable().default(null).describe('One-way turnover above which a plan waits; null is no limit.'),
  notional: amount
    .nullable()
    .default(null)
    .describe('Value of all trades of a plan above which it waits, as text; null is no limit.'),
  symbols: z.array(symbol).max(500).default([]).describe('Symbols whose trade always waits.'),
  first_live_run: z
    .boolean()
    .default(false)
    .describe('Whether plans wait in mode live until the portfolio has traded for the first time.'),
  approvers: z
    .union([z.literal(1), z.literal(2)], { error: 'must be 1 or 2' })
    .default(1)
    .describe('People who must approve, each another; 2 needs two operators in control.operators.'),
  expires_after: duration
    .refine((text) => durationMs(text) >= SECOND_MS && durationMs(text) <= LONGEST_WAIT_MS, 'must be from 1s to 31d')
    .default('30m')
    .describe('How long a plan waits; then it is given up and nothing is traded.'),
})

/** Fields of `targets` that every target source shares. */
const targetFields = z.strictObject({
  cash_reserve: fraction
    .default(0.0025)
    .describe('Fraction of equity kept in cash by sources that set no cash weight themselves.'),
  min_weight: fraction.default(0).describe('Target weights smaller than this go to cash.'),
})

const shadow = z
  .record(z.string(), z.unknown())
  .nullable()
  .default(null)
  .describe(
    'A candidate: settings of this file that it has otherwise. Each run is tried with it as well, and nothing of that is traded.',
  )

/** Schema of one portfolio file as it is spelled; choices are offered from the registries. */
export function portfolioSchema(registries: Registries) {
  return z.strictObject({
    version,
    id: token.describe('Name of the portfolio in journals, metrics and order ids; never changes.'),
    name: z.string().min(1).max(100).nullable().default(null).describe('Name for people; null repeats the id.'),
    enabled: z.boolean().default(true).describe('Whether the daemon runs this portfolio.'),
    mode: z
      .literal('paper', {
        error: ({ input }) => (input === 'live' ? 'live trading needs a gateway that does not exist yet' : undefined),
      })
      .default('paper')
      .describe('Where orders go: paper, no real money; the gateway account must state the same mode.'),
    gateway: token
      .default('paper')
      .describe('Execution gateway that takes the orders; over NATS, the one of that name.'),
    currency: currency.default('USD').describe('Currency of cash and reports.'),
    initial_cash: amount.describe('Cash booked when the portfolio is created, as text.'),
    universe: universeSchema(registries.instruments).describe('What the portfolio may hold.'),
    sectors: z
      .string()
      .min(1)
      .max(4096)
      .nullable()
      .default(null)
      .describe(
        'CSV file with the columns Symbol and GICS Sector, beside this file unless absolute: sectors of symbols that state none.',
      ),
    targets: oneOf('source', registries.targets, targetFields).describe('Where target weights come from.'),
    optimiser: optimiserSchema.prefault({}).describe('Risk model and limits; the risk figures of every source use it.'),
    triggers: triggers.prefault({}).describe('What starts a rebalance.'),
    trade_to: z
      .enum(['target', 'band-edge', 'optimal'])
      .default('target')
      .describe(
        'How far a run trades: target, all the way; band-edge, what drift has taken past its band to the edge of it; optimal, to the target where the gain is worth the cost.',
      ),
    min_benefit_ratio: z
      .number()
      .min(0)
      .max(1_000)
      .default(1)
      .describe('For optimal: a run trades when its predicted gain is more than so many times its predicted cost.'),
    orders: orders.prefault({}).describe('How a plan becomes orders.'),
    costs: oneOf('model', registries.costs, z.strictObject({}))
      .prefault({ model: 'simple' })
      .describe('Expected trading cost.'),
    governance: manyOf(registries.rules, registries.presets).prefault({}).describe('Rules that every plan must pass.'),
    approval: approval.nullable().default(null).describe('Which plans wait for people; null: none but by a rule.'),
    liquidity: liquiditySchema,
    shadow,
    regime: regimeSchema
      .nullable()
      .default(null)
      .describe('Where it is heard what kind of market it is; null: it makes no difference.'),
    volatility: volatilitySchema,
  })
}

/** A checked portfolio file, still in its own words. */
export type PortfolioSettings = z.output<ReturnType<typeof portfolioSchema>>
