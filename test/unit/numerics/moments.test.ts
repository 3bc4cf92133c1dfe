import { describe, expect, it } from 'vitest'
import { timesVector } from '#numerics/matrix.js'
import { columnDeviations, columnMeans } from '#numerics/moments.js'

// Columns 1, 2, 3, 6 and 10, 10, 20, 40.
const matrix = { rows: 4, columns: 2, values: Float64Array.of(1, 10, 2, 10, 3, 20, 6, 40) }

describe('column moments', () => {
  it('averages each column', () => {
    expect([...columnMeans(matrix)]).toEqual([3, 20])
  })

  it('divides the squared spread by one less than the rows', () => {
    // (4 + 1 + 0 + 9)/3 and (100 + 100 + 0 + 400)/3.
    expect([...columnDeviations(matrix)]).toEqual([Math.sqrt(14 / 3), Math.sqrt(200)])
  })

  it('keeps a small spread around a large mean', () => {
    const values = Float64Array.of(1e8 + 1, 1e8 + 2, 1e8 + 3)
    expect(columnDeviations({ rows: 3, columns: 1, values })[0]).toBe(1)
  })

  it('knows no deviation of a single row', () => {
    expect(columnDeviations({ rows: 1, columns: 1, values: Float64Array.of(5) })[0]).toBeNaN()
  })
})

describe('matrix times vector', () => {
  it('gives one element per row', () => {
    expect([...timesVector(matrix, Float64Array.of(2, -0.1))]).toEqual([1, 3, 4, 8])
  })

  it('throws when the lengths do not fit', () => {
    expect(() => timesVector(matrix, Float64Array.of(1))).toThrow(RangeError)
    expect(() => timesVector({ ...matrix, rows: 3 }, Float64Array.of(1, 1))).toThrow(RangeError)
  })
})
