import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleCovariance } from '#numerics/covariance.js'
import { ledoitWolf, shrunkCorrelation } from '#numerics/ledoit-wolf.js'
import type { Matrix } from '#numerics/matrix.js'

const data = new URL('../../../../shared/data/', import.meta.url)
const published = new URL('expected/ledoit_wolf.json', data)

function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0]!.length, values: Float64Array.from(rows.flat()) }
}

const numbersIn = (text: string, skip = 0): number[][] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(skip).map(Number))

const matrices = fc
  .tuple(fc.integer({ min: 3, max: 20 }), fc.integer({ min: 2, max: 8 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: rows * columns, maxLength: rows * columns })
      .map((values): Matrix => ({ rows, columns, values: Float64Array.from(values) })),
  )

describe('a shrunk covariance', () => {
  it('of two rows is worked out by hand', () => {
    // x = ±(1, 2): S = [1 2; 2 4], m = 2.5, every xxᵀ is S, so there is no noise and nothing is shrunk.
    const { matrix, shrinkage } = ledoitWolf(
      matrixOf([
        [1, 2],
        [-1, -2],
      ]),
    )
    expect(shrinkage).toBe(0)
    expect([...matrix.values]).toEqual([1, 2, 2, 4])
    // x = ±(2, 0), ±(0, 2): S = 2·I is the target itself.
    const round = ledoitWolf(
      matrixOf([
        [2, 0],
        [-2, 0],
        [0, 2],
        [0, -2],
      ]),
    )
    expect([...round.matrix.values]).toEqual([2, 0, 0, 2])
  })

  it('lies between the sample and its mean variance, with the trace kept', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const { matrix: shrunk, shrinkage } = ledoitWolf(matrix)
        const { rows, columns } = matrix
        const sample = sampleCovariance(matrix).values.map((value) => (value * (rows - 1)) / rows)
        expect(shrinkage).toBeGreaterThanOrEqual(0)
        expect(shrinkage).toBeLessThanOrEqual(1)
        let [before, after] = [0, 0]
        for (let i = 0; i < columns; i += 1) {
          before += sample[i * columns + i]!
          after += shrunk.values[i * columns + i]!
          for (let j = 0; j < i; j += 1)
            expect(shrunk.values[i * columns + j]).toBeCloseTo((1 - shrinkage) * sample[i * columns + j]!, 14)
        }
        expect(after).toBeCloseTo(before, 12)
      }),
    )
  })

  it.skipIf(!existsSync(published))('is the published one (skipped without ../shared/data)', () => {
    const expected = JSON.parse(readFileSync(published, 'utf8'))
    const text = readFileSync(new URL('expected/ledoit_wolf_doc_sample_50x2.csv', data), 'utf8')
    const found = ledoitWolf(matrixOf(numbersIn(text)))
    expect(found.shrinkage).toBeCloseTo(expected.published.shrinkage, 2)
    expect(found.matrix.values[0]).toBeCloseTo(expected.published.covariance[0][0], 3)
    expect(found.shrinkage).toBeCloseTo(expected.published.recomputed.sklearn_LedoitWolf.shrinkage, 12)
    expect(found.matrix.values[1]).toBeCloseTo(expected.published.recomputed.sklearn_LedoitWolf.cov_01, 12)
    const prices = numbersIn(
      gunzipSync(readFileSync(new URL('market/skfolio_sp500_dataset.csv.gz', data))).toString('utf8'),
      1,
    ).slice(-1257)
    const returns = prices.slice(1).map((row, at) => row.map((price, column) => price / prices[at]![column]! - 1))
    const peer =
      expected.authors_code.cases['skfolio simple returns 2018-01-03..2022-12-28 (1256x20)'].sklearn_LedoitWolf
    const daily = ledoitWolf(matrixOf(returns))
    expect(daily.shrinkage).toBeCloseTo(peer.shrinkage, 12)
    expect(daily.matrix.values[0]).toBeCloseTo(peer.cov_00, 14)
    expect(daily.matrix.values[1]).toBeCloseTo(peer.cov_01, 14)
  })
})

describe('a shrunk correlation', () => {
  it('takes every correlation toward zero by the same part, with ones on the diagonal', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const { matrix: shrunk, shrinkage } = shrunkCorrelation(matrix)
        const { columns } = matrix
        const { values } = sampleCovariance(matrix)
        for (let i = 0; i < columns; i += 1) {
          expect(shrunk.values[i * columns + i]).toBe(1)
          for (let j = 0; j < i; j += 1) {
            const scale = Math.sqrt(values[i * columns + i]! * values[j * columns + j]!)
            if (!(scale > 1e-12)) continue
            expect(shrunk.values[i * columns + j]).toBeCloseTo((1 - shrinkage) * (values[i * columns + j]! / scale), 8)
          }
        }
      }),
    )
  })

  it('of a column that never moves is zero with all others', () => {
    const { matrix } = shrunkCorrelation(
      matrixOf([
        [1, 5],
        [2, 5],
        [4, 5],
      ]),
    )
    expect([...matrix.values]).toEqual([1, 0, 0, 1])
  })
})
