import fc from 'fast-check'
import type { BetaReading, ClusterReading, ScenarioReading } from '#domain/governance/readings.js'
import type { Occasion, RuleContext } from '#domain/governance/rule.js'
import { scenarioReading } from '#domain/governance/scenario-reading.js'
import type { Sent } from '#domain/governance/sent.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { Known } from '#domain/liquidity/liquidity.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { instrumentId } from '#units/ids.js'
import { money, noMoney } from '#units/money.js'
import { DAY_MS, HOUR_MS, type Instant, later } from '#units/time.js'
import { byId, NOW, shareSpec } from '../support/books.js'
import { contextOf } from '../unit/domain/governance/cases.js'

const NO_SCENARIOS = scenarioSet({ instruments: [], sessions: [], minimum: 1, maximum: 1 })
/** The instruments of every case. */
export const NAMES = ['AAA', 'BBB', 'CCC', 'DDD'] as const

const perName = <T>(value: fc.Arbitrary<T>) =>
  fc.tuple(value, value, value, value).map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])))

/** What may have become of a reading: as it is, `days` from now, or not there. */
function asRead<T extends { readonly asOf: Instant }>(fresh: fc.Arbitrary<T>, days: number) {
  const dated = fc.tuple(fresh, fc.constantFrom(0, 0, days))
  return fc.option(
    dated.map(([read, moved]) => ({ ...read, asOf: later(read.asOf, moved * DAY_MS) })),
    { nil: undefined, freq: 8 },
  )
}

/** Clusters of every name, read this session. */
const freshClusters: fc.Arbitrary<ClusterReading> = fc
  .constantFrom<string[][]>([['AAA', 'BBB'], ['CCC'], ['DDD']], [['AAA', 'BBB', 'CCC', 'DDD']])
  .map((all) => ({ asOf: NOW, least: 0.7, clusters: all.map((members) => members.map(instrumentId)) }))

/** Clusters as they may have been read: not at all, too long ago, not of every name. */
const clusters = asRead(
  fc.oneof(
    { weight: 2, arbitrary: freshClusters },
    freshClusters.map((read) => ({ ...read, clusters: [['AAA', 'DDD'], ['BBB']].map((all) => all.map(instrumentId)) })),
  ),
  -30,
)

/** Betas to two factors, read this session, of the first names up to as many. */
const freshBetas = (names: fc.Arbitrary<number>): fc.Arbitrary<BetaReading> =>
  fc
    .tuple(names, perName(fc.tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: -15, max: 15 }))))
    .map(([count, rows]) => ({
      asOf: NOW,
      factors: ['Mkt-RF', 'SMB'],
      betas: byId(
        Object.fromEntries(NAMES.slice(0, count).map((name) => [name, rows[name]!.map((tenths) => tenths / 10)])),
      ),
    }))

/** Scenarios read this session, of the first names up to as many. */
const freshScenarios = (names: fc.Arbitrary<number>): fc.Arbitrary<ScenarioReading> =>
  fc
    .tuple(names, fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 80, maxLength: 80 }))
    .map(([count, returns]) => {
      const instruments = NAMES.slice(0, count).map(instrumentId)
      const values = Float64Array.from(returns.slice(0, 20 * count), (thousandths) => thousandths / 1_000)
      return scenarioReading({ ...NO_SCENARIOS, instruments, rows: 20, returns: values }, NOW)
    })

const some = fc.constantFrom(4, 4, 3)
const every = fc.constant(4)

/** How much of a name may be traded. */
const liquidityOf = (advs: readonly string[], days: readonly number[], spreads: readonly (number | null)[]) =>
  fc.record({
    adv: fc.constantFrom(...advs).map((text) => money(text)),
    spread: fc.constantFrom(...spreads),
    at: fc.constantFrom(...days).map((day) => later(NOW, day * DAY_MS)),
    declared: fc.boolean(),
  })

/** Much traded, little, not known, unknowable, or known of long ago. */
const liquidity: fc.Arbitrary<Known | undefined> = fc.option(
  liquidityOf(
    ['0', '800', '30000', '600000', '90000000', 'NaN', 'Infinity'],
    [0, -1, -4, -40],
    [null, 0, 0.002, 0.04, 0.3],
  ),
  { nil: undefined, freq: 4 },
)

