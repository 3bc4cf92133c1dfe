import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { garmanKlassVariance, overnightVariance } from '#numerics/volatility.js'
import { simulatedBars } from '../support/bars.js'
import { simulatedPrices } from '../support/prices.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'

interface Result {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly weights: Readonly<Record<string, number>>
  readonly cash: number
  readonly gross: number
  readonly theta: number | null
  readonly capped: readonly string[]
  readonly dropped: readonly string[]
  readonly volatilities: { readonly per: string; readonly of: Readonly<Record<string, number>> } | null
  readonly note: string
  readonly returns: {
    readonly rows: number
    readonly columns: number
    readonly from: string
    readonly to: string
  } | null
}

const data = join(packageRoot, '..', 'shared', 'data')
const NAMES = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA', 'ECHO']
const history = simulatedPrices({ seed: 3, instruments: NAMES, sessions: 80, volatility: 0.02, common: 0.3 })
const rows = history.sessions.map(({ session, closes }) => [session, ...NAMES.map((name) => Reflect.get(closes, name))])
const WIDE = [['Date', ...NAMES], ...rows].join('\n')

describe('ballast size', () => {
  const dir = suiteTempDir()
  const file = (name: string, text: string | Buffer): string => {
    writeFileSync(join(dir, name), text)
    return name
  }
  const size = (method: string, ...args: string[]): Promise<Ended> =>
    ballast(['size', '--method', method, ...args, '-o', 'json'], { cwd: dir })
  const sizes = async (method: string, ...args: string[]): Promise<Result> =>
    dataOf<Result>(await size(method, '--prices', file('wide.csv', WIDE), ...args))
  const sum = (values: Readonly<Record<string, number>>): number =>
    Object.values(values).reduce((all, value) => all + value, 0)

  it('keeps every weight at 0 or from 1 % to 10 %, and weights and cash at 1, by every method', async () => {
    for (const method of [
      'equal-weight',
      'fixed-fraction',
      'inverse-volatility',
      'kelly',
      'risk-parity',
      'volatility-target',
    ]) {
      const found = await sizes(method)
      for (const weight of Object.values(found.weights)) {
        expect(weight).toBeLessThanOrEqual(0.1)
        if (weight !== 0) expect(weight).toBeGreaterThanOrEqual(0.01)
      }
      expect(sum(found.weights) + found.cash).toBeCloseTo(1, 12)
      expect(Object.keys(found.weights)).toEqual(NAMES)
      expect(found.method).toBe(method)
    }
  })

  it('says what the method was given, θ, who is at the cap and what is left', async () => {
    expect(await sizes('equal-weight', '--max', '0.3', '--budget', '0.9')).toMatchObject({
      params: {},
      weights: Object.fromEntries(NAMES.map((name) => [name, expect.closeTo(0.18, 12)])),
      cash: expect.closeTo(0.1, 12),
      theta: expect.closeTo(0.18, 12),
      capped: [],
      dropped: [],
      returns: null,
    })
    expect(await sizes('fixed-fraction', '--fraction', '0.2')).toMatchObject({
      params: { fraction: 0.2 },
      theta: 1,
      capped: NAMES,
      cash: expect.closeTo(0.5, 12),
    })
    const target = await sizes('volatility-target', '--volatility', '0.05', '--estimator', 'ewma', '--min', '0.035')
    expect(target.returns).toMatchObject({ rows: 20, columns: 5, to: history.sessions.at(-1)!.session })
    expect(target.dropped.length).toBeGreaterThan(0)
    for (const [name, sigma] of Object.entries(target.volatilities!.of))
      expect(target.weights[name]!).toBeCloseTo(target.dropped.includes(name) ? 0 : (0.2 * 0.05) / sigma, 12)
  })

  it('scales the base weights it is given', async () => {
    const found = await sizes('volatility-target', '--base', 'ALFA=0.2,ECHO=0.1', '--volatility', '0.1', '--min', '0')
    const { ALFA, ECHO } = found.volatilities!.of
    expect(found.weights).toEqual({
      ...Object.fromEntries(NAMES.map((name) => [name, 0])),
      ALFA: expect.closeTo((0.2 * 0.1) / ALFA!, 12),
      ECHO: expect.closeTo((0.1 * 0.1) / ECHO!, 12),
    })
  })

  it('reads CSV, gzip and Parquet to the same answer', async () => {
    const plain = await sizes('risk-parity', '--max', '1')
    const packed = file('wide.csv.gz', gzipSync(WIDE))
    expect(dataOf(await size('risk-parity', '--max', '1', '--prices', packed))).toEqual(plain)
    const fixture = (name: string): string => join(packageRoot, 'test', 'fixtures', 'parquet', name)
    const span = ['--from', '2024-01-20', '--max', '0.5']
    const csv = dataOf(await size('inverse-volatility', ...span, '--prices', fixture('prices.csv')))
    expect(dataOf(await size('inverse-volatility', ...span, '--prices', fixture('prices.parquet')))).toEqual(csv)
  })

  it('takes ranges from a file of bars, scaled to the adjusted close', async () => {
    const bars = simulatedBars({ seed: 8, bars: 30, volatility: 0.02, overnight: 0.3 })
    const lines = ['symbol,date,open,high,low,close,adj_close']
    // Before the split of two to one on the 16th day raw prices are twice the adjusted ones.
    const raw = (value: number, day: number): string => (value * (day < 16 ? 2 : 1)).toFixed(9)
    const day = (n: number): string => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10)
    lines.push(`ALFA,${day(0)},200,200,200,200,100`)
    bars.closes.forEach((close, n) => {
      const [open, high, low] = [bars.opens[n]!, bars.highs[n]!, bars.lows[n]!].map((value) => raw(value, n))
      lines.push(`ALFA,${day(n + 1)},${open},${high},${low},${raw(close, n)},${close.toFixed(9)}`)
    })
    const prices = file('bars.csv', lines.join('\n'))
    const args = ['--prices', prices, '--estimator', 'garman-klass', '--lookback', '30', '--periods-per-year', '365']
    const found = dataOf<Result>(await size('volatility-target', ...args))
    const variance = garmanKlassVariance(bars) + overnightVariance(bars)
    expect(found.volatilities!.of.ALFA!).toBeCloseTo(Math.sqrt(variance * 365), 6)
    const bad = file('bad-bars.csv', lines.join('\n').replace(`,${raw(bars.highs[3]!, 3)},`, ',1,'))
    const ended = await size('volatility-target', ...args.slice(2), '--prices', bad)
    expect([ended.code, errorOf(ended).code]).toEqual([1, 'NOT_SIZED'])
    expect(ended.stderr).toContain('ALFA: bar 4 of 30 has an open or a close outside its range')
    const gap = file('gap.csv', lines.join('\n').replace(`,${raw(bars.lows[3]!, 3)},`, ',,'))
    const missing = await size('volatility-target', ...args.slice(2), '--prices', gap)
    expect([missing.code, missing.stderr]).toEqual([64, expect.stringContaining('ALFA has no low on 2024-01-05')])
  })

  it('shorts by Kelly only where they are allowed', async () => {
    const span = ['--expected-returns', 'ALFA=0.2,BRAVO=-0.3', '--risk-free', '0.01', '--max', '0.3']
    const long = await sizes('kelly', ...span)
    expect(Math.min(...Object.values(long.weights))).toBe(0)
    const short = await sizes('kelly', ...span, '--shorts')
    expect(short.weights.BRAVO!).toBeLessThan(-0.01)
    expect(short.gross).toBeLessThan(1 + 1e-12)
    expect(sum(short.weights) + short.cash).toBeCloseTo(1, 12)
  })

  it('answers for one bet', async () => {
    expect(dataOf(await size('kelly', '--win', '0.6', '--odds', '1'))).toEqual({
      method: 'kelly',
      win: 0.6,
      odds: 1,
      kelly: expect.closeTo(0.2, 14),
      fraction: 0.5,
      stake: expect.closeTo(0.1, 14),
    })
    expect(dataOf(await size('kelly', '--win', '0.4', '--odds', '1'))).toMatchObject({ stake: 0 })
    const told = await ballast(['size', '--method', 'kelly', '--win', '0.4', '--odds', '1'])
    expect(told.stdout).toMatch(/^Kelly +-20.0000 %: the odds are against it$/m)
  })

  it('exits 64 and says why when asked for what it cannot do', async () => {
    file('wide.csv', WIDE)
    const stale = file(
      'stale.csv',
      [
        ...WIDE.split('\n').slice(0, -1),
        WIDE.split('\n')
          .at(-1)!
          .replace(/[^,]+$/, ''),
      ].join('\n'),
    )
    const short = file('short.csv', WIDE.split('\n').slice(0, 12).join('\n'))
    const nan = file('nan.csv', WIDE.replace(/[^,\n]+$/, 'NaN'))
    const given = ['--prices', 'wide.csv']
    for (const [method, args, said] of [
      ['astrology', given, 'Allowed choices are equal-weight, fixed-fraction, inverse-volatility'],
      ['kelly', [], 'give --prices FILE'],
      ['kelly', ['--prices', 'absent.csv'], 'there is no file absent.csv'],
      ['kelly', [...given, '--max', '1.5'], 'must be a fraction from 0 to 1'],
      ['kelly', [...given, '--min', '0.2'], '--min 0.2 is above --max 0.1'],
      ['kelly', [...given, '--fraction', 'half'], 'must be a number'],
      ['kelly', [...given, '--fraction', '0'], '--fraction: must be > 0, got 0'],
      ['kelly', [...given, '--lookback', '5'], 'kelly takes no --lookback'],
      ['kelly', [...given, '--expected-returns', 'ALFA'], 'must be SYMBOL=NUMBER'],
      [
        'kelly',
        [...given, '--expected-returns', 'ZULU=1'],
        '--expected-returns: ZULU has an expected return but is not',
      ],
      ['kelly', [...given, '--win', '0.5', '--odds', '2'], 'leave --prices out'],
      ['kelly', ['--win', '0.5'], 'one bet needs both --win and --odds'],
      ['risk-parity', ['--win', '0.5', '--odds', '2'], '--win and --odds are for kelly'],
      ['risk-parity', [...given, '--budgets', 'ALFA=0'], '--budgets ALFA: must be ≥ 0.001, got 0'],
      ['risk-parity', [...given, '--shorts'], '--shorts is for kelly'],
      ['risk-parity', [...given, '--symbols', 'ALFA,ZULU'], 'has no prices of ZULU'],
      ['risk-parity', [...given, '--from', '2030-01-01'], 'has no price from 2030-01-01'],
      [
        'risk-parity',
        ['--prices', stale],
        'are missing: ECHO no price in the last session; choose others with --symbols',
      ],
      ['equal-weight', ['--prices', stale], 'ECHO no price in the last session'],
      ['risk-parity', ['--prices', nan], 'ECHO: the price is not a number'],
      ['volatility-target', ['--prices', short], 'ALFA 10 of 20 returns'],
      ['volatility-target', [...given, '--estimator', 'parkinson'], 'has no open, high, low and close'],
      ['volatility-target', [...given, '--base', 'ZULU=0.1'], '--base: ZULU has a base weight but is not'],
      ['volatility-target', [...given, '--base', '2'], '--base: must be ≤ 1, got 2'],
      ['volatility-target', [...given, '--lambda', '1'], '--lambda: must be < 1, got 1'],
    ] as const) {
      const ended = await size(method, ...args)
      expect([ended.code, ended.stderr], `${method} ${args.join(' ')}`).toEqual([64, expect.stringContaining(said)])
    }
    const monthly = await size('volatility-target', ...given, '--periods-per-year', '12')
    expect([monthly.code, errorOf(monthly).code]).toEqual([1, 'NOT_SIZED'])
    expect(
      dataOf<Result>(await size('risk-parity', '--prices', stale, '--symbols', 'ALFA,BRAVO')).returns!.columns,
    ).toBe(2)
  })

  it('prints weights, σ̂, θ, cash and limits for people', async () => {
    file('wide.csv', WIDE)
    const { code, stdout } = await ballast(
      ['size', '--method', 'volatility-target', '--prices', 'wide.csv', '--max', '0.06', '--volatility', '0.1'],
      { cwd: dir },
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/^method +volatility-target, volatility 0.1, base none, estimator realised, lambda 0.94, /)
    expect(stdout).toMatch(/^returns +20 returns of 5 instruments, 2020-/m)
    expect(stdout).toMatch(/^limits +0 or 1.00 % to 6.00 % each, 100.00 % together$/m)
    expect(stdout).toMatch(/^θ +1.00000$/m)
    expect(stdout).toMatch(/^SYMBOL +WEIGHT +σ A YEAR +LIMIT$/m)
    expect(stdout).toMatch(/^[A-Z]+ +6.0000 % +\d+\.\d\d % +at its cap$/m)
    expect(stdout).toMatch(/^CASH +\d+\.\d{4} %$/m)
  })

  it.skipIf(!existsSync(join(data, 'expected', 'risk_parity.json')))(
    'reproduces the published risk parity of twenty US shares (skip: shared data absent)',
    async () => {
      const text = readFileSync(join(data, 'expected', 'risk_parity.json'), 'utf8')
      const { cases } = JSON.parse(text) as {
        cases: readonly [{ readonly weights: Readonly<Record<string, number>>; readonly tolerance: number }]
      }
      const prices = join(data, 'market', 'skfolio_sp500_dataset.csv.gz')
      const span = ['--from', '2018-01-03', '--to', '2022-12-28', '--max', '1']
      const found = dataOf<Result>(await size('risk-parity', '--prices', prices, ...span))
      expect(found.returns).toEqual({ rows: 1256, columns: 20, from: '2018-01-03', to: '2022-12-28' })
      for (const [name, weight] of Object.entries(cases[0].weights))
        expect(Math.abs(found.weights[name]! - weight), name).toBeLessThan(cases[0].tolerance)
    },
  )

  it.skipIf(!existsSync(join(data, 'market', 'ohlcv_us45_daily_2016_2021.csv.gz')))(
    'finds volatility from ranges from 0.7 to 1.4 times that from closes, on 45 US shares (skip: shared data absent)',
    async () => {
      const prices = join(data, 'market', 'ohlcv_us45_daily_2016_2021.csv.gz')
      const by = new Map<string, Readonly<Record<string, number>>>()
      for (const estimator of ['realised', 'ewma', 'parkinson', 'garman-klass']) {
        const args = ['--prices', prices, '--estimator', estimator, '--lookback', '500']
        by.set(estimator, dataOf<Result>(await size('volatility-target', ...args)).volatilities!.of)
      }
      const realised = by.get('realised')!
      expect(Object.keys(realised).length).toBe(45)
      for (const estimator of ['parkinson', 'garman-klass'])
        for (const [name, sigma] of Object.entries(by.get(estimator)!)) {
          expect(sigma / realised[name]!, `${estimator} ${name}`).toBeGreaterThan(0.7)
          expect(sigma / realised[name]!, `${estimator} ${name}`).toBeLessThan(1.4)
        }
    },
  )
})
