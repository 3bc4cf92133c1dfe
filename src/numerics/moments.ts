import type { Matrix } from './matrix.js'

/** Mean of each column; NaN for a matrix without rows. Cost O(rows × columns). */
export function columnMeans(matrix: Matrix): Float64Array {
  const { rows, columns, values } = matrix
  const means = new Float64Array(columns)
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) means[column]! += values[row * columns + column]!
  for (let column = 0; column < columns; column += 1) means[column]! /= rows
  return means
}

/**
 * Sample standard deviation of each column, divisor rows − 1, by two passes so that a small spread around a large mean
 * keeps its digits. NaN with fewer than two rows. Cost O(rows × columns).
 */
export function columnDeviations(matrix: Matrix): Float64Array {
  const { rows, columns, values } = matrix
  const means = columnMeans(matrix)
  const deviations = new Float64Array(columns)
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      deviations[column]! += (values[row * columns + column]! - means[column]!) ** 2
  for (let column = 0; column < columns; column += 1)
    deviations[column] = rows < 2 ? Number.NaN : Math.sqrt(deviations[column]! / (rows - 1))
  return deviations
}