/** What has been sent before, at most as much, in all portfolios and in this one. */
const sentUpTo = (most: { own: number; firm: number; value: number }): fc.Arbitrary<Sent> =>
  fc
    .record({
      orders: fc.record({ own: fc.nat({ max: most.own }), firm: fc.nat({ max: most.firm }) }),
      own: fc.nat({ max: most.value }),
      firm: fc.nat({ max: 4 * most.value }),
      names: perName(fc.constantFrom('0', '90', '20000')),
    })
    .map(({ orders, own, firm, names }) => ({
      orders,
      value: { own: money(String(own)), firm: money(String(firm)) },
      names: byId(Object.fromEntries(Object.entries(names).map(([name, value]) => [name, money(value)]))),
    }))

const wildModel = {
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
  sent: fc.option(sentUpTo({ own: 6, firm: 12, value: 10_000 }), { nil: undefined, freq: 9 }),
  multiplier: fc.constantFrom(0.3, 0.5, 0.7, 1, 1.2),
  sized: fc.constantFrom(0.5, 1, 1, 1.2),
  drawdown: fc.constantFrom(0, 0.03, 0.08, 0.15, 0.22, 0.5, Number.NaN),
  known: fc.constantFrom(true, true, true, true, false),
  made: fc.constantFrom(null, 0.01, -0.02, -0.05, -0.3, Number.NaN),
  aim: perName(fc.constantFrom(-0.2, 0, 0.1, 0.3, 0.6)),
  clusters,
  betas: asRead(freshBetas(some), -200),
  scenarios: asRead(freshScenarios(some), -30),
  left: fc.constantFrom(null, 0.5, 0.77, 1, Number.NaN),
}

/** What books, prices and trades are made of: anything that might be. */
export const wildParts = fc.record(wildModel)
/** See {@link wildParts}. */
export type Parts = typeof wildParts extends fc.Arbitrary<infer T> ? T : never

/**
 * Parts of a working day: money in the books, orders of a few percent of it, everything a rule reads there and of now. Where all
 * rules judge together one that refuses the plan hides all others, and of wild parts one nearly always does.
 */
export const usualParts: fc.Arbitrary<Parts> = fc.record({
  ...wildModel,
  cash: fc.integer({ min: 6_000, max: 20_000 }),
  held: perName(fc.integer({ min: -10, max: 60 })),
  cents: perName(fc.integer({ min: 500, max: 10_000 })),
  old: perName(fc.constant(0)),
  trades: perName(fc.integer({ min: -40, max: 40 })),
  lot: fc.constantFrom('1', '0.001'),
  collar: fc.constantFrom(0, 0.02, 0.05),
  barSize: fc.constantFrom(...Array<'1d'>(15).fill('1d'), '1m'),
  hours: fc.integer({ min: 0, max: 20 }),
  occasion: fc.record({
    type: fc.constantFrom('full', 'full', 'full', 'invest-cash'),
    trigger: fc.constantFrom('drift', 'calendar', 'targets', 'manual', 'cash'),
    automaticRuns: fc.constantFrom(0, 0, 1, 1, 1, 2, 3),
    funds: fc.constant(false),
    traded: fc.constantFrom({ buy: noMoney, sell: noMoney }, { buy: money('700'), sell: money('20') }),
    sellsFirst: fc.constant(false),
  }),
  liquidity: perName(liquidityOf(['30000', '600000', '90000000'], [0], [null, 0, 0.002, 0.04])),
  sent: sentUpTo({ own: 2, firm: 4, value: 2_000 }),
  multiplier: fc.constantFrom(0.7, 1, 1, 1.2),
  sized: fc.constantFrom(1, 1, 1.2),
  drawdown: fc.constantFrom(0, 0.03, 0.08, 0.15),
  known: fc.constant(true),
  made: fc.constantFrom(null, 0.01, 0.01, 0, -0.01, -0.01, -0.02, -0.05),
  aim: perName(fc.constantFrom(-0.2, 0.1, 0.3, 0.6)),
  clusters: freshClusters,
  betas: freshBetas(every),
  scenarios: freshScenarios(every),
  left: fc.constantFrom(0.77, 0.9, 1),
})

/** What rules see of parts, the instruments written in the order given. */
export function contextIn(given: Parts, names: readonly string[]): RuleContext {
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
export const wildContexts: fc.Arbitrary<RuleContext> = wildParts.map((given) => contextIn(given, NAMES))
