import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kelly, kellyBet } from '#domain/sizing/kelly.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import { sampleCovariance } from '#numerics/covariance.js'
import { columnMeans } from '#numerics/moments.js'
import { id, scenariosOf } from '../targets/fixtures.js'
import { type Limits, sizeBy, sizingOf, weightsBy } from './fixtures.js'

/** Returns around a mean with a sample deviation, both exact: an even count of ±. */
function steady(mean: number, deviation: number, pattern: readonly number[] = [1, -1, 1, -1]): number[] {
  const scale = Math.sqrt((pattern.length - 1) / pattern.length)
  return pattern.map((sign) => mean + sign * deviation * scale)
}

/** Whole Kelly without limits that matter. */
const whole = { fraction: 1 }
const free: Limits = { budget: 1e6, max: 1e6 }
/** Four orthogonal patterns of signs, each around 0. */
const [EVEN, SLOW, LATE] = [
  [1, -1, 1, -1],
  [1, 1, -1, -1],
  [1, -1, -1, 1],
]

const holds = (scenarios: ScenarioSet, params: unknown = {}): string => {
  const found = sizeBy(kelly, params, sizingOf(scenarios))
  if (found.kind !== 'hold') throw new Error('sized')
  return found.reason
}

describe('kelly of one bet', () => {
  it('is (b·p − q)/b', () => {
    expect(kellyBet(0.6, 1)).toBeCloseTo(0.2, 15)
    expect(kellyBet(0.5, 2)).toBeCloseTo(0.25, 15)
    expect(kellyBet(0.25, 1)).toBeCloseTo(-0.5, 15)
    expect([kellyBet(1, 3), kellyBet(0, 1)]).toEqual([1, -1])
  })

  it('has the fraction at which the logarithm of wealth grows most', () => {
    const growth = (f: number): number => 0.6 * Math.log(1 + 2 * f) + 0.4 * Math.log(1 - f)
    const f = kellyBet(0.6, 2)
    expect(growth(f)).toBeGreaterThan(growth(f + 1e-4))
    expect(growth(f)).toBeGreaterThan(growth(f - 1e-4))
  })

  it.each([
    [1.1, 1],
    [-0.1, 1],
    [Number.NaN, 1],
    [0.5, 0],
    [0.5, Number.NaN],
    [0.5, Number.POSITIVE_INFINITY],
  ])('refuses probability %d at odds %d', (probability, odds) => {
    expect(() => kellyBet(probability, odds)).toThrow(RangeError)
  })
})

