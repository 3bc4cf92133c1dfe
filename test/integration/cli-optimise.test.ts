import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { either, fileMissing, testUnless } from '../support/needed.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'

interface Result {
  readonly status: string
  readonly cvar: number
  readonly var: number
  readonly expectedReturn: number
  readonly objective: number
  readonly gap: number
  readonly cash: number
  readonly cost: number
  readonly weights: Readonly<Record<string, number>>
  readonly duals: readonly { readonly limit: string; readonly dual: number }[]
  readonly scenarios: { readonly rows: number; readonly columns: number; readonly from: string; readonly to: string }
}

interface Published {
  readonly problem: string
  readonly CVaR: number
  readonly weights: Readonly<Record<string, number>>
}

const data = join(packageRoot, '..', 'shared', 'data')
const prices = join(data, 'market', 'skfolio_sp500_dataset.csv.gz')
const expected = join(data, 'expected', 'cvar.json')
const reference = testUnless(either(fileMissing(prices), fileMissing(expected)))

/** A scenario matrix: five periods of three assets. */
const RETURNS = `date,A,B,C
2020-01-01,0.01,-0.02,0.005
2020-01-02,-0.03,0.01,0.002
2020-01-03,0.02,0.01,-0.001
2020-01-06,-0.01,0.03,0.004
2020-01-07,0.015,-0.01,0.001
`

