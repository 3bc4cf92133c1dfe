import type { Matrix } from './matrix.js'
import { columnMeans } from './moments.js'

/**
 * Sample covariance of the columns, divisor rows − 1, by two passes so that a small spread around a large mean keeps its
 * digits. Exactly symmetric: each pair is summed once.
 *
 * Units   the square of the unit of the values; columns × columns.
 * Edges   NaN with fewer than two rows. Neither shrunk nor weighted. With fewer rows than columns it is singular.
 * Errors  none: total on every input. Cost O(rows × columns²).
 */
export function sampleCovariance(matrix: Matrix): Matrix {
  const { rows, columns, values } = matrix
  const means = columnMeans(matrix)
  const sums = new Float64Array(columns * columns)
  const gaps = new Float64Array(columns)
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) gaps[column] = values[row * columns + column]! - means[column]!
    for (let i = 0; i < columns; i += 1) for (let j = 0; j <= i; j += 1) sums[i * columns + j]! += gaps[i]! * gaps[j]!
  }
  const divisor = rows < 2 ? Number.NaN : rows - 1
  for (let i = 0; i < columns; i += 1)
    for (let j = 0; j <= i; j += 1) {
      sums[i * columns + j]! /= divisor
      sums[j * columns + i] = sums[i * columns + j]!
    }
  return { rows: columns, columns, values: sums }
}
