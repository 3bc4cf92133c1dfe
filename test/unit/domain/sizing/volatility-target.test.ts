import { describe, expect, it } from 'vitest'
import { volatilityTarget } from '#domain/sizing/volatility-target.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import type { BarSeries } from '#numerics/volatility.js'
import { simulatedBars } from '../../../support/bars.js'
import { byId, id, scenariosOf, sessionOf } from '../targets/fixtures.js'
import { type Limits, sizeBy, sizingOf, weightsBy } from './fixtures.js'

/** ±u and ±2u in turns as logarithmic returns: sample deviations u·√(20/19) and twice that. */
const turns = (u: number, count = 20): number[] =>
  Array.from({ length: count }, (_, n) => Math.expm1(n % 2 === 0 ? u : -u))
const pair = scenariosOf({ A: turns(0.01), B: turns(0.02) })
const yearly = Math.sqrt((20 / 19) * 252)

const holds = (scenarios: ScenarioSet, params: unknown = {}, limits: Limits = {}): string => {
  const found = sizeBy(volatilityTarget, params, sizingOf(scenarios, limits))
  if (found.kind !== 'hold') throw new Error('sized')
  return found.reason
}

describe('volatility target', () => {
  it('gives an equal share × target over volatility, by hand', () => {
    const found = sizeBy(volatilityTarget, { volatility: 0.1 }, sizingOf(pair))
    if (found.kind === 'hold') throw new Error(found.reason)
    expect(found.volatilities!.per).toBe('year')
    expect([...found.volatilities!.of.values()]).toEqual([0.01, 0.02].map((u) => expect.closeTo(u * yearly, 12)))
    expect([...found.weights.values()]).toEqual([0.01, 0.02].map((u) => expect.closeTo((0.5 * 0.1) / (u * yearly), 12)))
    expect(found).toMatchObject({ theta: 1, capped: [], note: '' })
  })

  it('takes 15 % and a lookback of 20 realised returns unless it says otherwise', () => {
    const longer = scenariosOf({ A: [...turns(0.5, 10), ...turns(0.01)], B: [...turns(0.5, 10), ...turns(0.02)] })
    expect(weightsBy(volatilityTarget, {}, sizingOf(longer))).toEqual(
      weightsBy(
        volatilityTarget,
        { volatility: 0.15, estimator: 'realised', lookback: 20, base: 0.5 },
        sizingOf(pair, { max: 1 }),
      ),
    )
  })

  it('is scaled down together when it asks for more than the budget, the caps first', () => {
    const found = sizeBy(volatilityTarget, { volatility: 1 }, sizingOf(pair, { budget: 0.8, max: 0.5 }))
    if (found.kind === 'hold') throw new Error(found.reason)
    // 2.46 and 1.23 are asked for: the first is at its cap, the second has what is left.
    expect([...found.weights.values()]).toEqual([0.5, expect.closeTo(0.3, 12)])
    expect(found.capped).toEqual(['A'])
    expect(found.theta).toBeCloseTo(0.3 / (0.4 / (0.02 * yearly)), 12)
  })

  it('scales base weights by name, and holds nothing of a name without one', () => {
    const weights = weightsBy(volatilityTarget, { volatility: 0.1, base: { B: 0.4 } }, sizingOf(pair))
    expect(weights).toEqual({ B: expect.closeTo((0.4 * 0.1) / (0.02 * yearly), 12) })
    const scope = { names: new Set(['A', 'B']), bars: false, returns: 60 }
    const refused = (base: object) => volatilityTarget.refusal!(volatilityTarget.schema.parse({ base }) as never, scope)
    expect(refused({ A: 0.1 })).toBeNull()
    expect(refused({ A: 0.1, Z: 0.2 })).toEqual({
      code: 'target_unknown',
      message: 'Z has a base weight but is not in the universe',
      path: ['base', 'Z'],
    })
  })

  it('weighs the latest returns most by ewma', () => {
    const [calmer, wilder] = [
      [...turns(0.03, 10), ...turns(0.01, 10)],
      [...turns(0.01, 10), ...turns(0.03, 10)],
    ]
    const scenarios = scenariosOf({ A: calmer, B: wilder })
    const found = sizeBy(volatilityTarget, { estimator: 'ewma' }, sizingOf(scenarios))
    if (found.kind === 'hold') throw new Error(found.reason)
    const older = 0.94 ** 10
    const expected = [
      [1, 9 * older],
      [9, older],
    ].map(([late, early]) => Math.sqrt((1e-4 * (late! + early!) * 252) / (1 + older)))
    expect([...found.volatilities!.of.values()]).toEqual(expected.map((value) => expect.closeTo(value, 12)))
  })

  it('finds the volatility of a Brownian motion from its ranges, the nights included', () => {
    const bars = simulatedBars({ seed: 5, bars: 2_000, volatility: 0.02, overnight: 0.36 })
    const scenarios = closesOf({ A: bars })
    for (const estimator of ['realised', 'parkinson', 'garman-klass']) {
      const params = { estimator, lookback: 2_000, volatility: 0.1 }
      const found = sizeBy(volatilityTarget, params, sizingOf(scenarios, { bars: { A: bars } }))
      if (found.kind === 'hold') throw new Error(found.reason)
      expect(found.volatilities!.of.get(id('A'))! / (0.02 * Math.sqrt(252))).toBeCloseTo(1, 1)
      expect(found.weights.get(id('A'))! / (0.1 / (0.02 * Math.sqrt(252)))).toBeCloseTo(1, 1)
    }
  })

  it('looks at the latest bars only, with the close before them', () => {
    const bars = simulatedBars({ seed: 6, bars: 60, volatility: 0.02, overnight: 0.3 })
    const tail = (values: Float64Array): Float64Array => values.slice(40)
    const { opens, highs, lows, closes } = bars
    const late: BarSeries = {
      ...{ opens: tail(opens), highs: tail(highs), lows: tail(lows), closes: tail(closes) },
      before: closes[39]!,
    }
    const scenarios = closesOf({ A: bars })
    const params = { estimator: 'garman-klass', volatility: 0.01 }
    expect(weightsBy(volatilityTarget, params, sizingOf(scenarios, { bars: { A: bars } }))).toEqual(
      weightsBy(volatilityTarget, params, sizingOf(scenarios, { bars: { A: late } })),
    )
  })

  it('gives nothing to a price that stood still for the lookback, rather than its cap', () => {
    const still = scenariosOf({ A: turns(0.01, 30), B: [...turns(0.02, 10), ...new Array<number>(20).fill(0)] })
    const found = sizeBy(volatilityTarget, {}, sizingOf(still))
    expect(found).toMatchObject({ note: 'no volatility, no weight: B' })
    expect(weightsBy(volatilityTarget, {}, sizingOf(still))).not.toHaveProperty('B')
    expect(holds(scenariosOf({ B: new Array<number>(20).fill(0) }))).toBe('no volatility, no weight: B')
  })

  it('leaves the share of a name without history in cash', () => {
    const closes = [...Array(22).keys()].map((n) => ({
      A: 100 * Math.exp(n % 2 === 0 ? 0.01 : 0),
      ...(n > 15 && { B: 5 }),
    }))
    const sessions = closes.map((own, n) => ({ session: sessionOf(n), closes: byId(own) }))
    const scenarios = scenarioSet({ instruments: [id('A'), id('B')], sessions, minimum: 20, maximum: 60 })
    const sizes = (base?: number) => weightsBy(volatilityTarget, { volatility: 0.05, base }, sizingOf(scenarios))
    expect(sizes()).toEqual(sizes(0.5))
  })

  it('holds on too few returns, another frequency, and bars that are none', () => {
    expect(holds(scenariosOf({ A: turns(0.01, 19) }))).toBe('volatility needs 20 returns, there are 19')
    expect(holds(pair, { periodsPerYear: 12 })).toMatch(
      /^returns from .* are about 365 a year, not 12: set the periods/,
    )
    expect(holds(pair, { periodsPerYear: 98_280 })).toContain('not 98280')
    expect(holds(scenarioSet({ instruments: [id('A')], sessions: [], minimum: 20, maximum: 60 }))).toBe(
      'no instrument has 2 consecutive returns: A no price yet',
    )
    const good = simulatedBars({ seed: 5, bars: 20, volatility: 0.02, overnight: 0.36 })
    const bad = (change: Partial<BarSeries>): string =>
      holds(closesOf({ A: good }), { estimator: 'parkinson' }, { bars: { A: { ...good, ...change } } })
    expect(bad({ highs: good.lows })).toBe('A: bar 1 of 20 has an open or a close outside its range')
    expect(bad({ lows: good.highs })).toBe('A: bar 1 of 20 has an open or a close outside its range')
    expect(bad({ lows: good.lows.map((low, n) => (n === 2 ? Number.NaN : low)) })).toBe(
      'A: bar 3 of 20 has a price that is not a positive number',
    )
    expect(bad({ opens: good.opens.map(() => 0) })).toContain('not a positive number')
    expect(bad({ before: Number.NaN })).toBe('A: the close before its first bar is NaN')
    expect(holds(pair, { estimator: 'parkinson' })).toBe(
      'A: parkinson needs opens, highs and lows, and only closes are known',
    )
  })

  it('refuses beforehand what a feed cannot bring, and a lookback beyond what is kept', () => {
    const scope = { names: new Set(['A']), bars: false, returns: 60 }
    const refused = (params: unknown, bars = false) =>
      volatilityTarget.refusal!(volatilityTarget.schema.parse(params) as never, { ...scope, bars })
    expect(refused({})).toBeNull()
    expect(refused({ estimator: 'ewma', lookback: 60 })).toBeNull()
    expect(refused({ estimator: 'parkinson' })).toEqual({
      code: 'bars_missing',
      message: 'parkinson needs opens, highs and lows, and a feed brings closes only: realised or ewma do without',
      path: ['estimator'],
    })
    expect(refused({ estimator: 'parkinson' }, true)).toBeNull()
    expect(refused({ lookback: 61 })).toMatchObject({ code: 'window_too_short', path: ['lookback'] })
  })

  it.each([
    { volatility: 0 },
    { base: 0 },
    { base: { A: 0 } },
    { base: { A: 'much' } },
    { lookback: 1 },
    { lookback: 2.5 },
    { lambda: 1 },
    { estimator: 'implied' },
    { periodsPerYear: Number.NaN },
    { target: 0.15 },
  ])('refuses %j', (params) => {
    expect(volatilityTarget.schema.safeParse(params).success).toBe(false)
  })
})

/** Scenarios of the closes of bars, the close before the first included. */
function closesOf(bars: Readonly<Record<string, BarSeries>>): ScenarioSet {
  const names = Object.keys(bars)
  const count = bars[names[0]!]!.closes.length
  const close = ({ closes, before }: BarSeries, n: number): number => (n === 0 ? before : closes[n - 1]!)
  const sessions = Array.from({ length: count + 1 }, (_, n) => ({
    session: sessionOf(n),
    closes: byId(Object.fromEntries(names.map((name) => [name, close(bars[name]!, n)]))),
  }))
  return scenarioSet({ instruments: names.map(id), sessions, minimum: 2, maximum: count })
}
