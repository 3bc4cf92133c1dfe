import type { Matrix } from './matrix.js'
import { columnMeans } from './moments.js'

/** A covariance moved toward one that says nothing of pairs, and how far. */
export interface Shrunk {
  readonly matrix: Matrix
  /** δ in [0, 1]: 0 is the sample's own, 1 the target alone. */
  readonly shrinkage: number
}

/**
 * Covariance of the columns, shrunk toward the mean variance on the diagonal by an intensity that is estimated:
 *
 *   S* = (1 − δ)·S + δ·m·I,   m = tr S / p,   δ = min(b², d²) / d²,
 *   d² = ‖S − m·I‖² / p,   b² = Σₜ ‖xₜxₜᵀ − S‖² / (p·n²)
 *
 * Units   the square of the unit of the values; S has the divisor n after the means are taken off.
 * Edges   a target that is met exactly (d² = 0): δ = 0. NaN without rows. Singular never, once δ > 0 and m > 0.
 * Errors  none: total on every input. Cost O(rows × columns²).
 * Source  Ledoit & Wolf, J. Multivariate Analysis 88 (2004), "A well-conditioned estimator", section 3.3; design domain.md section 12.
 */
export function ledoitWolf(matrix: Matrix): Shrunk {
  const { rows, columns } = matrix
  const centred = centredColumns(matrix)
  const sample = products(centred, rows, columns)
  let [trace, squares] = [0, 0]
  for (let i = 0; i < columns; i += 1) trace += sample[i * columns + i]!
  for (const value of sample) squares += value * value
  const mean = trace / columns
  const distance = squares - columns * mean * mean
  const noise = fourthPowers(centred, rows, columns) / rows - squares
  const shrinkage = distance > 0 ? Math.min(1, Math.max(0, noise) / rows / distance) : 0
  for (let at = 0; at < sample.length; at += 1) sample[at]! *= 1 - shrinkage
  for (let i = 0; i < columns; i += 1) sample[i * columns + i]! += shrinkage * mean
  return { matrix: { rows: columns, columns, values: sample }, shrinkage }
}

/**
 * Correlations of the columns, shrunk as {@link ledoitWolf} does after each column is divided by its deviation: the target
 * is then that nothing is correlated, and every correlation is taken toward zero by the same part. A column that does not
 * vary is correlated with nothing. Diagonal exactly 1. Cost O(rows × columns²).
 */
export function shrunkCorrelation(matrix: Matrix): Shrunk {
  const { rows, columns, values } = matrix
  const scaled = Float64Array.from(values)
  const means = columnMeans(matrix)
  for (let column = 0; column < columns; column += 1) {
    let squares = 0
    for (let row = 0; row < rows; row += 1) squares += (values[row * columns + column]! - means[column]!) ** 2
    const deviation = Math.sqrt(squares / rows)
    for (let row = 0; row < rows; row += 1) {
      const gap = values[row * columns + column]! - means[column]!
      scaled[row * columns + column] = deviation > 0 ? gap / deviation : 0
    }
  }
  const { matrix: shrunk, shrinkage } = ledoitWolf({ rows, columns, values: scaled })
  for (let i = 0; i < columns; i += 1) shrunk.values[i * columns + i] = 1
  return { matrix: shrunk, shrinkage }
}

/** Columns without their means, one after the other: sums over rows then run through memory in order. */
function centredColumns(matrix: Matrix): Float64Array {
  const { rows, columns, values } = matrix
  const means = columnMeans(matrix)
  const centred = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      centred[column * rows + row] = values[row * columns + column]! - means[column]!
  return centred
}

/** Mean products of each pair of columns; each pair is summed once, so that the matrix is exactly symmetric. */
function products(centred: Float64Array, rows: number, columns: number): Float64Array {
  const sample = new Float64Array(columns * columns)
  for (let i = 0; i < columns; i += 1) {
    const one = centred.subarray(i * rows, (i + 1) * rows)
    for (let j = 0; j <= i; j += 1) {
      const from = j * rows
      let sum = 0
      for (let row = 0; row < rows; row += 1) sum += one[row]! * centred[from + row]!
      sample[i * columns + j] = sum / rows
      sample[j * columns + i] = sum / rows
    }
  }
  return sample
}

/** Σₜ ‖xₜ‖⁴, xₜ a row. */
function fourthPowers(centred: Float64Array, rows: number, columns: number): number {
  let sum = 0
  for (let row = 0; row < rows; row += 1) {
    let square = 0
    for (let column = 0; column < columns; column += 1) square += centred[column * rows + row]! ** 2
    sum += square * square
  }
  return sum
}
