import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RangeBar, wilder } from '#numerics/wilder.js'
import { seededRandom } from '../../support/prices.js'

const bar = (high: number, low: number, close: number): RangeBar => ({ high, low, close })
const closes = (...prices: readonly number[]): RangeBar[] => prices.map((price) => bar(price, price, price))

/** A walk of closes about which bars have their extremes. */
const walk = fc
  .array(fc.tuple(fc.integer({ min: -90, max: 90 }), fc.nat(50), fc.nat(50)), { minLength: 40, maxLength: 120 })
  .map((steps) => {
    let close = 10_000
    return steps.map(([move, above, below]) => {
      close += move
      return bar(close + above, close - below, close)
    })
  })

describe("Wilder's averages", () => {
  it('are those worked out by hand over two bars', () => {
    // TR      3      2      5      3      sums of two, then s − s/2 + x:  5     7.5    6.75
    // +DM     2      1      0      0                                      3     1.5    0.75
    // −DM     0      0      4      1                                      0     4      3
    // DX = 100·|+DM − −DM|/(+DM + −DM): 100, 45.4545…, 60; ADX: mean of the first two, then (ADX + DX)/2.
    const bars = [bar(10, 8, 9), bar(12, 9, 11), bar(13, 11, 12), bar(12, 7, 8), bar(9, 6, 8.5)]
    const before = wilder(bars.slice(0, 4), 2)
    expect(before.adx).toBeCloseTo((100 + (100 * 2.5) / 5.5) / 2, 12)
    const at = wilder(bars, 2)
    expect(at.averageTrueRange).toBeCloseTo(3.375, 12)
    expect(at.plusDi).toBeCloseTo((100 * 0.75) / 6.75, 12)
    expect(at.minusDi).toBeCloseTo((100 * 3) / 6.75, 12)
    expect(at.adx).toBeCloseTo((before.adx + 60) / 2, 12)
  })

  it('count a gap in the true range, and neither direction where a bar goes out as far on both sides', () => {
    // The second bar gaps up: its range of 1 is 6 from the close before. The third goes out by 2 both ways: no direction.
    const at = wilder([bar(10, 9, 9), bar(15, 14, 15), bar(17, 12, 16), bar(17, 12, 16)], 2)
    // TR 6, 5, 5: (11 − 5.5 + 5)/2; +DM 5, 0, 0: 5 − 2.5.
    expect(at.averageTrueRange).toBeCloseTo(5.25, 12)
    expect(at.plusDi).toBeCloseTo((100 * 2.5) / 10.5, 12)
    expect(at.minusDi).toBe(0)
  })

  it('of closes alone are moves: all in one direction is an ADX of 100, to and fro nearly none', () => {
    const rising = wilder(closes(...Array.from({ length: 40 }, (_, at) => 100 + at)), 14)
    expect(rising).toEqual({
      averageTrueRange: expect.closeTo(1, 12),
      plusDi: expect.closeTo(100, 9),
      minusDi: 0,
      adx: expect.closeTo(100, 9),
    })
    const turning = wilder(closes(...Array.from({ length: 60 }, (_, at) => 100 + (at % 2))), 14)
    expect(turning.averageTrueRange).toBeCloseTo(1, 12)
    expect(turning.adx).toBeLessThan(5)
  })

  it('are 0 where nothing moves', () => {
    expect(wilder(closes(...new Array<number>(28).fill(50)), 14)).toEqual({
      averageTrueRange: 0,
      plusDi: 0,
      minusDi: 0,
      adx: 0,
    })
  })

  it('need two lengths of bars', () => {
    expect(() => wilder(closes(1, 2, 3), 2)).toThrow('ADX 2 needs 4 bars')
  })

  it('change sides under reflection, and nothing but the range under scaling', () => {
    fc.assert(
      fc.property(walk, (bars) => {
        const at = wilder(bars, 14)
        const mirrored = wilder(
          bars.map(({ high, low, close }) => bar(20_000 - low, 20_000 - high, 20_000 - close)),
          14,
        )
        expect(mirrored.plusDi).toBeCloseTo(at.minusDi, 8)
        expect(mirrored.minusDi).toBeCloseTo(at.plusDi, 8)
        expect(mirrored.adx).toBeCloseTo(at.adx, 8)
        expect(mirrored.averageTrueRange).toBeCloseTo(at.averageTrueRange, 8)
        const scaled = wilder(
          bars.map(({ high, low, close }) => bar(4 * high, 4 * low, 4 * close)),
          14,
        )
        expect(scaled.adx).toBeCloseTo(at.adx, 8)
        expect(scaled.averageTrueRange).toBeCloseTo(4 * at.averageTrueRange, 8)
        for (const figure of [at.plusDi, at.minusDi, at.adx]) {
          expect(figure).toBeGreaterThanOrEqual(0)
          expect(figure).toBeLessThanOrEqual(100 + 1e-9)
        }
      }),
    )
  })

  it('have forgotten after a hundred bars, to half a point, what was before', () => {
    const random = seededRandom(3)
    let close = 100
    const bars = closes(...Array.from({ length: 400 }, () => (close *= 1 + (random() - 0.5) / 50)))
    for (let end = 200; end <= 400; end += 20)
      expect(Math.abs(wilder(bars.slice(0, end), 14).adx - wilder(bars.slice(end - 100, end), 14).adx)).toBeLessThan(
        0.5,
      )
  })
})
