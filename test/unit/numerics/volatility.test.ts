import { describe, expect, it } from 'vitest'
import {
  type BarSeries,
  ewmaVariance,
  garmanKlassVariance,
  overnightVariance,
  parkinsonVariance,
  realisedVariance,
} from '#numerics/volatility.js'
import { logReturns, simulatedBars } from '../../support/bars.js'

/** Two bars: 100 110 95 105, then 104 108 100 101, after a close of 98. */
const BARS: BarSeries = {
  opens: Float64Array.of(100, 104),
  highs: Float64Array.of(110, 108),
  lows: Float64Array.of(95, 100),
  closes: Float64Array.of(105, 101),
  before: 98,
}

describe('variance of logarithmic returns, by hand', () => {
  it('realised: returns of 1 %, −2 % and 3 % are 1/3, −8/3 and 7/3 % from their mean of 2/3 %', () => {
    expect(realisedVariance(Float64Array.of(0.01, -0.02, 0.03))).toBeCloseTo(((1 + 64 + 49) / 9 / 2) * 1e-4, 15)
  })

  it('ewma: weights 0.8836, 0.94 and 1, the latest heaviest, around zero and not the mean', () => {
    const weighted = 0.8836 * 1e-4 + 0.94 * 4e-4 + 9e-4
    expect(ewmaVariance(Float64Array.of(0.01, -0.02, 0.03), 0.94)).toBeCloseTo(weighted / (0.8836 + 0.94 + 1), 15)
    expect(ewmaVariance(Float64Array.of(0.02, 0.02), 0.5)).toBeCloseTo(4e-4, 15)
  })

  it('parkinson: ln(110/95) = 0.1466035 and ln(108/100) = 0.0769610, squared, their mean over 4 ln 2', () => {
    expect(parkinsonVariance(BARS)).toBeCloseTo((0.14660347419 ** 2 + 0.07696104114 ** 2) / 2 / 2.77258872224, 11)
    expect(parkinsonVariance(BARS)).toBeCloseTo(0.004944040253, 11)
  })

  it('garman-klass: half the range squared less 0.386294 of the move squared, ln(105/100) and ln(101/104)', () => {
    const first = 0.14660347419 ** 2 / 2 - 0.38629436112 * 0.04879016417 ** 2
    const second = 0.07696104114 ** 2 / 2 - 0.38629436112 * 0.0292703823 ** 2
    expect(garmanKlassVariance(BARS)).toBeCloseTo((first + second) / 2, 11)
    expect(garmanKlassVariance(BARS)).toBeCloseTo(0.006228632234, 11)
  })

  it('overnight: from 98 to 100 and from 105 to 104', () => {
    expect(overnightVariance(BARS)).toBeCloseTo((0.02020270732 ** 2 + 0.00956945102 ** 2) / 2, 12)
  })

  it('is nothing without returns, and realised needs two', () => {
    const none: BarSeries = { ...BARS, opens: nothing(), highs: nothing(), lows: nothing(), closes: nothing() }
    expect([realisedVariance(Float64Array.of(1)), ewmaVariance(nothing(), 0.9)]).toEqual([Number.NaN, Number.NaN])
    expect([parkinsonVariance(none), garmanKlassVariance(none), overnightVariance(none)]).toEqual(
      new Array(3).fill(Number.NaN),
    )
  })
})

const nothing = (): Float64Array => new Float64Array(0)

describe('variance of a geometric Brownian motion', () => {
  const [bars, volatility, overnight] = [20_000, 0.02, 0.36]
  const simulated = simulatedBars({ seed: 11, bars, volatility, overnight })
  const returns = logReturns(simulated)
  const within = volatility ** 2 * (1 - overnight)
  /** Standard errors away from what is expected, for an estimator whose bars have this relative variance. */
  const away = (found: number, expected: number, relative: number): number =>
    Math.abs(found / expected - 1) / Math.sqrt(relative / bars)

  it('is found close to close', () => {
    expect(away(realisedVariance(returns), volatility ** 2, 2)).toBeLessThan(3)
    // (1 + λ)/(1 − λ) returns count for as much as all that the weights fade away.
    const lambda = 0.999
    expect(away(ewmaVariance(returns, lambda), volatility ** 2, (2 * bars * (1 - lambda)) / (1 + lambda))).toBeLessThan(
      3,
    )
  })

  it('is found from ranges within the bars, and with what happens overnight in all', () => {
    const between = overnightVariance(simulated)
    expect(away(between, volatility ** 2 * overnight, 2)).toBeLessThan(3)
    expect(away(parkinsonVariance(simulated), within, 0.407)).toBeLessThan(3)
    expect(away(garmanKlassVariance(simulated), within, 0.27)).toBeLessThan(3)
    // Without the nights, which have 36 % of the variance, volatility looks 20 % too low.
    expect(Math.sqrt(parkinsonVariance(simulated)) / volatility).toBeCloseTo(0.8, 2)
    expect(Math.sqrt(parkinsonVariance(simulated) + between) / volatility).toBeCloseTo(1, 2)
    expect(Math.sqrt(garmanKlassVariance(simulated) + between) / volatility).toBeCloseTo(1, 2)
  })

  it('is found from ranges as efficiently as the papers say', () => {
    const { opens, highs, lows, closes } = simulated
    const perBar = (estimate: (bar: BarSeries) => number): number => {
      const found = Float64Array.from(opens.keys(), (at) => {
        const one = (values: Float64Array): Float64Array => values.subarray(at, at + 1)
        return (
          estimate({ opens: one(opens), highs: one(highs), lows: one(lows), closes: one(closes), before: 1 }) / within
        )
      })
      return realisedVariance(found)
    }
    const close = perBar((bar) => Math.log(bar.closes[0]! / bar.opens[0]!) ** 2)
    expect(Math.abs(close / 2 - 1)).toBeLessThan(0.1)
    // Parkinson's ratio is 2/(9ζ(3)/(16 (ln 2)²) − 1) = 4.91; Garman and Klass give theirs as 7.4.
    expect(Math.abs(2 / perBar(parkinsonVariance) / 4.91 - 1)).toBeLessThan(0.1)
    expect(Math.abs(2 / perBar(garmanKlassVariance) / 7.4 - 1)).toBeLessThan(0.1)
  })
})
