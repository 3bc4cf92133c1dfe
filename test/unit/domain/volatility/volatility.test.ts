import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLevels } from '#adapters/feed/volatility-file.js'
import { levelAfter, VOLATILITY_TERMS, volatilityMultiplier } from '#domain/volatility/multiplier.js'
import { isVolatilityNews, type VolatilityStanding, volatilityAfter } from '#domain/volatility/standing.js'
import { type Instant, instant } from '#units/time.js'
import { testUnless } from '../../../support/needed.js'
import { vixFile, vixMissing } from '../../../support/regime-bars.js'

const left = (level: number, changes: object = {}) => volatilityMultiplier(level, { ...VOLATILITY_TERMS, ...changes })
const levels = fc.double({ min: 0.01, max: 200, noNaN: true })
const at = (hours: number): Instant => instant(hours * 3_600_000)
const reading = (level: number, hours: number): VolatilityStanding['reading'] => ({
  level,
  at: at(hours),
  source: 'bus',
})
const standing = (...rows: readonly (readonly [level: number, hours: number])[]) =>
  rows.reduce<VolatilityStanding | undefined>(
    (before, [level, hours]) => volatilityAfter(before, reading(level, hours), VOLATILITY_TERMS),
    undefined,
  )

describe('what a level of the index leaves of weights', () => {
  it.each([
    [9, 1],
    [20, 1],
    [24, 0.9],
    [30, 0.75],
    [40, 0.5],
    [82.69, 0.5],
    [Number.NaN, 0.5],
    [Number.POSITIVE_INFINITY, 0.5],
    [0, 0.5],
    [-5, 0.5],
  ])('at %d it is %d', (level, multiplier) => expect(left(level)).toBe(multiplier))

  it('is never more at a higher level, never outside its limits, and never less for looser terms', () => {
    fc.assert(
      fc.property(levels, levels, fc.integer({ min: 0, max: 30 }), (a, b, more) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        expect(left(high)).toBeLessThanOrEqual(left(low))
        expect(left(a)).toBeGreaterThanOrEqual(0.5)
        expect(left(a)).toBeLessThanOrEqual(1)
        expect(left(a, { wild: 40 + more })).toBeGreaterThanOrEqual(left(a))
        expect(left(a, { least: 0.5 + more / 100 })).toBeGreaterThanOrEqual(left(a))
      }),
    )
  })
})

describe('hysteresis', () => {
  it('follows a rise at once and a fall two points behind', () => {
    const path = [20, 30, 29, 28, 27, 28.5, 31]
    let level: number | null = null
    const seen = path.map((read) => {
      level = levelAfter(level, read, VOLATILITY_TERMS)
      return level
    })
    expect(seen).toEqual([20, 30, 30, 30, 29, 29, 31])
  })

  it('moves nothing while the index goes to and fro inside the band', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 28, max: 30, noNaN: true })), (path) => {
        const end = path.reduce((level, read) => levelAfter(level, read, VOLATILITY_TERMS), 30)
        expect(end).toBe(30)
      }),
    )
  })

  it('is never below what was read, nor further above than the band', () => {
    fc.assert(
      fc.property(fc.array(levels, { minLength: 1 }), (path) => {
        const end = path.reduce<number | null>((level, read) => levelAfter(level, read, VOLATILITY_TERMS), null)!
        expect(end).toBeGreaterThanOrEqual(path.at(-1)!)
        expect(end).toBeLessThanOrEqual(path.at(-1)! + 2 + 1e-9)
      }),
    )
  })
})

describe('readings', () => {
  it('of an earlier time, and such as are no level, change nothing', () => {
    const known = standing([30, 5])
    expect(volatilityAfter(known, reading(50, 4), VOLATILITY_TERMS)).toBe(known)
    expect(volatilityAfter(known, reading(Number.NaN, 6), VOLATILITY_TERMS)).toBe(known)
    expect(standing([Number.NaN, 1])).toBeUndefined()
  })

  it.each([
    ['the first', undefined, reading(15, 1), true],
    ['no level', undefined, reading(0, 1), false],
    ['one that moves the multiplier', standing([30, 1]), reading(31, 2), true],
    ['one inside the band', standing([30, 1]), reading(28.5, 2), false],
    ['one of the same time', standing([30, 1]), reading(40, 1), false],
    ['one of another source', standing([30, 1]), { ...reading(30, 2), source: 'file' as const }, true],
    ['one that comes when half of the time is over', standing([30, 1]), reading(30, 49), true],
    ['one before that', standing([30, 1]), reading(30, 48), false],
  ])('%s: news or not', (_, before, next, news) => {
    expect(isVolatilityNews(before, next, VOLATILITY_TERMS)).toBe(news)
  })
})

describe('33 years of the VIX', () => {
  testUnless(vixMissing)('20 to 40 binds on 38 % of days, on 44 % with hysteresis, 15 to 30 on 67 and 75 %', () => {
    const readings = readLevels(vixFile)
    expect(readings.length).toBeGreaterThan(8_000)
    const share = (terms: object, hysteresis: number): number => {
      const own = { ...VOLATILITY_TERMS, ...terms, hysteresis }
      let level: number | null = null
      const bound = readings.filter(({ level: read }) => {
        level = levelAfter(level, read, own)
        return volatilityMultiplier(level, own) < 1
      })
      return bound.length / readings.length
    }
    const earlier = { calm: 15, wild: 30 }
    expect(share({}, 0)).toBeCloseTo(0.383, 3)
    expect(share({}, 2)).toBeCloseTo(0.441, 3)
    expect(share(earlier, 0)).toBeCloseTo(0.668, 3)
    expect(share(earlier, 2)).toBeCloseTo(0.747, 3)
  })
})
