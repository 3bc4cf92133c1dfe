import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { abdiRanaldo, type LogBar, liquidityOf, type TradedSession } from '#domain/liquidity/estimate.js'
import { instrumentId } from '#units/ids.js'
import { DAY_MS, instant } from '#units/time.js'
import { fileMissing, testUnless } from '../../../support/needed.js'
import { seededRandom } from '../../../support/prices.js'

const A = instrumentId('AAA')
const at = (day: number) => instant(day * DAY_MS)

/** One name's days: close, volume and a split factor that later closes are adjusted for. */
const days = (rows: readonly (readonly [close: number, volume: number, adjusted?: number] | null)[]): TradedSession[] =>
  rows.map((row, day) => {
    if (row === null) return { at: at(day), closes: {}, traded: {} }
    const [close, volume, adjusted = close] = row
    const bar = { high: String(close * 1.01), low: String(close * 0.99), close: String(close), volume: String(volume) }
    return { at: at(day), closes: { [A]: String(adjusted) }, traded: { [A]: bar } }
  })
const steady = (count: number) => Array.from({ length: count }, () => [10, 1000] as const)

describe('liquidity by bars', () => {
  it('is the median of what was traded in 20 days, in money, as of the newest of them', () => {
    const rows = Array.from({ length: 20 }, (_, day) => [10, (day + 1) * 100] as const)
    expect(liquidityOf(days(rows))[A]).toMatchObject({ adv: expect.objectContaining({}), at: at(19) })
    expect(liquidityOf(days(rows))[A]!.adv.toFixed()).toBe('10500')
    expect(liquidityOf(days([[1, 1e9], ...rows]))[A]!.adv.toFixed()).toBe('10500')
  })

  it('is not moved by one wild day, and counts a day without a trade as nothing', () => {
    expect(liquidityOf(days([...steady(19), [10, 1e9]]))[A]!.adv.toFixed()).toBe('10000')
    const none = Array.from({ length: 11 }, () => [10, 0] as const)
    expect(liquidityOf(days([...steady(9), ...none]))[A]!.adv.toFixed()).toBe('0')
  })

  it('does not see a split: half the price and twice the shares are the same money, and no spread', () => {
    const split = [
      ...Array.from({ length: 10 }, () => [10, 1000, 5] as const),
      ...Array.from({ length: 10 }, () => [5, 2000, 5] as const),
    ]
    expect(liquidityOf(days(split))[A]!.adv.toFixed()).toBe('10000')
    expect(liquidityOf(days(split))[A]!.spread).toBe(liquidityOf(days(steady(20)))[A]!.spread)
  })

  it('is not known of fewer than 20 days in the last 25, nor of days that make no sense', () => {
    expect(liquidityOf(days(steady(19)))).toEqual({})
    expect(liquidityOf(days([...steady(20), null, null, null, null, null]))[A]!.at).toBe(at(19))
    expect(liquidityOf(days([...steady(20), ...Array.from({ length: 6 }, () => null)]))).toEqual({})
    const wrong = ['NaN', '-1', '', 'many'].map((volume) =>
      days(steady(20)).map((row) => ({ ...row, traded: { [A]: { ...row.traded![A]!, volume } } })),
    )
    expect(liquidityOf(wrong[0]!)).toEqual({})
    expect(liquidityOf(wrong[1]!)).toEqual({})
    expect(liquidityOf(wrong[3]!)).toEqual({})
    expect(liquidityOf(days(steady(20)).map(({ at: day, closes }) => ({ at: day, closes })))).toEqual({})
  })
})

describe('the spread by highs and lows', () => {
  /** Days of a random walk of 390 trades, each at the bid or the ask of so wide a spread. */
  function walk(count: number, spread: number, sigma: number): LogBar[] {
    const random = seededRandom(5)
    let middle = 0
    return Array.from({ length: count }, () => {
      let [high, low, close] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0]
      for (let trade = 0; trade < 390; trade += 1) {
        middle += ((random() + random() + random() - 1.5) * 2 * sigma) / Math.sqrt(390)
        close = middle + (random() < 0.5 ? -spread : spread) / 2
        high = Math.max(high, close)
        low = Math.min(low, close)
      }
      return { high, low, close }
    })
  }

  it.each([0.005, 0.01, 0.03])('finds a spread of %d in many days of a random walk', (spread) => {
    expect(abdiRanaldo(walk(4_000, spread, 0.01))! / spread).toBeCloseTo(1, 0)
    expect(Math.abs(abdiRanaldo(walk(4_000, spread, 0.01))! / spread - 1)).toBeLessThan(0.12)
  })

  it('is 0 where there is none, by arithmetic, and unknown of one day', () => {
    const bar = (high: number, low: number, close: number): LogBar => ({ high, low, close })
    // (1 − 0)·(1 − 0.5) = 0.5, four times that 2, its root.
    expect(abdiRanaldo([bar(1, -1, 1), bar(1, 0, 0)])).toBeCloseTo(Math.SQRT2, 6)
    expect(abdiRanaldo([bar(1, -1, 1), bar(3, 1, 0)])).toBe(0)
    expect(abdiRanaldo([bar(1, -1, 1)])).toBeNull()
    expect(abdiRanaldo([bar(1, -1, Number.NaN), bar(1, 0, 0)])).toBeNull()
  })
})

describe('real bars', () => {
  const path = join(import.meta.dirname, '../../../../../shared/data/market/ohlcv_us45_daily_2016_2021.csv.gz')
  testUnless(fileMissing(path))('of 45 shares rank as everybody knows', () => {
    const { sessions } = readPriceCsv(path, { volumes: true })
    const until = (day: string) => liquidityOf(sessions.filter(({ session }) => session <= day))
    const now = until('2021-04-21')
    expect(Object.keys(now).length).toBe(45)
    const ranked = Object.entries(now)
      .sort(([, a], [, b]) => b.adv.comparedTo(a.adv))
      .map(([name]) => name)
    expect(ranked[0]).toBe('AAPL')
    expect(ranked.slice(-4)).toEqual(expect.arrayContaining(['NWS', 'AIZ']))
    expect(now[instrumentId('AAPL')]!.adv.toNumber() / 1e9).toBeCloseTo(12, -1)
    // Four shares for one on 2020-08-31: what is traded in money goes on as it was.
    const [before, after] = [until('2020-08-28'), until('2020-09-15')].map((all) => all[instrumentId('AAPL')]!)
    expect(after!.adv.div(before!.adv).toNumber()).toBeGreaterThan(0.5)
    expect(after!.adv.div(before!.adv).toNumber()).toBeLessThan(2)
    expect(after!.spread!).toBeLessThan(0.03)
  })

  testUnless(fileMissing(path))(
    'show how rough twenty days are: 0 for most in calm, 7 % for the most traded in a storm',
    () => {
      const { sessions } = readPriceCsv(path, { volumes: true })
      const spreads = (day: string) =>
        Object.values(liquidityOf(sessions.filter(({ session }) => session <= day)))
          .map(({ spread }) => spread!)
          .sort((a, b) => a - b)
      expect(spreads('2018-06-01')[22]).toBe(0)
      expect(spreads('2020-03-31').at(-1)!).toBeGreaterThan(0.06)
      expect(spreads('2020-03-31').at(-1)!).toBeLessThan(0.1)
    },
  )
})
