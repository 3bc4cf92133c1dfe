import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Governed, govern } from '#domain/governance/govern.js'
import type { BetaReading, ClusterReading, ScenarioReading } from '#domain/governance/readings.js'
import { rules } from '#domain/governance/registry.js'
import type { Occasion, RuleContext } from '#domain/governance/rule.js'
import { scenarioReading } from '#domain/governance/scenario-reading.js'
import type { Sent } from '#domain/governance/sent.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { Known } from '#domain/liquidity/liquidity.js'
import { assemble } from '#domain/plan/assemble.js'
import type { Chosen } from '#domain/policy.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { encode } from '#units/canonical.js'
import { instrumentId } from '#units/ids.js'
import { money, noMoney } from '#units/money.js'
import { DAY_MS, HOUR_MS, later } from '#units/time.js'
import { byId, NOW, shareSpec, simpleCosts } from '../support/books.js'
import { contextOf } from '../unit/domain/governance/cases.js'
import { CASES } from './plan-worlds.js'

const NO_SCENARIOS = scenarioSet({ instruments: [], sessions: [], minimum: 1, maximum: 1 })
const NAMES = ['AAA', 'BBB', 'CCC', 'DDD'] as const

/** A rule's parameters from strict (0) to loose (1); a rule without a row here fails the first law. */
const strictness: Readonly<Record<string, (loose: number) => Record<string, unknown>>> = {
  'correlation-cluster': (loose) => ({ max: 0.01 + loose }),
  'cvar-limit': (loose) => ({ max: 0.001 + loose / 10 }),
  'daily-loss': (loose) => ({ max: 0.01 + 0.1 * loose, warn: 0.02 }),
  drawdown: (loose) => ({ max: 0.05 + 0.3 * loose, maxAgeDays: 2 + 4 * loose }),
  'factor-exposure': (loose) => ({ max: 0.01 + 2 * loose, perFactor: { SMB: 0.05 + loose } }),
  'position-limit': (loose) => ({ max: 0.01 + loose }),
  'minimum-trade': (loose) => ({ minValue: ((1 - loose) * 2000).toFixed(2) }),
  'price-collar': (loose) => ({ maxDeviation: loose * 0.1 }),
  'sector-concentration': (loose) => ({ max: 0.01 + loose, perSector: { Energy: 0.05 + loose / 2 } }),
  turnover: (loose) => ({ max: 0.01 + loose }),
  'gross-net-leverage': (loose) => ({ maxGross: 0.1 + 2 * loose, maxNet: 0.1 + loose, maxLeverage: 0.1 + loose }),
  'restricted-list': (loose) => ({
    noTrade: loose < 0.2 ? ['AAA'] : [],
    noBuy: loose < 0.5 ? ['BBB'] : [],
    noShort: loose < 0.7 ? ['CCC'] : [],
    requireLocate: loose < 0.9,
    locates: { CCC: (100 * loose).toFixed(3), DDD: (50 * loose).toFixed(3) },
  }),
  'firm-adv': (loose) => ({ max: 0.005 + loose / 3, maxAgeDays: 1 + Math.floor(9 * loose) }),
  'liquidity-adjusted': (loose) => ({
    ...{ maxOrder: 0.005 + loose / 5, maxIlliquid: 0.005 + loose / 2, maxSpread: 0.01 + loose / 5 },
    ...{ minAdv: (1e6 * (1 - loose)).toFixed(2), maxAgeDays: 1 + Math.floor(9 * loose) },
  }),
  margin: (loose) => ({
    ...{ maxInitial: 0.1 + loose, maxMaintenance: 0.05 + loose },
    nonMarginable: loose < 0.5 ? ['AAA', 'BBB'] : ['AAA'],
  }),
  'order-rate': (loose) => ({
    ...{ maxOrdersPerMinute: 1 + Math.floor(9 * loose), maxFirmOrdersPerMinute: 3 + Math.floor(19 * loose) },
    ...{ maxValuePerDay: 0.01 + 2 * loose, maxFirmValuePerDay: (500 + 1e5 * loose).toFixed(2) },
    ...{ maxOrder: 0.01 + loose, maxOrderValue: (100 + 1e5 * loose).toFixed(2) },
  }),
  'rebalance-frequency': (loose) => ({ maxRuns: 1 + Math.floor(3 * loose) }),
  'market-hours': (loose) => ({ exchange: loose < 0.5 ? 'XNYS' : '24/7' }),
  'regime-sizing': () => ({}),
  'volatility-regime': () => ({}),
}

