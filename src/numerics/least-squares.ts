import type { Matrix } from './matrix.js'

/** A column of which less than this part is left by those before it is a combination of them, to float accuracy. */
const DEPENDENT = 1e-10

/**
 * The coefficients of y = a + Σ bⱼ·xⱼ + e that make Σ e² least: the intercept first, then one a column of `x`; null when the
 * columns (or one of them and the constant) depend on each other, or there are fewer rows than coefficients.
 *
 * Units   those of y by those of x. Plain least squares: neither weighted nor shrunk.
 * Errors  @throws RangeError when y has not as many elements as x has rows.
 * Cost    O(rows × columns²): Householder's QR, which does not square the condition as normal equations do.
 * Source  Golub & Van Loan, Matrix Computations, section 5.3; design domain.md section 12.
 */
export function leastSquares(x: Matrix, y: Float64Array): Float64Array | null {
  const { rows } = x
  const width = x.columns + 1
  if (y.length !== rows) throw new RangeError(`${y.length} values for ${rows} rows`)
  if (rows < width) return null
  const columns = withConstant(x)
  const right = y.slice()
  const diagonal = new Float64Array(width)
  for (let k = 0; k < width; k += 1) {
    const pivot = columns[k]!
    const whole = Math.hypot(...pivot)
    let left = 0
    for (let row = k; row < rows; row += 1) left += pivot[row]! ** 2
    const norm = Math.sqrt(left)
    if (!(norm > DEPENDENT * whole)) return null
    const head = pivot[k]!
    diagonal[k] = head > 0 ? -norm : norm
    pivot[k] = head - diagonal[k]!
    const scale = 1 / (norm * (norm + Math.abs(head)))
    for (let next = k + 1; next < width; next += 1) reflect(pivot, columns[next]!, k, scale)
    reflect(pivot, right, k, scale)
  }
  return solved(columns, diagonal, right)
}

function withConstant({ rows, columns, values }: Matrix): Float64Array[] {
  const each = Array.from({ length: columns }, (_, column) =>
    Float64Array.from({ length: rows }, (__, row) => values[row * columns + column]!),
  )
  return [new Float64Array(rows).fill(1), ...each]
}

/** other − scale·(v·other)·v from element k on. */
function reflect(v: Float64Array, other: Float64Array, k: number, scale: number): void {
  let sum = 0
  for (let row = k; row < v.length; row += 1) sum += v[row]! * other[row]!
  for (let row = k; row < v.length; row += 1) other[row]! -= scale * sum * v[row]!
}

/** Back substitution: what is above the diagonal stands in the columns. */
function solved(columns: readonly Float64Array[], diagonal: Float64Array, right: Float64Array): Float64Array {
  const width = diagonal.length
  const coefficients = new Float64Array(width)
  for (let k = width - 1; k >= 0; k -= 1) {
    let rest = right[k]!
    for (let next = k + 1; next < width; next += 1) rest -= columns[next]![k]! * coefficients[next]!
    coefficients[k] = rest / diagonal[k]!
  }
  return coefficients
}
