import { beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '#domain/run.js'
import { instrumentId } from '#units/ids.js'
import { instant, MINUTE_MS, sessionDate } from '#units/time.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { historyOf, playedRuns } from './played-rules.js'

const NAMES = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA'] as const
/** What lets a portfolio be short, as far as the rest of its file is concerned. */
const SHORTS = `universe: {symbols: [${NAMES.join(', ')}], defaults: {shortable: true}}
optimiser: {bounds: {min: -1}}
triggers: {drift: {band: 0.05}, calendar: null}
orders: {allow_unsettled: true}
`
const flat = [100, 100, 100, 100] as const
const days = historyOf('1d', [
  ['2024-03-04T21:00:00Z', ...flat],
  ['2024-03-05T21:00:00Z', ...flat],
])

const unitsOf = (runs: readonly Run[], name: string): number =>
  runs
    .flatMap(({ orders }) => Object.values(orders))
    .filter(({ body }) => body.instrument === name)
    .reduce((sum, { body }) => sum + (body.side === 'buy' ? 1 : -1) * body.quantity.toNumber(), 0)
const reasons = (run: Run, leg: string | null, verdict: string): readonly string[] =>
  run.judgements.filter((row) => row.leg === leg && row.verdict === verdict).map((row) => `${row.rule}: ${row.reason}`)

describe('a short of ten million on a book of a hundred thousand', () => {
  const folder = suiteTempDir()
  const wish = `initial_cash: "100000.00"\ntargets: {source: fixed, weights: {ALFA: -100}}\n${SHORTS}`
  let runs: Readonly<Record<string, readonly Run[]>> = {}
  beforeAll(async () => {
    const located = 'restricted_list: {locates: {ALFA: "1000000"}}'
    runs = await playedRuns(
      {
        free: `${wish}governance: {preset: none}\n`,
        standard: wish,
        located: `${wish}governance: {rules: {${located}}}\n`,
      },
      days,
      folder,
    )
  })

  it('is sold where no rule is asked', () => {
    expect(unitsOf(runs.free!, 'ALFA')).toBeLessThan(-90_000)
  })

  it('is refused by the standard rules, with the reason: nobody has located a unit to borrow', () => {
    const [run] = runs.standard!
    expect(run!.orders).toEqual({})
    expect(reasons(run!, 'sell-ALFA', 'reject')).toEqual([
      expect.stringMatching(
        /^margin: maintenance margin would take 299\d{4}\.\d+, more than 80000\.00: 80\.0 % of equity$/,
      ),
      expect.stringMatching(
        /^margin: initial margin would take 498\d{4}\.\d+, more than 100000\.00: 100\.0 % of equity$/,
      ),
      'restricted-list: ALFA may be short by 0 located units at most',
    ])
  })

  it('is refused for its margin where units are located, and each other limit says what it would leave', () => {
    const [run] = runs.located!
    expect(unitsOf([run!], 'ALFA')).toBe(0)
    expect(reasons(run!, 'sell-ALFA', 'reject')).toEqual([
      expect.stringMatching(/^margin: maintenance margin/),
      expect.stringMatching(/^margin: initial margin/),
    ])
    expect(reasons(run!, 'sell-ALFA', 'resize')).toEqual([
      expect.stringMatching(/^gross-net-leverage: gross exposure would be 99\d\d\.\d % of equity, more than 100\.0 %$/),
      expect.stringMatching(/^gross-net-leverage: net short exposure would be 99\d\d\.\d % of equity/),
      expect.stringMatching(/^position-limit: ALFA would weigh 99\d\d\.\d %, more than 25\.0 %$/),
    ])
  })
})

describe('five hundred trades in one day', () => {
  const folder = suiteTempDir()
  const names = Array.from({ length: 24 }, (_, count) => instrumentId(`N${count}`))
  const wish = `initial_cash: "10000000.00"
universe: {symbols: [${names.join(', ')}]}
targets: {source: equal_weight, cash_reserve: 0.1}
triggers: {drift: {band: 0.001}, calendar: null, cash: null, cooldown: {days: 0}, max_runs_per_day: 100}
orders: {allow_unsettled: true}
`
  let runs: Readonly<Record<string, readonly Run[]>> = {}
  beforeAll(async () => {
    // Half of the names up and half down, the other way round every other minute: each time all are out of their band.
    const sessions = Array.from({ length: 48 }, (_, minute) => {
      const turned = Math.floor(minute / 2) % 2
      const closes = names.map((name, at) => [name, at % 2 === turned ? '108.00' : '93.00'])
      const at = instant(Date.parse('2024-03-04T15:00:00Z') + minute * MINUTE_MS)
      return { session: sessionDate('2024-03-04'), at, closes: Object.fromEntries(closes) }
    })
    const history = { barSize: '1m', instruments: names, sessions, dropped: [] } as const
    runs = await playedRuns({ free: `${wish}governance: {preset: none}\n`, standard: wish }, history, folder)
  }, 180_000)

  it('are made where no rule is asked', () => {
    const orders = runs.free!.flatMap((run) => Object.keys(run.orders))
    expect(new Set(runs.free!.map(({ session }) => session))).toEqual(new Set(['2024-03-04']))
    expect(orders.length).toBeGreaterThan(500)
  })

  it('end with the first run of the day by the standard rules, and the second says why', () => {
    const [first, second, ...more] = runs.standard!
    expect(Object.keys(first!.orders)).toHaveLength(24)
    expect(more).toEqual([])
    expect(second).toMatchObject({
      orders: {},
      status: 'CANCELLED',
      failure: {
        reason: 'rebalance-frequency: this is automatic run 2 of session 2024-03-04, more than 1',
        retryAt: Date.parse('2024-03-05T00:00:00Z'),
      },
    })
  })
})

describe('a session on the fourth of July', () => {
  const at = (time: string) => [`2024-07-${time}Z`, ...flat] as const
  const history = historyOf('1m', [at('04T14:00:00'), at('04T14:01:00'), at('05T13:31:00'), at('05T13:32:00')])
  const wish = `initial_cash: "100000.00"
universe: {symbols: [${NAMES.join(', ')}]}
targets: {source: fixed, weights: {ALFA: 0.2}}
orders: {allow_unsettled: true}
`

  it('is none: what is due waits for the fifth, and the run says so', async () => {
    const runs = await playedRuns({ free: `${wish}governance: {preset: none}\n`, standard: wish }, history, tempDir())
    expect(runs.free!.map(({ session, status }) => [session, status])).toEqual([['2024-07-04', 'COMPLETED']])
    expect(runs.standard!.map(({ session, status, failure }) => [session, status, failure?.reason])).toEqual([
      ['2024-07-04', 'CANCELLED', 'market-hours: XNYS is closed until 2024-07-05T13:30:00.000Z'],
      ['2024-07-05', 'COMPLETED', undefined],
    ])
    expect(runs.standard![0]!.orders).toEqual({})
  })
})

describe('a sell of a name that is not held', () => {
  const wish = `initial_cash: "100000.00"\ntargets: {source: fixed, weights: {ALFA: -0.1, BRAVO: 0.2}}\n`

  it('is refused by the standard rules where the file allows shorts, and the rest trades', async () => {
    const runs = await playedRuns({ standard: `${wish}${SHORTS}` }, days, tempDir())
    const [run] = runs.standard!
    expect([unitsOf([run!], 'ALFA'), unitsOf([run!], 'BRAVO') > 0]).toEqual([0, true])
    expect(reasons(run!, 'sell-ALFA', 'reject')).toEqual([
      'restricted-list: ALFA may be short by 0 located units at most',
    ])
  })

  it('does not come about where the file does not: it is refused with its line', async () => {
    const bare = `${wish}universe: {symbols: [${NAMES.join(', ')}]}\n`
    await expect(playedRuns({ bare }, days, tempDir())).rejects.toThrow(
      /bare\.yaml:4:\d+ targets\.weights\.ALFA: ALFA has a negative target weight and may not be held short/,
    )
  })
})
