import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leastSquares } from '#numerics/least-squares.js'

const data = new URL('../../../../shared/data/', import.meta.url)
const published = new URL('expected/fama_french_ols.json', data)

const tableIn = (
  name: string,
): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } => {
  const [header, ...rows] = gunzipSync(readFileSync(new URL(`market/${name}`, data)))
    .toString('utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  return { header: header!, rows }
}

describe('least squares', () => {
  it('finds the line that points lie on', () => {
    const x = { rows: 3, columns: 1, values: Float64Array.of(1, 2, 4) }
    const found = leastSquares(x, Float64Array.of(5, 7, 11))!
    expect(found[0]).toBeCloseTo(3, 12)
    expect(found[1]).toBeCloseTo(2, 12)
  })

  it('leaves residuals that no column explains any more', () => {
    const cases = fc.tuple(fc.integer({ min: 6, max: 25 }), fc.integer({ min: 1, max: 4 })).chain(([rows, columns]) => {
      const numbers = (count: number) =>
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: count, maxLength: count })
      return fc.record({
        rows: fc.constant(rows),
        columns: fc.constant(columns),
        x: numbers(rows * columns),
        y: numbers(rows),
      })
    })
    fc.assert(
      fc.property(cases, ({ rows, columns, x, y }) => {
        const found = leastSquares({ rows, columns, values: Float64Array.from(x) }, Float64Array.from(y))
        if (found === null) return
        const residuals = y.map((value, row) =>
          found.slice(1).reduce((rest, beta, column) => rest - beta * x[row * columns + column]!, value - found[0]!),
        )
        const size = Math.hypot(...found) + 1
        expect(Math.abs(residuals.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-6 * size)
        for (let column = 0; column < columns; column += 1)
          expect(
            Math.abs(residuals.reduce((sum, value, row) => sum + value * x[row * columns + column]!, 0)),
          ).toBeLessThan(1e-5 * size)
      }),
    )
  })

  it('has no answer where columns depend on each other or on the constant, or rows are too few', () => {
    const twice = { rows: 4, columns: 2, values: Float64Array.of(1, 2, 2, 4, 3, 6, 5, 10) }
    expect(leastSquares(twice, new Float64Array(4))).toBeNull()
    expect(leastSquares({ rows: 3, columns: 1, values: Float64Array.of(2, 2, 2) }, new Float64Array(3))).toBeNull()
    expect(leastSquares({ rows: 1, columns: 1, values: Float64Array.of(2) }, new Float64Array(1))).toBeNull()
    expect(() => leastSquares(twice, new Float64Array(3))).toThrow(RangeError)
  })

  it.skipIf(!existsSync(published))('finds the published betas of stocks (skipped without ../shared/data)', () => {
    const expected = JSON.parse(readFileSync(published, 'utf8'))
    const factors = tableIn('fama_french_5f_mom_daily_1990_2022.csv.gz')
    const prices = tableIn('skfolio_sp500_dataset.csv.gz')
    const returns = new Map(factors.rows.map(([date, ...values]) => [date!, values.map(Number)]))
    const last = prices.rows.slice(-1257)
    for (const [model, names] of [
      ['ff3', ['Mkt-RF', 'SMB', 'HML']],
      ['ff5', ['Mkt-RF', 'SMB', 'HML', 'RMW', 'CMA']],
    ] as const)
      for (const symbol of ['AAPL', 'JPM', 'XOM', 'PG', 'AMD']) {
        const column = prices.header.indexOf(symbol)
        const rows = last.slice(1).map((row, at) => {
          const factor = returns.get(row[0]!)!
          const riskFree = factor[factors.header.indexOf('RF') - 1]!
          return {
            x: names.map((name) => factor[factors.header.indexOf(name) - 1]!),
            y: 100 * (Number(row[column]) / Number(last[at]![column]) - 1) - riskFree,
          }
        })
        const { coef, n } = expected[model][symbol]
        expect(rows).toHaveLength(n)
        const values = Float64Array.from(rows.flatMap(({ x }) => x))
        const found = leastSquares(
          { rows: n, columns: names.length, values },
          Float64Array.from(rows, ({ y }) => y),
        )!
        for (const [at, name] of ['alpha', ...names].entries()) expect(found[at]).toBeCloseTo(coef[name], 7)
      }
  })
})
