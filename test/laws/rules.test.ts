import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Governed, govern } from '#domain/governance/govern.js'
import { rules } from '#domain/governance/registry.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { assemble } from '#domain/plan/assemble.js'
import type { Chosen } from '#domain/policy.js'
import { encode } from '#units/canonical.js'
import { simpleCosts } from '../support/books.js'
import { CASES } from './plan-worlds.js'
import { contextIn, NAMES, usualParts, wildContexts, wildParts } from './rule-worlds.js'

/** A rule's parameters from strict (0) to loose (1); a rule without a row here fails the first law. */
const strictness: Readonly<Record<string, (loose: number) => Record<string, unknown>>> = {
  'correlation-cluster': (loose) => ({ max: 0.01 + loose }),
  'cvar-limit': (loose) => ({ max: 0.001 + loose / 10 }),
  'daily-loss': (loose) => ({ max: 0.01 + 0.1 * loose, warn: 0.02 }),
  drawdown: (loose) => ({ max: 0.05 + 0.3 * loose, maxAgeDays: 2 + 4 * loose }),
  'factor-exposure': (loose) => ({ max: 0.01 + 2 * loose, perFactor: { SMB: 0.05 + loose } }),
  'position-limit': (loose) => ({ max: 0.01 + loose }),
  'minimum-trade': (loose) => ({ minValue: ((1 - loose) * 1000).toFixed(2) }),
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

const fraction = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
/** Of limits that leave something of an order of a few percent. */
const useful = fc.integer({ min: 40, max: 100 }).map((percent) => percent / 100)

/** A case and two strictnesses to judge it by. */
type Asked = readonly [context: RuleContext, a: number, b: number]

/** For a rule alone, also where sells may be credited, which is each rule's own affair: what others cut of them it does not see. */
const alone: fc.Arbitrary<Asked> = fc
  .tuple(wildContexts, fc.boolean(), fraction, fraction)
  .map(([context, sellsFirst, a, b]) => [{ ...context, occasion: { ...context.occasion, sellsFirst } }, a, b])

/** For all rules together: most of a working day, some of anything. */
const together: fc.Arbitrary<Asked> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(
      usualParts.map((given) => contextIn(given, NAMES)),
      useful,
      useful,
    ),
  },
  { weight: 1, arbitrary: fc.tuple(wildContexts, fraction, fraction) },
)

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

/** Asks every law of a case. */
function keepsEvery(chosenAt: (loose: number) => readonly Chosen[], [context, a, b]: Asked): void {
  const chosen = chosenAt(a)
  const [first, other] = [judge(context, chosen), judge(context, chosenAt(b))]
  const byStrictness = a <= b ? ([first, other] as const) : ([other, first] as const)
  for (const [law, holds] of Object.entries(LAWS)) asked(law, () => holds({ context, chosen, first, byStrictness }))
}

const EVERY_LAW = `never throws, and keeps every law: ${Object.keys(LAWS).join('; ')}`

describe.each(Object.keys(rules))('%s', (name) => {
  it(EVERY_LAW, () => {
    const chosenAt = (loose: number): readonly Chosen[] => [{ name, params: strictness[name]!(loose) }]
    fc.assert(
      fc.property(alone, (given) => keepsEvery(chosenAt, given)),
      CASES,
    )
  })
})

describe('all rules together', () => {
  it(EVERY_LAW, () => {
    fc.assert(
      fc.property(together, (given) => keepsEvery(all, given)),
      CASES,
    )
  })

  // A plan refused whole, and one that no rule touches, keep every law whatever the rules do.
  it('are asked of cases that are mostly judged leg by leg, and each objects to some', () => {
    const numRuns = Math.max(200, CASES.numRuns)
    const objectors = new Set<string>()
    const times = { cut: 0, partly: 0 }
    fc.assert(
      fc.property(together, ([context, loose]) => {
        const governed = judge(context, all(loose))
        for (const { rule, verdict } of governed.judgements) if (verdict !== 'allow') objectors.add(rule)
        const left = kept(governed)
        const untouched = context.plan.legs.every(({ id, quantity }) => quantity.eq(left[id] ?? 0))
        if (governed.refused !== null || untouched) return
        times.cut += 1
        if (governed.legs.length > 0) times.partly += 1
      }),
      { numRuns },
    )
    expect(times.cut).toBeGreaterThanOrEqual(numRuns / 2)
    expect(times.partly).toBeGreaterThanOrEqual(numRuns / 4)
    expect([...objectors].sort()).toEqual(Object.keys(rules).sort())
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
        together.chain(([context, loose]) =>
          fc.tuple(
            fc.constant(context),
            fc.constant(all(loose)),
            fc.shuffledSubarray([...all(loose)], { minLength: all(loose).length }),
          ),
        ),
        ([context, one, other]) => {
          expect(encode(judge(context, other))).toBe(encode(judge(context, one)))
        },
      ),
      CASES,
    )
  })

  it('come out the same in any order of the instruments', () => {
    const either = fc.oneof(wildParts, usualParts)
    fc.assert(
      fc.property(either, fraction, fc.shuffledSubarray([...NAMES], { minLength: 4 }), (given, loose, order) => {
        const one = judge(contextIn(given, NAMES), all(loose))
        expect(encode(judge(contextIn(given, order), all(loose)))).toBe(encode(one))
      }),
      CASES,
    )
  })

  it('leave no position beyond the limit that was not beyond it before, after any subset of the fills', () => {
    fc.assert(
      fc.property(wildContexts, fraction, fc.integer({ min: 0, max: 15 }), (context, loose, subset) => {
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
