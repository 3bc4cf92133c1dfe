import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RuleContext } from '#domain/governance/rule.js'
import { loadsOf, type Measure, worstOf } from '#domain/governance/states.js'
import { tiltLoads } from '#domain/governance/tilts.js'
import type { Leg } from '#domain/plan/plan.js'
import type { InstrumentId } from '#units/ids.js'
import { contextOf } from '../unit/domain/governance/cases.js'
import { CASES } from './plan-worlds.js'

const NAMES = ['AAA', 'BBB', 'CCC', 'DDD'] as const
const MEASURES: readonly Measure[] = ['long', 'short', 'gross', 'net', 'negative-net']
/** How much of an order may have filled. */
const PARTS = [0, 1 / 4, 1 / 2, 3 / 4, 1]

const perName = <T>(value: fc.Arbitrary<T>) =>
  fc.tuple(value, value, value, value).map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])))

const books = fc.record({
  held: perName(fc.integer({ min: -8, max: 12 })),
  trades: perName(fc.integer({ min: -12, max: 12 })),
  dollars: perName(fc.integer({ min: 1, max: 9 })),
  sellsFirst: fc.boolean(),
})

const contexts = books.map(({ held, trades, dollars, sellsFirst }): RuleContext => {
  const some = (from: Record<string, number>) => Object.entries(from).filter(([, units]) => units !== 0)
  const prices = Object.fromEntries(NAMES.map((name) => [name, `${dollars[name]}`]))
  const positions = Object.fromEntries(some(held).map(([name, units]) => [name, [`${units}`, prices[name]!] as const]))
  // Four times as many units: every quarter of an order is whole.
  const planned = Object.fromEntries(some(trades).map(([name, units]) => [name, `${4 * units}`]))
  const context = contextOf({ cash: '5000', positions, prices }, planned)
  return { ...context, occasion: { ...context.occasion, sellsFirst } }
})

/** A measure of units held, counted from scratch. */
const COUNT: Readonly<Record<Measure, (exposures: readonly number[]) => number>> = {
  long: (all) => all.reduce((sum, x) => sum + Math.max(0, x), 0),
  short: (all) => all.reduce((sum, x) => sum + Math.max(0, -x), 0),
  gross: (all) => all.reduce((sum, x) => sum + Math.abs(x), 0),
  net: (all) => all.reduce((sum, x) => sum + x, 0),
  'negative-net': (all) => -all.reduce((sum, x) => sum + x, 0),
}

/** Every way in which each of some orders has filled to some part. */
const ways = (count: number): readonly (readonly number[])[] =>
  count === 0 ? [[]] : ways(count - 1).flatMap((rest) => PARTS.map((part) => [part, ...rest]))

/** States that can be: any part of everything, or, where sells come first, buys only on whole sells. */
function states({ plan, occasion }: RuleContext): readonly ReadonlyMap<Leg, number>[] {
  const [sells, buys] = [
    plan.legs.filter(({ side }) => side === 'sell'),
    plan.legs.filter(({ side }) => side === 'buy'),
  ]
  const filled = (legs: readonly Leg[]) =>
    ways(legs.length).map((parts) => legs.map((leg, i) => [leg, parts[i]!] as const))
  if (!occasion.sellsFirst) return filled(plan.legs).map((rows) => new Map(rows))
  const whole = sells.map((leg) => [leg, 1] as const)
  return [...filled(sells), ...filled(buys).map((rows) => [...whole, ...rows])].map((rows) => new Map(rows))
}

function exposures(context: RuleContext, filled: ReadonlyMap<Leg, number>, of: (id: InstrumentId) => boolean) {
  return (NAMES as readonly string[] as readonly InstrumentId[]).filter(of).map((id) => {
    const legs = context.plan.legs.filter(({ instrument }) => instrument === id)
    const held = context.book.positions[id]?.quantity.toNumber() ?? 0
    const traded = legs.map((leg) => (leg.side === 'buy' ? 1 : -1) * leg.quantity.toNumber() * (filled.get(leg) ?? 0))
    return (held + traded.reduce((sum, units) => sum + units, 0)) * context.view.quotes[id]!.price.toNumber()
  })
}

describe('the worst a plan may fill to', () => {
  it.each(MEASURES)('%s: is what trying every state finds, of all names and of some', (measure) => {
    fc.assert(
      fc.property(contexts, fc.subarray([...NAMES]), (context, some) => {
        const of = (id: InstrumentId): boolean => (some as readonly string[]).includes(id)
        const tried = states(context).map((filled) => COUNT[measure](exposures(context, filled, of)))
        const worst = Math.max(...loadsOf(context, measure, of).map((load) => worstOf(load).toNumber()))
        const [least, most] = bounds(context, measure, of, Math.max(...tried))
        expect(worst).toBeGreaterThanOrEqual(least - 1e-9)
        expect(worst).toBeLessThanOrEqual(most + 1e-9)
      }),
      CASES,
    )
  })
})

describe('the worst tilt a plan may fill to', () => {
  it('is what trying every state finds, whatever the sign of what names count for', () => {
    const weights = perName(fc.integer({ min: -30, max: 30 }).map((tenths) => tenths / 10))
    fc.assert(
      fc.property(contexts, weights, (context, beta) => {
        const tried = states(context).map((filled) =>
          exposures(context, filled, () => true).reduce((sum, x, at) => sum + beta[NAMES[at]!]! * x, 0),
        )
        const worst = Math.max(...tiltLoads(context, (id) => beta[id]!).map((load) => worstOf(load).toNumber()))
        expect(worst).toBeGreaterThanOrEqual(Math.max(...tried) - 1e-9)
        expect(worst).toBeLessThanOrEqual(Math.max(...tried) + uncredited(context, beta) + 1e-9)
      }),
      CASES,
    )
  })
})

/** What shorts that sells open would take off a sum: not credited where sells come first, since they may be cut. */
function uncredited({ plan, book, occasion }: RuleContext, beta: Readonly<Record<string, number>>): number {
  if (!occasion.sellsFirst) return 0
  return plan.legs
    .filter(({ side }) => side === 'sell')
    .reduce((sum, { instrument, quantity, arrival }) => {
      const held = Math.max(0, book.positions[instrument]?.quantity.toNumber() ?? 0)
      const opens = Math.max(0, quantity.toNumber() - held) * arrival.toNumber()
      return sum + Math.max(0, beta[instrument]! * opens)
    }, 0)
}

/**
 * What the worst must lie between: exactly what was tried, but that where sells come first those that open a short are not
 * credited to what buys may raise the net to: they may be cut.
 */
function bounds(context: RuleContext, measure: Measure, of: (id: InstrumentId) => boolean, tried: number) {
  if (measure !== 'net' || !context.occasion.sellsFirst) return [tried, tried] as const
  const opened = context.plan.legs
    .filter(({ side, instrument }) => side === 'sell' && of(instrument))
    .reduce((sum, { instrument, quantity, arrival }) => {
      const held = Math.max(0, context.book.positions[instrument]?.quantity.toNumber() ?? 0)
      return sum + Math.max(0, quantity.toNumber() - held) * arrival.toNumber()
    }, 0)
  return [tried, tried + opened] as const
}
