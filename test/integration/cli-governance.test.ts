import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LegEffect } from '#domain/governance/effect.js'
import type { Run } from '#domain/run.js'
import { toIso } from '#units/time.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { historyOf, playedRuns } from './played-rules.js'

interface Checked {
  readonly verdict: string
  readonly refused: string | null
  readonly retry_at: string | null
  readonly legs: readonly LegEffect[]
}

const BOOK = 'symbol,quantity,price\nCASH,50000,\nAAA,500,100\n'
const OPEN = '2024-07-05T15:00:00Z'

/** Writes files into a folder and checks the plan among them. */
function stage(files: Readonly<Record<string, string>>) {
  const folder = tempDir()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const run = (...args: string[]): Promise<Ended> => ballast(args, { cwd: folder })
  const check = (book: string, plan: string, ...more: string[]) =>
    run('governance', 'check', '--book', book, '--plan', plan, ...more)
  return { run, check }
}
const orders = (...rows: readonly string[]): string => `symbol,side,quantity,price\n${rows.join('\n')}\n`
/** JSON answers of a verdict that is a failure have the data all the same. */
const found = (ended: Ended): Checked => (JSON.parse(ended.stdout) as { data: Checked }).data

describe('a plan of one’s own', () => {
  it.each([
    ['allow', 0, orders('AAA,buy,1,100'), []],
    ['resize', 8, orders('BBB,buy,400,100'), []],
    ['reject', 3, orders('BBB,sell,10,100'), []],
    ['reject', 3, orders('AAA,buy,1,100'), ['--at', '2024-07-04T15:00:00Z']],
  ])('comes out as %s with the exit code %i', async (verdict, code, plan, more) => {
    const { check } = stage({
      'book.csv': BOOK,
      'plan.csv': plan,
      'policy.yaml': 'rules: {position_limit: {max: 0.9}}',
    })
    const args = ['--policy', 'policy.yaml', ...(more.length > 0 ? more : ['--at', OPEN])]
    const ended = await check('book.csv', 'plan.csv', ...args, '--json')
    expect([found(ended).verdict, ended.code]).toEqual([verdict, code])
  })

  it('says when what was put off may be tried again', async () => {
    const { check } = stage({ 'book.csv': BOOK, 'plan.csv': orders('AAA,sell,1,100') })
    const ended = await check('book.csv', 'plan.csv', '--at', '2024-07-04T15:00:00Z', '-o', 'json')
    expect(errorOf(ended)).toMatchObject({ code: 'GOVERNANCE_VETO' })
    expect(found(ended)).toMatchObject({
      refused: 'market-hours: XNYS is closed until 2024-07-05T13:30:00.000Z',
      retry_at: '2024-07-05T13:30:00.000Z',
      legs: [{ leg: 'sell-AAA', before: '1', after: '0', verdict: 'reject' }],
    })
  })

  it('is judged at last closes, which may be too old, and by the rules and terms of a portfolio’s file', async () => {
    const { check } = stage({
      'book.csv': BOOK,
      'plan.csv': orders('AAA,sell,10,90', 'CCC,buy,10,5'),
      'prices.csv': 'Date,AAA\n2024-07-01,100\n2024-07-02,101\n',
      'core.yaml': `version: 1
id: core
initial_cash: "1000.00"
universe: {symbols: [AAA]}
targets: {source: fixed, weights: {AAA: 1}}
governance: {preset: none, rules: {price_collar: {}, gross_net_leverage: {}}}
`,
    })
    const args = ['--prices', 'prices.csv', '--portfolio', 'core.yaml', '--json'] as const
    const fresh = found(await check('book.csv', 'plan.csv', ...args))
    expect(fresh.legs.map(({ leg, by }) => [leg, by.map(({ reason }) => reason)])).toEqual([
      ['sell-AAA', ['sell-AAA has a limit 15.35 % from the last price']],
      ['buy-CCC', ['CCC has no known terms']],
    ])
    const old = found(await check('book.csv', 'plan.csv', ...args, '--at', '2024-07-20T15:00:00Z'))
    expect(old.legs[0]!.by[0]!.reason).toMatch(/^AAA was last priced 0 sessions .* ago, more than one 1d session$/)
  })

  it.each([
    ['what is left', { level: 30, multiplier: 0.75 }, 8, '275', 'CCC would weigh 50.0 %, more than the 37.5 % that'],
    [
      'what an old reading left',
      { level: 30, multiplier: 0.75, as_of: '2024-06-28T20:00:00Z' },
      8,
      '275',
      'volatility was last read at 2024-06-28T20:00:00.000Z',
    ],
    ['nothing while it was never read', null, 8, '0', 'CCC would weigh 50.0 %, more than the 0.0 % that a missing'],
    ['all of it when the market is calm', { level: 15, multiplier: 1 }, 0, '400', '"verdict": "allow"'],
  ])('is cut for volatility that it states to %s', async (_, reading, code, after, why) => {
    const order = { symbol: 'CCC', side: 'buy', quantity: 400, price: 100, target: 0.5 }
    const { check } = stage({
      'book.csv': 'symbol,quantity,price\nCASH,90000,\nCCC,100,100\n',
      'plan.json': JSON.stringify({ at: OPEN, volatility: { reading, sized: 1 }, orders: [order] }),
      'policy.yaml': 'preset: none\nrules: {volatility_regime: {}}',
    })
    const ended = await check('book.csv', 'plan.json', '--policy', 'policy.yaml', '--json')
    const [leg] = found(ended).legs
    expect([ended.code, leg!.after]).toEqual([code, after])
    expect(ended.stdout).toContain(why)
  })

  it.each([
    ['rules given twice', ['--preset', 'standard', '--policy', 'book.csv'], 'give the rules once'],
    ['a time that is none', ['--at', 'noon'], '--at must be a time with its zone'],
    ['a file that is not there', ['--prices', 'none.csv'], 'there is no file none.csv'],
    ['what is no plan', ['--plan', 'book.csv'], 'book.csv:2:1 orders[0].side: is required'],
  ])('is not judged with %s', async (_, more, told) => {
    const { check } = stage({ 'book.csv': BOOK, 'plan.csv': orders('AAA,buy,1,100') })
    const ended = await check('book.csv', 'plan.csv', ...more, '--json')
    expect(ended.code).toBe(64)
    expect(errorOf(ended).message).toContain(told)
  })
})