/** Clusters as they may have been read: not at all, too long ago, not of every name. */
const clusters: fc.Arbitrary<ClusterReading | undefined> = fc.option(
  fc.record({
    asOf: fc.constantFrom(0, 0, -30).map((days) => later(NOW, days * DAY_MS)),
    least: fc.constant(0.7),
    clusters: fc
      .constantFrom<string[][]>(
        [['AAA', 'BBB'], ['CCC'], ['DDD']],
        [['AAA', 'BBB', 'CCC', 'DDD']],
        [['AAA', 'DDD'], ['BBB']],
      )
      .map((all) => all.map((members) => members.map(instrumentId))),
  }),
  { nil: undefined, freq: 8 },
)

/** Betas as they may have been read, of two factors; of some not every name. */
const betas: fc.Arbitrary<BetaReading | undefined> = fc.option(
  fc.record({
    asOf: fc.constantFrom(0, 0, -200).map((days) => later(NOW, days * DAY_MS)),
    factors: fc.constant(['Mkt-RF', 'SMB']),
    betas: fc
      .array(fc.tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: -15, max: 15 })), {
        minLength: 3,
        maxLength: 4,
      })
      .map((rows) => Object.fromEntries(rows.map((row, at) => [NAMES[at]!, row.map((tenths) => tenths / 10)]))),
  }),
  { nil: undefined, freq: 8 },
)

/** Scenarios as they may have been read; of some not every name. */
const scenarios: fc.Arbitrary<ScenarioReading | undefined> = fc.option(
  fc
    .record({
      days: fc.constantFrom(0, 0, -30),
      names: fc.constantFrom(4, 4, 3),
      returns: fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 80, maxLength: 80 }),
    })
    .map(({ days, names, returns }) => {
      const instruments = NAMES.slice(0, names).map(instrumentId)
      const values = Float64Array.from(returns.slice(0, 20 * names), (thousandths) => thousandths / 1_000)
      const set = { ...NO_SCENARIOS, instruments, rows: 20, returns: values }
      return scenarioReading(set, later(NOW, days * DAY_MS))
    }),
  { nil: undefined, freq: 8 },
)

const fraction = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
const perName = <T>(value: fc.Arbitrary<T>) =>
  fc.tuple(value, value, value, value).map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])))

/** Much traded, little, not known, unknowable, or known of long ago. */
const liquidity: fc.Arbitrary<Known | undefined> = fc.option(
  fc.record({
    adv: fc.constantFrom('0', '800', '30000', '600000', '90000000', 'NaN', 'Infinity').map((text) => money(text)),
    spread: fc.constantFrom(null, 0, 0.002, 0.04, 0.3),
    at: fc.constantFrom(0, -1, -4, -40).map((day) => later(NOW, day * DAY_MS)),
    declared: fc.boolean(),
  }),
  { nil: undefined, freq: 4 },
)

/** What has been sent before, in all portfolios and in this one. */
const sent: fc.Arbitrary<Sent> = fc
  .record({
    orders: fc.record({ own: fc.integer({ min: 0, max: 6 }), firm: fc.integer({ min: 0, max: 12 }) }),
    own: fc.integer({ min: 0, max: 9_000 }),
    firm: fc.integer({ min: 0, max: 40_000 }),
    names: perName(fc.constantFrom('0', '90', '20000')),
  })
  .map(({ orders, own, firm, names }) => ({
    orders,
    value: { own: money(String(own)), firm: money(String(firm)) },
    names: byId(Object.fromEntries(Object.entries(names).map(([name, value]) => [name, money(value)]))),
  }))

/** What books, prices and trades are made of. */
const parts = fc.record({
  cash: fc.integer({ min: 0, max: 20_000 }),
  held: perName(fc.integer({ min: -50, max: 100 })),
  cents: perName(fc.integer({ min: 50, max: 20_000 })),
  old: perName(fc.constantFrom(0, 0, 0, 1, 2)),
  trades: perName(fc.integer({ min: -150, max: 150 })),
  collar: fc.constantFrom(0, 0.02, 0.05, 0.08),
  lot: fc.constantFrom('1', '0.001', '10'),
  sectors: perName(fc.constantFrom(undefined, 'Energy', 'Utilities')),
  barSize: fc.constantFrom('1d', '1d', '1m'),
  hours: fc.integer({ min: 0, max: 200 }),
  occasion: fc.record({
    type: fc.constantFrom('full', 'full', 'full', 'liquidate', 'invest-cash'),
    trigger: fc.constantFrom('drift', 'calendar', 'targets', 'manual', 'cash'),
    automaticRuns: fc.integer({ min: 0, max: 3 }),
    funds: fc.constantFrom(false, false, true),
    traded: fc.constantFrom({ buy: noMoney, sell: noMoney }, { buy: money('700'), sell: money('20') }),
    sellsFirst: fc.constant(false),
  }),
  liquidity: perName(liquidity),
  sent: fc.option(sent, { nil: undefined, freq: 9 }),
  multiplier: fc.constantFrom(0.3, 0.5, 0.7, 1, 1.2),
  sized: fc.constantFrom(0.5, 1, 1, 1.2),
  drawdown: fc.constantFrom(0, 0.03, 0.08, 0.15, 0.22, 0.5, Number.NaN),
  known: fc.constantFrom(true, true, true, true, false),
  made: fc.constantFrom(null, 0.01, -0.02, -0.05, -0.3, Number.NaN),
  aim: perName(fc.constantFrom(-0.2, 0, 0.1, 0.3, 0.6)),
  clusters,
  betas,
  scenarios,
  left: fc.constantFrom(null, 0.5, 0.77, 1, Number.NaN),
})
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

