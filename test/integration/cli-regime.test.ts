import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RegimeResult } from '#cli/regime/result.js'
import { testUnless } from '../support/needed.js'
import { barsMissing, INDEX, MINUTES, simulatedBars } from '../support/regime-bars.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf, errorOf } from './cli-process.js'

/** A calm market that turns wild: daily figures. */
const CALM_THEN_WILD = simulatedBars(8, [
  { bars: 160, volatility: 0.006 },
  { bars: 80, volatility: 0.025 },
])

const day = (at: number): string => new Date(Date.UTC(2020, 0, 1) + at * 86_400_000).toISOString().slice(0, 10)
const minutes = (at: number): string => `2020-01-02,${at * 60_000}`

describe('ballast regime', () => {
  const dir = suiteTempDir()
  const file = (name: string, header: string, rows: readonly string[]): string => {
    writeFileSync(join(dir, name), `${[header, ...rows].join('\n')}\n`)
    return name
  }
  const regime = (...args: string[]) => ballast(['regime', ...args, '-o', 'json'], { cwd: dir })
  const bars = CALM_THEN_WILD

  it('lists the transitions of daily closes with the figures behind them, and the regime at the end', async () => {
    const prices = file(
      'closes.csv',
      'Date,IDX',
      bars.map(({ close }, at) => `${day(at)},${close.toFixed(6)}`),
    )
    const result = dataOf<RegimeResult>(await regime('--prices', prices))
    expect(result).toMatchObject({ symbol: 'IDX', barSize: '1d', ranges: 'closes', forgottenAfter: 120 })
    expect(result.bars).toEqual({ count: 240, from: day(0), to: day(239) })
    expect(result.current).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7 })
    const last = result.transitions.at(-1)!
    expect(last.to).toBe('CHOPPY')
    expect(last.label > day(160) && last.label < day(200)).toBe(true)
    expect(last.figures.atr).toBeGreaterThan(0.008)
    expect(Object.values(result.shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
    const text = await ballast(['regime', '--prices', prices], { cwd: dir })
    expect(text.stdout).toContain('closes only: a true range is |close − close before|')
    expect(text.stdout).toMatch(new RegExp(`${last.label} +\\S+ +CHOPPY`))
  })

  it('takes high and low where the file has them, adjusted like its closes, of the symbol asked for', async () => {
    const rows = bars.flatMap(({ high, low, close }, at) => [
      `${day(at)},UP,${high},${low},${close},${close / 4}`,
      `${day(at)},FLAT,10,10,10,10`,
    ])
    const prices = file('ohlc.csv', 'date,symbol,high,low,close,adj_close', rows)
    const result = dataOf<RegimeResult>(await regime('--prices', prices, '--symbol', 'UP'))
    expect(result).toMatchObject({ symbol: 'UP', barSize: '1d', ranges: 'high-low', bars: { count: 240 } })
    expect(result.current.regime).toBe('CHOPPY')
    const which = errorOf(await regime('--prices', prices))
    expect(which.message).toContain('has prices of UP, FLAT: say which with --symbol')
    expect(errorOf(await regime('--prices', prices, '--symbol', 'NO')).message).toContain(
      'no prices of NO, but of UP, FLAT',
    )
  })

  it('measures bars with times as minutes, and any file as the bars it is told it has', async () => {
    const prices = file(
      'minutes.csv',
      'date,time_ms,close',
      bars.map(({ close }, at) => `${minutes(at)},${close}`),
    )
    const result = dataOf<RegimeResult>(await regime('--prices', prices))
    expect(result).toMatchObject({ barSize: '1m', ranges: 'closes', bars: { from: '2020-01-02 00:00:00' } })
    expect(result.current.regime).toBe('CHOPPY')
    expect(dataOf<RegimeResult>(await regime('--prices', prices, '--bar-size', '1mo')).current.regime).toBe(
      'QUIET_CHOPPY',
    )
  })

  it.each([
    ['zero.csv', 'date,high,low,close', ['2020-01-01,2,1,0'], 'line 2: "0" is no price'],
    [
      'order.csv',
      'date,high,low,close',
      ['2020-01-02,2,1,1', '2020-01-02,2,1,1'],
      'line 3: 2020-01-02 does not come after',
    ],
    ['outside.csv', 'date,high,low,close', ['2020-01-02,2,1,3'], 'line 2: a close of 3 is not between 1 and 2'],
    ['time.csv', 'date,time_ms,close', ['2020-01-02,99999999,3'], 'line 2: 99999999 is no time of a day'],
    ['word.csv', 'Date,IDX', ['2020-01-02,3', '2020-01-03,x'], 'line 3 IDX: the price is not a number'],
  ])('refuses %s and says where it is wrong', async (name, header, rows, message) => {
    const ended = await regime('--prices', file(name, header, rows))
    expect(ended.code).toBe(64)
    expect(errorOf(ended).message).toContain(message)
  })

  testUnless(barsMissing)('lists those of the index and of a day of minutes', async () => {
    const index = dataOf<RegimeResult>(await regime('--prices', INDEX))
    expect(index.bars).toEqual({ count: 8313, from: '1990-01-02', to: '2022-12-28' })
    const on = (date: string) => index.transitions.findLast(({ label }) => label <= date)?.to ?? ''
    for (const date of ['2008-10-15', '2020-03-16']) expect(on(date), date).toMatch(/^(CHOPPY|VOLATILE_TRENDING)$/)
    expect(on('2017-04-28')).toBe('QUIET_CHOPPY')
    const day = dataOf<RegimeResult>(await regime('--prices', MINUTES))
    expect(day).toMatchObject({ symbol: 'BTCUSDT', barSize: '1m', ranges: 'high-low', bars: { count: 1440 } })
    expect(day.transitions.length).toBeGreaterThan(5)
  })
})
