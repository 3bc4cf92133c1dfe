import type { Matrix } from './matrix.js'

/** A pivot below this part of its diagonal is rounding: the matrix is singular to float accuracy. */
const SINGULAR = 1e-11

/**
 * The lower triangle L with L·Lᵀ = the rows and columns `chosen` of a symmetric matrix, row-major; null when that is not
 * positive definite to float accuracy. Cost O(k³/3), k chosen.
 */
export function cholesky({ columns, values }: Matrix, chosen: readonly number[]): Float64Array | null {
  const size = chosen.length
  const lower = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const entry = values[chosen[i]! * columns + chosen[j]!]!
      let rest = entry
      for (let k = 0; k < j; k += 1) rest -= lower[i * size + k]! * lower[j * size + k]!
      if (i === j && !(rest > SINGULAR * entry)) return null
      lower[i * size + j] = i === j ? Math.sqrt(rest) : rest / lower[j * size + j]!
    }
  return lower
}

/** The x with L·Lᵀ·x = right. Cost O(k²). */
export function choleskySolve(lower: Float64Array, right: Float64Array): Float64Array {
  const size = right.length
  const x = right.slice()
  for (let i = 0; i < size; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= lower[i * size + k]! * x[k]!
    x[i]! /= lower[i * size + i]!
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < size; k += 1) x[i]! -= lower[k * size + i]! * x[k]!
    x[i]! /= lower[i * size + i]!
  }
  return x
}
