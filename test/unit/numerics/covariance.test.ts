import { describe, expect, it } from 'vitest'
import { sampleCovariance } from '#numerics/covariance.js'
import { columnDeviations } from '#numerics/moments.js'

describe('sample covariance', () => {
  it('divides by one less than the rows', () => {
    // Gaps from the means (3, 4): (−2, −1), (0, −1), (2, 2).
    const { rows, columns, values } = sampleCovariance({
      rows: 3,
      columns: 2,
      values: Float64Array.of(1, 3, 3, 3, 5, 6),
    })
    expect([rows, columns, ...values]).toEqual([2, 2, 4, 3, 3, 3])
  })

  it('has the squared deviations on its diagonal and keeps the digits of a small spread around a large mean', () => {
    const matrix = { rows: 4, columns: 2, values: Float64Array.of(1e8, 0, 1e8 + 1, 1, 1e8, 0, 1e8 + 1, 1) }
    const { values } = sampleCovariance(matrix)
    const [first, second] = columnDeviations(matrix)
    expect([values[0], values[3]]).toEqual([expect.closeTo(first! ** 2, 15), expect.closeTo(second! ** 2, 15)])
    expect(values[1]).toBeCloseTo(1 / 3, 15)
    expect(values[2]).toBe(values[1])
  })

  it('is no number for a single row', () => {
    expect([...sampleCovariance({ rows: 1, columns: 1, values: Float64Array.of(2) }).values]).toEqual([Number.NaN])
  })
})
