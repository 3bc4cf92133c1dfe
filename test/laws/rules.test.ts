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
import { contextOf } from '../unit/domain/governance/cases.js'
import { CASES } from './plan-worlds.js'

const NAMES = ['AAA', 'BBB', 'CCC', 'DDD'] as const

/** A rule's parameters from strict (0) to loose (1); a rule without a row here fails the first law. */
const strictness: Readonly<Record<string, (loose: number) => Record<string, unknown>>> = {
  'position-limit': (loose) => ({ max: 0.01 + loose }),
  'minimum-trade': (loose) => ({ minValue: ((1 - loose) * 2000).toFixed(2) }),
  'price-collar': (loose) => ({ maxDeviation: loose * 0.1 }),
}

const fraction = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
const perName = <T>(value: fc.Arbitrary<T>) =>
  fc.tuple(value, value, value, value).map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])))

/** What books, prices and trades are made of. */
const parts = fc.record({
  cash: fc.integer({ min: 0, max: 20_000 }),
  held: perName(fc.integer({ min: -50, max: 100 })),
  cents: perName(fc.integer({ min: 50, max: 20_000 })),
  old: perName(fc.constantFrom(0, 0, 0, 1, 2)),
  trades: perName(fc.integer({ min: -150, max: 150 })),
  collar: fc.constantFrom(0, 0.02, 0.05, 0.08),
  lot: fc.constantFrom('1', '0.001', '10'),
})
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

function contextIn({ cash, held, cents, old, trades, collar, lot }: Parts, names: readonly string[]): RuleContext {
  const prices = Object.fromEntries(names.map((name) => [name, (cents[name]! / 100).toFixed(2)]))
  const positions = Object.fromEntries(
    names.filter((name) => held[name] !== 0).map((name) => [name, [String(held[name]), prices[name]!] as const]),
  )
  const whole = names.map((name) => [name, Math.trunc(trades[name]! / Number(lot)) * Number(lot)] as const)
  const planned = Object.fromEntries(whole.filter(([, n]) => n !== 0).map(([name, n]) => [name, String(n)]))
  return contextOf({ cash: String(cash), positions, prices, old, orders: { collar }, terms: { lot } }, planned)
}

/** Books with longs, shorts and cash, some prices stale, and any trades: not only those a planner would make. */
const contexts: fc.Arbitrary<RuleContext> = parts.map((given) => contextIn(given, NAMES))

const judge = (context: RuleContext, chosen: readonly Chosen[]): Governed => govern(context, chosen, simpleCosts)
const kept = (governed: Governed): Readonly<Record<string, number>> =>
  Object.fromEntries(governed.legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const all = (loose: number): readonly Chosen[] =>
  Object.keys(rules).map((name) => ({ name, params: strictness[name]!(loose) }))

describe.each([...Object.keys(rules), 'all rules together'])('%s', (name) => {
  const chosenAt = (loose: number): readonly Chosen[] =>
    name in rules ? [{ name, params: strictness[name]!(loose) }] : all(loose)

  it('never throws, gives the same answer twice, and says what became of each leg', () => {
    fc.assert(
      fc.property(contexts, fraction, (context, loose) => {
        const governed = judge(context, chosenAt(loose))
        expect(encode(judge(context, chosenAt(loose)))).toBe(encode(governed))
        expect(governed.legs.length + governed.dropped.length).toBe(context.plan.legs.length)
        expect(governed.judgements.length).toBeGreaterThanOrEqual(chosenAt(loose).length)
      }),
      CASES,
    )
  })

  it('never enlarges an order, adds one or turns one round, and keeps lots whole', () => {
    fc.assert(
      fc.property(contexts, fraction, (context, loose) => {
        for (const leg of judge(context, chosenAt(loose)).legs) {
          const planned = context.plan.legs.find((row) => row.id === leg.id)!
          expect(leg.side).toBe(planned.side)
          expect(leg.quantity.gt(0) && leg.quantity.lte(planned.quantity)).toBe(true)
          expect(leg.quantity.mod(context.specs[leg.instrument]!.lot).isZero()).toBe(true)
        }
      }),
      CASES,
    )
  })

  it('changes nothing when what it left is governed again', () => {
    fc.assert(
      fc.property(contexts, fraction, (context, loose) => {
        const first = judge(context, chosenAt(loose))
        const again = judge({ ...context, plan: assemble(first.legs, [], context.equity) }, chosenAt(loose))
        expect(kept(again)).toEqual(kept(first))
      }),
      CASES,
    )
  })

  it('never cuts more when a limit is loosened', () => {
    fc.assert(
      fc.property(contexts, fraction, fraction, (context, a, b) => {
        const strict = kept(judge(context, chosenAt(Math.min(a, b))))
        const loose = kept(judge(context, chosenAt(Math.max(a, b))))
        for (const [leg, units] of Object.entries(strict)) expect(loose[leg] ?? 0).toBeGreaterThanOrEqual(units)
      }),
      CASES,
    )
  })
})

describe('rules', () => {
  it('come out the same in any order', () => {
    fc.assert(
      fc.property(
        contexts,
        fraction.chain((loose) =>
          fc.tuple(fc.constant(all(loose)), fc.shuffledSubarray([...all(loose)], { minLength: 3 })),
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