describe('one rule alone', () => {
  it('gives its figures, with its own limits, a portfolio’s or those set', async () => {
    const { run } = stage({ 'book.csv': BOOK, 'plan.csv': orders('BBB,buy,300,100') })
    const test = async (...set: string[]) => {
      const args = ['--book', 'book.csv', '--plan', 'plan.csv', '--at', OPEN, ...set, '--json']
      const ended = await run('rule', 'test', 'position_limit', ...args)
      return { code: ended.code, ...dataOf<Checked & { params: object; judgements: object[] }>(ended) }
    }
    expect(await test()).toMatchObject({
      code: 8,
      params: { max: 0.25 },
      legs: [{ before: '300', after: '250' }],
      judgements: [{ verdict: 'warn' }, { verdict: 'resize', evidence: { before: 0, after: 0.3, max: 0.25 } }],
    })
    expect(await test('--set', 'max=0.5')).toMatchObject({ code: 0, legs: [{ after: '300' }] })
  })

  it.each([
    ['an unknown rule', ['full-moon'], 5, 'no rule is called full-moon'],
    ['an unknown parameter', ['turnover', '--set', 'most=1'], 64, '--set most: unknown key; turnover has max'],
    ['a limit out of range', ['turnover', '--set', 'max=99'], 64, '--set max: must be ≤ 10, got 99'],
    ['no value', ['turnover', '--set', 'max'], 64, '--set must be key=value'],
  ])('is not asked with %s', async (_, args, code, told) => {
    const { run } = stage({ 'book.csv': BOOK, 'plan.csv': orders('AAA,buy,1,100') })
    const ended = await run('rule', 'test', ...args, '--book', 'book.csv', '--plan', 'plan.csv', '--json')
    expect(ended.code).toBe(code)
    expect(errorOf(ended).message).toContain(told)
  })
})

describe('a run’s own book and plan, written to files', () => {
  const folder = suiteTempDir()
  let runs: readonly Run[] = []
  const rules = 'position_limit: {max: 0.3}, turnover: {max: 0.1}, gross_net_leverage: {max_gross: 0.8}'
  beforeAll(async () => {
    const text = `initial_cash: "1000000.00"
universe: {symbols: [ALFA, BRAVO, CHARLIE, DELTA]}
targets: {source: fixed, weights: {ALFA: 0.35, BRAVO: 0.35, CHARLIE: 0.2}, cash: 0.1}
triggers: {drift: {band: 0.05}, calendar: null, cooldown: {days: 0}, max_runs_per_day: 5}
orders: {allow_unsettled: true}
governance: {preset: none, rules: {${rules}}}
`
    const history = historyOf('1d', [
      ['2024-03-04T21:00:00Z', 100, 100, 100, 100],
      ['2024-03-05T21:00:00Z', 100, 100, 100, 100],
      ['2024-03-06T21:00:00Z', 160, 70, 100, 100],
      ['2024-03-07T21:00:00Z', 160, 70, 100, 100],
    ])
    runs = (await playedRuns({ own: text }, history, folder)).own!
  })

  it('come out as the run’s plan did, leg by leg', async () => {
    expect(runs.length).toBeGreaterThan(1)
    for (const { before, plan, view, trigger, approved, startedAt, id } of runs) {
      const names = Object.keys(before.weights)
      const book = {
        cash: before.equity
          .times(1 - names.reduce((sum, name) => sum + Reflect.get(before.weights, name), 0))
          .toFixed(),
        positions: names.map((symbol) => {
          const price = Reflect.get(view.quotes, symbol).price
          const value = before.equity.times(Reflect.get(before.weights, symbol))
          return { symbol, quantity: value.div(price).toDecimalPlaces(0).toFixed(), price: price.toFixed() }
        }),
      }
      const asked = {
        at: toIso(startedAt),
        trigger: trigger.kind,
        orders: plan!.legs.map((leg) => ({
          ...{ symbol: leg.instrument, side: leg.side, quantity: leg.quantity.toFixed(), target: leg.targetWeight },
          ...{ price: leg.arrival.toFixed(), limit: leg.limit.toFixed() },
        })),
      }
      const { check } = stage({ 'book.json': JSON.stringify(book), 'plan.json': JSON.stringify(asked) })
      const portfolio = join(folder, 'config', 'portfolios', 'own.yaml')
      const checked = found(await check('book.json', 'plan.json', '--portfolio', portfolio, '--json'))
      const after = checked.legs.filter((leg) => leg.after !== '0').map((leg) => [leg.leg, leg.after])
      const first = approved.map((leg) => [leg.id, leg.quantity.toFixed()])
      expect([id, after]).toEqual([id, first])
    }
  })
})