describe('kelly of names', () => {
  it('is excess return over variance for one name, and half of it unless it says otherwise', () => {
    const one = scenariosOf({ A: steady(0.001, 0.05) })
    expect(weightsBy(kelly, whole, sizingOf(one, free))[id('A')]).toBeCloseTo(0.4, 10)
    expect(weightsBy(kelly, {}, sizingOf(one, free))[id('A')]).toBeCloseTo(0.2, 10)
  })

  it('takes expected returns and the return of cash a year instead of the scenario mean', () => {
    const one = scenariosOf({ A: steady(-0.5, 0.05), B: steady(0.3, 0.02, SLOW) })
    const params = { ...whole, expectedReturns: { A: 0.302 }, riskFree: 0.05, periodsPerYear: 252 }
    // 0.001 a bar over 0.0025; B is expected to return 0, less than cash.
    expect(weightsBy(kelly, params, sizingOf(one, free))).toEqual({ A: expect.closeTo(0.4, 10) })
  })

  it('is the inverse covariance times excess return where shorts are allowed', () => {
    const common = EVEN!.map((sign, row) => [sign, SLOW![row]!] as const)
    const scenarios = scenariosOf({
      A: common.map(([one]) => 0.002 + 0.02 * one),
      B: common.map(([one, two]) => 0.001 + 0.02 * one + 0.01 * two),
    })
    const weights = weightsBy(kelly, whole, sizingOf(scenarios, { ...free, low: -1e6 }))
    const values = scenarios.returns
    const [a, , , b] = sampleCovariance({ rows: 4, columns: 2, values }).values
    const c = sampleCovariance({ rows: 4, columns: 2, values }).values[1]!
    const [one, two] = columnMeans({ rows: 4, columns: 2, values })
    const determinant = a! * b! - c ** 2
    expect(weights[id('A')]! / ((b! * one! - c * two!) / determinant)).toBeCloseTo(1, 9)
    expect(weights[id('B')]! / ((a! * two! - c * one!) / determinant)).toBeCloseTo(1, 9)
    expect(weights[id('B')]!).toBeLessThan(0)
  })

  it('is the best there is without shorts, which is not that with its shorts clipped', () => {
    const scenarios = scenariosOf({
      A: EVEN!.map((one) => 0.002 + 0.02 * one),
      B: EVEN!.map((one, row) => 0.001 + 0.02 * one + 0.01 * SLOW![row]!),
    })
    const short = weightsBy(kelly, whole, sizingOf(scenarios, { ...free, low: -1e6 }))
    const long = weightsBy(kelly, whole, sizingOf(scenarios, free))
    expect(long[id('B')]).toBeUndefined()
    expect(long[id('A')]).toBeCloseTo(0.002 / (0.0004 * (4 / 3)), 8)
    expect(long[id('A')]!).toBeLessThan(short[id('A')]! * 0.9)
  })

  it('keeps the sign of what is only allowed short, and holds none of what may not be held', () => {
    const scenarios = scenariosOf({
      A: steady(0.002, 0.05),
      B: steady(-0.002, 0.05, SLOW),
      C: steady(-0.002, 0.05, LATE),
    })
    const bounds = (name: string) => (name === 'B' ? ([-0.3, 0] as const) : ([0, name === 'A' ? 0 : 1] as const))
    expect(weightsBy(kelly, whole, { ...sizingOf(scenarios), bounds })).toEqual({ B: -0.3 })
  })

  it('is scaled down to the budget by its gross exposure, never up, caps first', () => {
    const scenarios = scenariosOf({ A: steady(0.004, 0.05), B: steady(-0.002, 0.05, SLOW) })
    const found = sizeBy(kelly, whole, sizingOf(scenarios, { low: -1, budget: 0.6 }))
    if (found.kind === 'hold') throw new Error(found.reason)
    // 1.6 and −0.8: a quarter of it.
    expect(found.theta).toBeCloseTo(0.25, 10)
    expect([...found.weights.values()]).toEqual([expect.closeTo(0.4, 10), expect.closeTo(-0.2, 10)])
    const capped = sizeBy(kelly, whole, sizingOf(scenarios, { low: -0.5, max: 0.1 }))
    expect(capped).toMatchObject({ capped: ['A', 'B'], theta: 1 })
  })

  it('is all in cash, and says so, where nothing is expected to return more', () => {
    const scenarios = scenariosOf({ A: steady(-0.001, 0.05), B: steady(-0.002, 0.05, SLOW) })
    const found = sizeBy(kelly, {}, sizingOf(scenarios))
    expect(found).toMatchObject({ weights: new Map(), note: 'nothing is expected to return more than cash' })
  })

  it('gives nothing to a price that never moved, whatever it is expected to return', () => {
    const scenarios = scenariosOf({ A: steady(0.001, 0.05), B: [0, 0, 0, 0] })
    const found = sizeBy(kelly, { expectedReturns: { A: 0.1, B: 0.5 } }, sizingOf(scenarios))
    expect(found).toMatchObject({ note: 'no volatility, no weight: B' })
    expect(weightsBy(kelly, {}, sizingOf(scenarios))).not.toHaveProperty('B')
  })

  it('holds where the covariance has no inverse', () => {
    const wide = scenariosOf({
      A: steady(0.01, 0.05),
      B: steady(0.01, 0.05, SLOW),
      C: [0.1, 0, 0.1, 0.2],
      D: [0, 0, 0.1, 0],
    })
    expect(holds(wide)).toBe("the covariance has no inverse (4 returns of 4 names), and Kelly's sizes no limit")
    const twins = scenariosOf({ A: steady(0.01, 0.05), B: steady(0.02, 0.1) })
    expect(holds(twins)).toContain('names that mirror each other: A and B')
  })

  it('holds without returns, and on annual returns of another frequency', () => {
    const none = scenarioSet({ instruments: [id('A')], sessions: [], minimum: 2, maximum: 60 })
    expect(holds(none)).toBe('no instrument has 2 consecutive returns: A no price yet')
    const daily = scenariosOf({ A: steady(0.01, 0.05, [...EVEN!, ...EVEN!]) })
    expect(holds(daily, { riskFree: 0.02, periodsPerYear: 12 })).toContain('are about 365 a year, not 12')
    expect(sizeBy(kelly, { periodsPerYear: 12 }, sizingOf(daily)).kind).toBe('sized')
  })

  it('refuses an expected return of a name outside the universe', () => {
    const scope = { names: new Set(['A']), bars: false, returns: 60 }
    const refused = (expectedReturns: Record<string, number> | null) =>
      kelly.refusal!({ fraction: 1, riskFree: 0, periodsPerYear: 252, expectedReturns }, scope)
    expect([refused(null), refused({ A: 0.1 })]).toEqual([null, null])
    expect(refused({ A: 0.1, Z: 0.1 })).toEqual({
      code: 'target_unknown',
      message: 'Z has an expected return but is not in the universe',
      path: ['expectedReturns', 'Z'],
    })
  })

  it.each([{ fraction: 0 }, { fraction: 1.5 }, { riskFree: Number.NaN }, { expectedReturns: { A: 'high' } }, { f: 1 }])(
    'refuses %j',
    (params) => {
      expect(kelly.schema.safeParse(params).success).toBe(false)
    },
  )
})

