import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breachesOf, hardLimits, sumOf } from '#domain/governance/breaches.js'
import { govern } from '#domain/governance/govern.js'
import type { ExposureLimit } from '#domain/governance/limited.js'
import type { RuleContext } from '#domain/governance/rule.js'
import type { Measure } from '#domain/governance/states.js'
import { specsOf } from '#domain/instrument/registry.js'
import { assemble } from '#domain/plan/assemble.js'
import type { Leg } from '#domain/plan/plan.js'
import type { Chosen } from '#domain/policy.js'
import type { Weights } from '#domain/targets/target-set.js'
import type { InstrumentId } from '#units/ids.js'
import { shareSpec, simpleCosts } from '../support/books.js'
import { contextOf } from '../unit/domain/governance/cases.js'
import { CASES } from './plan-worlds.js'

const NAMES = ['AAA', 'BBB', 'CCC', 'DDD'] as const
/** Parts of an order that may fill, one after the other: they add up to a whole one at most. */
const PIECES = [1 / 4, 1 / 2, 1 / 4]
/** What sums of weights may differ by because floats are added, a fraction of equity. */
const ROUNDING = 1e-9
/** What a holding may be past its limit by before it is a breach, as a part of the limit: trading costs that much. */
const HAIR = 1 / 1_000

const perName = <T>(value: fc.Arbitrary<T>) =>
  fc.tuple(value, value, value, value).map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])))

/** Books, prices, trades, limits, and the order in which pieces of the trades fill; `sellsFirst` as a run has it. */
const cases = fc.record({
  cash: fc.integer({ min: 0, max: 20_000 }),
  held: perName(fc.integer({ min: -50, max: 100 })),
  cents: perName(fc.integer({ min: 50, max: 20_000 })),
  trades: perName(fc.integer({ min: -150, max: 150 })),
  lot: fc.constantFrom('1', '0.001', '10'),
  sectors: perName(fc.constantFrom(undefined, 'Energy', 'Utilities')),
  position: fc.integer({ min: 1, max: 100 }),
  sector: fc.integer({ min: 5, max: 120 }),
  gross: fc.integer({ min: 10, max: 200 }),
  sellsFirst: fc.boolean(),
  fills: fc.array(fc.nat({ max: 11 }), { maxLength: 30 }),
})
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

function contextIn({ cash, held, cents, trades, lot, sectors, sellsFirst }: Case): RuleContext {
  const prices = Object.fromEntries(NAMES.map((name) => [name, (cents[name]! / 100).toFixed(2)]))
  const some = (from: Record<string, number>) => Object.entries(from).filter(([, units]) => units !== 0)
  const positions = Object.fromEntries(some(held).map(([name, n]) => [name, [String(n), prices[name]!] as const]))
  const whole = NAMES.map((name) => [name, Math.trunc(trades[name]! / Number(lot)) * Number(lot)] as const)
  const planned = Object.fromEntries(whole.filter(([, n]) => n !== 0).map(([name, n]) => [name, String(n)]))
  const specs = specsOf(NAMES.map((name) => shareSpec(name, { lot, sector: sectors[name] ?? null })))
  const context = contextOf({ cash: String(cash), positions, prices, specs }, planned)
  return { ...context, occasion: { ...context.occasion, sellsFirst } }
}

const rulesOf = ({ position, sector, gross }: Case): readonly Chosen[] => [
  { name: 'position-limit', params: { max: position / 100 } },
  { name: 'sector-concentration', params: { max: sector / 100, perSector: {} } },
  { name: 'gross-net-leverage', params: { maxGross: gross / 100, maxNet: gross / 120, maxLeverage: gross / 110 } },
]

/** A measure of weights, counted from scratch. */
const COUNT: Readonly<Record<Measure, (weights: readonly number[]) => number>> = {
  long: (all) => all.filter((x) => x > 0).reduce((sum, x) => sum + x, 0),
  short: (all) => -all.filter((x) => x < 0).reduce((sum, x) => sum + x, 0),
  gross: (all) => all.reduce((sum, x) => sum + Math.abs(x), 0),
  net: (all) => all.reduce((sum, x) => sum + x, 0),
  'negative-net': (all) => -all.reduce((sum, x) => sum + x, 0),
}
const count = ({ measure, of }: ExposureLimit, weights: Weights): number =>
  COUNT[measure](
    NAMES.filter((name) => of?.(name as InstrumentId) ?? true).map((name) => weights[name as InstrumentId] ?? 0),
  )