function contextIn(given: Parts, names: readonly string[]): RuleContext {
  const { cash, held, cents, old, trades, collar, lot, sectors, barSize, hours, occasion } = given
  const prices = Object.fromEntries(names.map((name) => [name, (cents[name]! / 100).toFixed(2)]))
  const positions = Object.fromEntries(
    names.filter((name) => held[name] !== 0).map((name) => [name, [String(held[name]), prices[name]!] as const]),
  )
  const whole = names.map((name) => [name, Math.trunc(trades[name]! / Number(lot)) * Number(lot)] as const)
  const planned = Object.fromEntries(whole.filter(([, n]) => n !== 0).map(([name, n]) => [name, String(n)]))
  const specs = specsOf(names.map((name) => shareSpec(name, { lot, sector: sectors[name] ?? null })))
  const context = contextOf({ cash: String(cash), positions, prices, old, orders: { collar }, specs }, planned)
  const view = { ...context.view, barSize } as const
  const legs = context.plan.legs.map((leg) => ({ ...leg, targetWeight: given.aim[leg.instrument] ?? 0 }))
  const at = later(context.at, hours * HOUR_MS)
  return {
    ...context,
    plan: { ...context.plan, legs },
    view,
    occasion: occasion as Occasion,
    at,
    ...losses(given, context),
    liquidity: liquidityIn(given),
    ...(given.sent !== undefined && { sent: given.sent }),
  }
}

const liquidityIn = ({ liquidity: rows }: Parts) =>
  Object.fromEntries(Object.entries(rows).filter(([, row]) => row !== undefined)) as NonNullable<
    RuleContext['liquidity']
  >

/** What is known of the market's kind and of losses; now and then nothing. */
function losses(
  { multiplier, sized, drawdown, made, known, left, clusters, betas, scenarios }: Parts,
  { at: asOf }: RuleContext,
): Partial<RuleContext> {
  const regime = { regime: 'CHOPPY', multiplier, sized }
  const read = {
    ...(clusters !== undefined && { clusters }),
    ...(betas !== undefined && { betas }),
    ...(scenarios !== undefined && { scenarios }),
  }
  const reading = left === null ? null : { level: 30, multiplier: left, asOf }
  const kinds = { regime, volatility: { reading, sized, maxAgeMs: 50 * HOUR_MS }, ...read }
  if (!known) return kinds
  return { ...kinds, drawdown: { counted: drawdown, asOf, sized }, session: { made, asOf } }
}

/** Books with longs, shorts and cash, some prices stale, and any trades: not only those a planner would make. */
const contexts: fc.Arbitrary<RuleContext> = parts.map((given) => contextIn(given, NAMES))

/** The same where sells may be credited, which is each rule's own affair: what others cut of them it does not see. */
const credited: fc.Arbitrary<RuleContext> = fc
  .tuple(contexts, fc.boolean())
  .map(([context, sellsFirst]) => ({ ...context, occasion: { ...context.occasion, sellsFirst } }))