const published = new URL('../../../../../shared/data/expected/kelly.json', import.meta.url)

interface Levered {
  readonly mean_annual: number
  readonly sd_annual: number
  readonly rf: number
  readonly sharpe: number
  readonly kelly_leverage: number
  readonly compounded_growth_levered: number
}

describe.skipIf(!existsSync(published))('published Kelly fractions (skip: shared data absent)', () => {
  const { cases } = JSON.parse(existsSync(published) ? readFileSync(published, 'utf8') : '{"cases": []}') as {
    cases: readonly [Levered, { readonly f: number }, { readonly p: number; readonly b: number; readonly f: number }]
  }

  it('of an index fund: leverage to three decimals, Sharpe ratio and growth to four', () => {
    const { mean_annual: mean, sd_annual: deviation, rf, sharpe, kelly_leverage, compounded_growth_levered } = cases[0]
    const scenarios = scenariosOf({ SPY: steady(0, deviation / Math.sqrt(252)) })
    const params = { ...whole, expectedReturns: { SPY: mean }, riskFree: rf }
    const f = weightsBy(kelly, params, sizingOf(scenarios, free))[id('SPY')]!
    expect(Math.abs(f - kelly_leverage)).toBeLessThan(0.0005)
    // 0.42756, which the source cuts off after four decimals.
    expect(Math.floor(f * deviation * 1e4) / 1e4).toBe(sharpe)
    expect(Math.abs(rf + f * (mean - rf) - (f * deviation) ** 2 / 2 - compounded_growth_levered)).toBeLessThan(0.00005)
  })

  it('of even bets that are won three times in five, and seven in ten', () => {
    const [, even, likely] = cases
    expect(kellyBet(0.6, 1)).toBeCloseTo(even.f, 14)
    expect(kellyBet(likely.p, likely.b)).toBeCloseTo(likely.f, 14)
  })
})