/** Weights at plan prices, of the equity before any trade. */
function weighed(context: RuleContext, units: Readonly<Record<string, number>>): Weights {
  const equity = context.equity.toNumber()
  return Object.fromEntries(
    NAMES.map((name) => {
      const price = context.view.quotes[name as InstrumentId]!.price.toNumber()
      return [name, ((units[name] ?? 0) * price) / equity]
    }),
  ) as Weights
}

const heldIn = (context: RuleContext): Record<string, number> =>
  Object.fromEntries(
    NAMES.map((name) => [name, context.book.positions[name as InstrumentId]?.quantity.toNumber() ?? 0]),
  )

/** Takes the whole of a fill toward zero: what limits on a balance of both sides let pass. */
const isReducing = (leg: Leg, before: number, units: number): boolean =>
  leg.side === 'buy' ? before < 0 && before + units <= 0 : before > 0 && before - units >= 0

/** What a fill broke, or broke further: the sum is past its limit, and larger than before it and than before the run. */
function active(
  context: RuleContext,
  rules: readonly Chosen[],
  legs: readonly Leg[],
  fills: readonly number[],
): string[] {
  const start = weighed(context, heldIn(context))
  const limits = hardLimits(rules, { universe: Object.values(context.specs), held: start })
  const units = heldIn(context)
  const done = new Map<string, number>()
  const broken: string[] = []
  for (const fill of fills) {
    const leg = legs[fill % Math.max(1, legs.length)]
    const piece = leg === undefined ? undefined : PIECES[done.get(leg.id) ?? 0]
    if (leg === undefined || piece === undefined) continue
    done.set(leg.id, (done.get(leg.id) ?? 0) + 1)
    const size = leg.quantity.toNumber() * piece
    const [before, was] = [weighed(context, units), units[leg.instrument]!]
    units[leg.instrument] = was + (leg.side === 'buy' ? size : -size)
    const after = weighed(context, units)
    for (const limit of limits) {
      const [earlier, now] = [count(limit, before), count(limit, after)]
      if (now <= limit.max + 2 * ROUNDING || now <= earlier + ROUNDING) continue
      const balance = limit.measure === 'net' || limit.measure === 'negative-net'
      if (balance && isReducing(leg, was, size)) continue
      broken.push(`${leg.id} takes ${limit.what} from ${earlier} to ${now}, its limit is ${limit.max}`)
    }
  }
  return broken
}

describe('breaches of hard limits', () => {
  it('are never of our making: no fill of any order of fills takes a sum past its limit, or further past it', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const context = contextIn({ ...given, sellsFirst: false })
        if (!context.equity.gt(1)) return
        const rules = rulesOf(given)
        const { legs } = govern(context, rules, simpleCosts)
        expect(active(context, rules, legs, given.fills)).toEqual([])
      }),
      CASES,
    )
  })

  it('are not of our making either where buys count on sells: those are done, and buys are judged again on the books of then', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const context = contextIn({ ...given, sellsFirst: true })
        if (!context.equity.gt(1)) return
        const rules = rulesOf(given)
        const { legs } = govern(context, rules, simpleCosts)
        const sells = legs.filter(({ side }) => side === 'sell')
        expect(active(context, rules, sells, given.fills)).toEqual([])
        // The venue filled some of each, to whole lots, and the run goes on with its buys.
        const filled = sells.map((leg, at) => {
          const part = leg.quantity.times((given.fills[at] ?? 0) / 11)
          return {
            ...leg,
            quantity: leg.quantity.minus(part).mod(context.specs[leg.instrument]!.lot).eq(0) ? part : leg.quantity,
          }
        })
        const units = heldIn(context)
        for (const { instrument, quantity } of filled) units[instrument] = units[instrument]! - quantity.toNumber()
        const after = contextIn({ ...given, held: units, sellsFirst: true })
        const buys = context.plan.legs.filter(({ side }) => side === 'buy')
        const again = { ...after, equity: context.equity, plan: assemble(buys, [], context.equity) }
        const governed = govern(again, rules, simpleCosts)
        expect(active(again, rules, governed.legs, given.fills)).toEqual([])
      }),
      CASES,
    )
  })

  it('by the market are each flagged, and nothing else is', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const context = contextIn(given)
        if (!context.equity.gt(1)) return
        const weights = weighed(context, heldIn(context))
        const limits = hardLimits(rulesOf(given), { universe: Object.values(context.specs), held: weights })
        const flagged = breachesOf(limits, weights)
        const past = limits.filter((limit) => count(limit, weights) - limit.max > limit.max * HAIR)
        expect(flagged.map(({ rule, what }) => [rule, what])).toEqual(past.map(({ rule, what }) => [rule, what]))
        for (const limit of limits) expect(sumOf(limit, weights)).toBeCloseTo(count(limit, weights), 9)
      }),
      CASES,
    )
  })
})