describe('ballast optimise', () => {
  const dir = suiteTempDir()
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return name
  }
  const optimise = (...args: string[]): Promise<Ended> => ballast(['optimise', ...args, '-o', 'json'], { cwd: dir })
  const returns = (problem = ''): Promise<Ended> =>
    optimise(
      '--returns',
      file('returns.csv', RETURNS),
      '--problem',
      file('problem.yaml', problem === '' ? '{}' : problem),
    )

  const published = (index: number): Published =>
    (JSON.parse(readFileSync(expected, 'utf8')) as { computed_here: readonly Published[] }).computed_here[index]!

  function matches(result: Result, reference: Published): void {
    expect(result.status).toBe('OPTIMAL')
    expect(result.gap).toBeLessThanOrEqual(1e-8)
    expect(result.cvar).toBeCloseTo(reference.CVaR, 7)
    for (const [name, weight] of Object.entries(reference.weights)) expect(result.weights[name]).toBeCloseTo(weight, 6)
    expect(Object.values(result.weights).reduce((sum, weight) => sum + weight, 0) + result.cash).toBeCloseTo(1, 12)
  }

  reference('reproduces the reference of 2022, whose first return starts at the last price of 2021', async () => {
    const result = dataOf<Result>(await optimise('--prices', prices, '--from', '2022-01-01', '--to', '2022-12-28'))
    expect(result.scenarios).toEqual({ rows: 249, columns: 20, from: '2022-01-03', to: '2022-12-28' })
    matches(result, published(0))
  })

  reference('reproduces the reference of 1,256 days with every weight at most 15 %', async () => {
    const problem = file('capped.yaml', 'bounds: {max: 0.15}\n')
    const args = ['--prices', prices, '--from', '2018-01-03', '--to', '2022-12-28', '--problem', problem]
    const result = dataOf<Result>(await optimise(...args))
    expect(result.scenarios.rows).toBe(1256)
    matches(result, published(1))
    const capped = Object.entries(result.weights).filter(([, weight]) => weight > 0.15 - 1e-9)
    expect(
      result.duals
        .filter(({ limit }) => limit.startsWith('upper:'))
        .map(({ limit }) => limit)
        .sort(),
    ).toEqual(capped.map(([name]) => `upper:${name}`).sort())
  })

  it('puts everything into the only asset, whose CVaR is its worst returns', async () => {
    const rows = ['A', '0.01', '-0.03', '0.02', '-0.05']
    const result = dataOf<Result>(await optimise('--returns', file('one.csv', `${rows.join('\n')}\n`)))
    expect(result.weights).toEqual({ A: 1 })
    expect(result.cvar).toBeCloseTo(0.05, 14)
    expect(result.var).toBeCloseTo(0.05, 14)
  })

  it('solves with fewer scenarios than assets', async () => {
    const text = 'A,B,C,D\n0.01,-0.02,0.03,-0.01\n-0.02,0.02,-0.01,0.005\n'
    const result = dataOf<Result>(await optimise('--returns', file('wide.csv', text)))
    expect(result).toMatchObject({ status: 'OPTIMAL', scenarios: { rows: 2, columns: 4 } })
    expect(result.gap).toBeLessThanOrEqual(1e-8)
    expect(result.cvar).toBeLessThanOrEqual(0.01)
  })

  it('keeps groups, turnover, costs and the cash range, and names what binds', async () => {
    const problem = `
cash: [0.05, 0.5]
held: {A: 0.2, B: 0.2, C: 0.4}
turnover: 0.25
groups: [{name: ab, members: {A: 1, B: 1}, min: 0.3}]
costs: {buy_bps: 5, sell_bps: 10, holding_periods: 12}
mean: scenario
`
    const result = dataOf<Result>(await returns(problem))
    const { A = 0, B = 0, C = 0 } = result.weights
    expect(A + B).toBeGreaterThanOrEqual(0.3 - 1e-8)
    const bought = Math.max(0, A - 0.2) + Math.max(0, B - 0.2) + Math.max(0, C - 0.4)
    const sold = Math.max(0, 0.2 - A) + Math.max(0, 0.2 - B) + Math.max(0, 0.4 - C)
    expect(Math.max(bought, sold)).toBeLessThanOrEqual(0.25 + 1e-8)
    expect(result.cost).toBeCloseTo(bought * 5e-4 + sold * 10e-4, 12)
    expect(A + B + C + result.cash + result.cost).toBeCloseTo(1, 12)
    const mean = [0.001, 0.004, 0.0022]
    expect(result.expectedReturn).toBeCloseTo(A * mean[0]! + B * mean[1]! + C * mean[2]!, 12)
    expect(result.objective).toBeCloseTo(result.cvar - result.expectedReturn + result.cost / 12, 12)
    expect(result.duals.some(({ limit, dual }) => limit === 'group:ab' && dual > 0)).toBe(true)
  })

  it('takes a mean by symbol and risk aversion 0 as a pure bet on it', async () => {
    const result = dataOf<Result>(await returns('risk_aversion: 0\nmean: {B: 0.01, C: 0.02}\nbounds: {max: 0.7}\n'))
    expect(result.weights).toEqual({ A: 0, B: expect.closeTo(0.3, 9), C: expect.closeTo(0.7, 9) })
    expect(result.objective).toBeCloseTo(-0.017, 12)
  })

  it('tells the gap of the search over names from the one that is certified without the limit on them', async () => {
    const problem = 'cardinality: {most: 1}\n'
    const one = dataOf<Result & { readonly solverGap: number }>(await returns(problem))
    expect(Object.values(one.weights).filter((weight) => weight !== 0)).toEqual([1])
    expect(one.solverGap).toBeLessThanOrEqual(1e-8)
    expect(one.gap).toBeGreaterThan(0.1)
    const told = async (text: string): Promise<string> => {
      const args = ['optimise', '--returns', 'returns.csv', '--problem', file('problem.yaml', text)]
      return (await ballast(args, { cwd: dir })).stdout
    }
    expect(await told(problem)).toContain("by the solver's search over names")
    expect(await told('{}')).toMatch(/OPTIMAL, gap \S+ certified,/)
  })

  it('exits 1 and names the limits in conflict when nothing is feasible', async () => {
    const ended = await returns('bounds: {max: 0.2}\n')
    expect(ended.code).toBe(1)
    expect(errorOf(ended)).toMatchObject({
      code: 'INFEASIBLE',
      conflict: expect.arrayContaining(['budget', 'bound:A']),
    })
    expect(ended.stderr).toContain('the weight bounds of A')
    const group = await returns('groups: [{name: energy, members: [A, B, C], max: 0.5}]\n')
    expect([group.code, errorOf(group).conflict]).toEqual([1, expect.arrayContaining(['group:energy'])])
  })

  it('exits 64 with file, line and field of a bad problem', async () => {
    for (const [problem, place] of [
      ['confidense: 0.9\n', 'problem.yaml:1:1 confidense: unknown key'],
      ['cash: [0, 0]\nconfidence: 1.5\n', 'problem.yaml:2:13 confidence: must be < 1'],
      ['bounds: {per_symbol: {Z: [0, 1]}}\n', 'bounds.per_symbol.Z: Z is no column of the input'],
      ['groups:\n  - {name: g, members: [A, Z], max: 1}\n', 'groups[0].members[1]: Z is no column'],
      ['groups: [{name: g, members: [A]}]\n', 'groups[0].min: a group needs min or max'],
      ['held: {Q: 0.5}\n', 'held.Q: Q is no column'],
    ] as const) {
      const ended = await returns(problem)
      expect([ended.code, errorOf(ended).code], problem).toEqual([64, 'CONFIG_INVALID'])
      expect(ended.stderr).toContain(place)
    }
  })

  it('exits 64 with the field that the optimiser refuses', async () => {
    const ended = await returns('cash: [0.5, 0.1]\n')
    expect(ended.code).toBe(64)
    expect(errorOf(ended)).toMatchObject({ code: 'INVALID_INPUT', field: 'cash.lower' })
  })

  it('exits 64 with the line of a cell that is no number, in returns and in prices', async () => {
    const bad = await optimise('--returns', file('nan.csv', RETURNS.replace('0.002', 'NaN')))
    expect([bad.code, errorOf(bad)]).toMatchObject([64, { code: 'BAD_RETURNS', line: 3 }])
    const text = 'date,A,B\n2020-01-01,10,20\n2020-01-02,NaN,21\n2020-01-03,11,22\n2020-01-06,12,23\n'
    const named = file('prices.csv', text)
    const price = await optimise('--prices', named)
    expect([price.code, errorOf(price).code]).toEqual([64, 'BAD_PRICE'])
    expect(price.stderr).toContain('prices.csv line 3 A: the price is not a number')
    const later = dataOf<Result>(await optimise('--prices', named, '--from', '2020-01-06'))
    expect(later.scenarios).toMatchObject({ rows: 1, from: '2020-01-06' })
  })

  it('answers to Parquet as to the CSV of the same numbers, to the bit, and names row group and row of a bad one', async () => {
    const fixture = (name: string): string => join(packageRoot, 'test', 'fixtures', 'parquet', name)
    const untimed = async (option: string, name: string) => {
      const { elapsedMs: _, ...rest } = dataOf<Result & { readonly elapsedMs: number }>(
        await optimise(
          option,
          fixture(name),
          '--from',
          '2024-01-20',
          '--problem',
          file('mean.yaml', 'mean: scenario\n'),
        ),
      )
      return rest
    }
    const csv = await untimed('--returns', 'returns.csv')
    expect(csv.scenarios).toEqual({ rows: 25, columns: 5, from: '2024-01-22', to: '2024-02-23' })
    expect(await untimed('--returns', 'returns-zstd.parquet')).toEqual(csv)
    expect(await untimed('--prices', 'prices.parquet')).toEqual(await untimed('--prices', 'prices.csv'))
    expect(await untimed('--prices', 'prices-long.parquet')).toEqual(await untimed('--prices', 'prices-long.csv'))
    const bad = await optimise('--returns', fixture('bad-nan.parquet'))
    expect([bad.code, errorOf(bad)]).toMatchObject([64, { code: 'BAD_RETURNS', rowGroup: 2, row: 21 }])
    const price = await optimise('--prices', fixture('bad-price.parquet'))
    expect([price.code, errorOf(price).code]).toEqual([64, 'BAD_PRICE'])
    expect(price.stderr).toContain('bad-price.parquet row 21 in row group 2 CCC: the price is not positive')
    const nested = await optimise('--prices', fixture('bad-nested.parquet'))
    expect([nested.code, errorOf(nested).code]).toEqual([64, 'PARQUET_INVALID'])
  })

  it('exits 64 without a file, with two, with one that is not there and with a date that is none', async () => {
    for (const [args, said] of [
      [[], 'give either --returns FILE or --prices FILE'],
      [['--returns', 'a.csv', '--prices', 'b.csv'], 'give either'],
      [['--returns', 'absent.csv'], 'there is no file absent.csv'],
      [['--prices', 'absent.csv'], 'there is no file absent.csv'],
      [['--returns', 'returns.csv', '--problem', 'absent.yaml'], 'absent.yaml there is no such file'],
      [['--returns', file('returns.csv', RETURNS), '--from', '2020-02-30'], '--from must be a date'],
      [['--returns', file('returns.csv', RETURNS), '--from', '2021-01-01'], 'there is no return from 2021-01-01'],
    ] as const) {
      const ended = await optimise(...args)
      expect(ended.code, args.join(' ')).toBe(64)
      expect(ended.stderr).toContain(said)
    }
  })

  it('prints weights, risk and limits for people', async () => {
    file('returns.csv', RETURNS)
    const { code, stdout } = await ballast(['optimise', '--returns', 'returns.csv'], { cwd: dir })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^status +OPTIMAL, gap .* certified/)
    expect(stdout).toMatch(/^CVaR +-?\d+\.\d{4} %$/m)
    expect(stdout).toMatch(/^SYMBOL +WEIGHT$/m)
    expect(stdout).toMatch(/^LIMIT +DUAL {2}MEANING$/m)
  })
})