const judge = (context: RuleContext, chosen: readonly Chosen[]): Governed => govern(context, chosen, simpleCosts)
const kept = (governed: Governed): Readonly<Record<string, number>> =>
  Object.fromEntries(governed.legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const all = (loose: number): readonly Chosen[] =>
  Object.keys(rules).map((name) => ({ name, params: strictness[name]!(loose) }))

/** A case that every law is asked of: what a rule leaves of a plan, and what it leaves at another strictness, the stricter of both first. */
interface Seen {
  readonly context: RuleContext
  readonly chosen: readonly Chosen[]
  readonly first: Governed
  readonly byStrictness: readonly [Governed, Governed]
}

/** The laws, each in words; asked of the same case, since to make one takes longer than to judge it. */
const LAWS: Readonly<Record<string, (seen: Seen) => void>> = {
  'gives the same answer twice, and says what became of each leg': ({ context, chosen, first }) => {
    expect(encode(judge(context, chosen))).toBe(encode(first))
    expect(first.legs.length + first.dropped.length).toBe(context.plan.legs.length)
    expect(first.judgements.length).toBeGreaterThanOrEqual(chosen.length)
  },
  'never enlarges an order, adds one or turns one round, and keeps lots whole': ({ context, first }) => {
    for (const leg of first.legs) {
      const planned = context.plan.legs.find((row) => row.id === leg.id)
      const same = planned?.side === leg.side && leg.quantity.gt(0) && leg.quantity.lte(planned.quantity)
      expect(same && leg.quantity.mod(context.specs[leg.instrument]!.lot).isZero(), leg.id).toBe(true)
    }
  },
  'changes nothing when what it left is governed again': ({ context, chosen, first }) => {
    const again = judge({ ...context, plan: assemble(first.legs, [], context.equity) }, chosen)
    expect(kept(again)).toEqual(kept(first))
  },
  'never cuts more when a limit is loosened': ({ byStrictness: [strict, looser] }) => {
    const loose = kept(looser)
    for (const [leg, units] of Object.entries(kept(strict))) expect(loose[leg] ?? 0).toBeGreaterThanOrEqual(units)
  },
}

describe.each([...Object.keys(rules), 'all rules together'])('%s', (name) => {
  const chosenAt = (loose: number): readonly Chosen[] =>
    name in rules ? [{ name, params: strictness[name]!(loose) }] : all(loose)

  const given = name in rules ? credited : contexts

  it(`never throws, and keeps every law: ${Object.keys(LAWS).join('; ')}`, () => {
    fc.assert(
      fc.property(given, fraction, fraction, (context, a, b) => {
        const chosen = chosenAt(a)
        const [first, other] = [judge(context, chosen), judge(context, chosenAt(b))]
        const byStrictness = a <= b ? ([first, other] as const) : ([other, first] as const)
        for (const [law, holds] of Object.entries(LAWS))
          asked(law, () => holds({ context, chosen, first, byStrictness }))
      }),
      CASES,
    )
  })
})

/** Asks, and says which law it was that does not hold. */
function asked(law: string, ask: () => void): void {
  try {
    ask()
  } catch (thrown) {
    throw new Error(`it ${law}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown })
  }
}

describe('rules', () => {
  it('come out the same in any order', () => {
    fc.assert(
      fc.property(
        contexts,
        fraction.chain((loose) =>
          fc.tuple(fc.constant(all(loose)), fc.shuffledSubarray([...all(loose)], { minLength: all(loose).length })),
        ),
        (context, [one, other]) => {
          expect(encode(judge(context, other))).toBe(encode(judge(context, one)))
        },
      ),
      CASES,
    )
  })

  it('come out the same in any order of the instruments', () => {
    fc.assert(
      fc.property(parts, fraction, fc.shuffledSubarray([...NAMES], { minLength: 4 }), (given, loose, order) => {
        const one = judge(contextIn(given, NAMES), all(loose))
        expect(encode(judge(contextIn(given, order), all(loose)))).toBe(encode(one))
      }),
      CASES,
    )
  })

  it('leave no position beyond the limit that was not beyond it before, after any subset of the fills', () => {
    fc.assert(
      fc.property(contexts, fraction, fc.integer({ min: 0, max: 15 }), (context, loose, subset) => {
        const max = 0.01 + loose
        const { legs } = judge(context, [{ name: 'position-limit', params: { max } }])
        for (const [index, leg] of legs.entries()) {
          if ((subset & (1 << index)) === 0) continue
          const held = context.book.positions[leg.instrument]?.quantity.toNumber() ?? 0
          const after = held + (leg.side === 'buy' ? 1 : -1) * leg.quantity.toNumber()
          const weight = (units: number) => (Math.abs(units) * leg.arrival.toNumber()) / context.equity.toNumber()
          if (weight(after) > max + 1e-9) {
            expect(weight(after)).toBeLessThan(weight(held))
            expect(Math.sign(after)).toBe(Math.sign(held))
          }
        }
      }),
      CASES,
    )
  })

  it.each(Object.entries(rules))(
    '%s is filed under its own name, described, with a default for every parameter',
    (name, rule) => {
      expect(rule.name).toBe(name)
      expect(rule.summary).not.toBe('')
      const json = z.toJSONSchema(rule.schema, { target: 'draft-7', io: 'input' })
      for (const key of Object.values(json.properties ?? {}) as { description?: string; default?: unknown }[]) {
        expect(key.description).toBeTruthy()
        expect(key.default).toBeDefined()
      }
      const once = rule.schema.parse({})
      expect(rule.schema.parse(once)).toEqual(once)
    },
  )
})
