import { cholesky, choleskySolve } from './cholesky.js'
import type { Matrix } from './matrix.js'

/** Below this part of the largest gain a number of the wrong sign is rounding. */
const ROUNDING = 1e-12
/** Exchanges of whole blocks that may fail to help before single ones, which always end. */
const PATIENCE = 3
/** Exchanges before rounding is taken to keep the search from ending. */
const MOST_EXCHANGES = 2_000

/**
 * The x that minimises ½xᵀAx − bᵀx with xᵢ ≥ 0 wherever `atLeastZero[i]`; the others may have any sign. A is symmetric and
 * positive definite, and so the answer is unique: Ax − b is 0 where xᵢ may move both ways or is above 0, and ≥ 0 where xᵢ
 * is held at 0 (the conditions of Karush, Kuhn and Tucker). Null when A is not positive definite to float accuracy,
 * or so nearly not that the search does not end.
 *
 * By exchange of blocks: every variable is either free or held at 0; solve for the free ones, exchange those with the wrong
 * sign on either side, and where that stops helping exchange the last of them alone, which cannot go on for ever.
 *
 * Cost    O(n³/3) an exchange, usually fewer than ten of them.
 * Errors  @throws RangeError when the lengths do not fit.
 * Source  Júdice and Pires, A Block Principal Pivoting Algorithm for Large-scale Strictly Monotone Linear Complementarity
 *         Problems (1994), with the rule of Murty (1974) for its single exchanges.
 */
export function signedMinimum(
  matrix: Matrix,
  gains: Float64Array,
  atLeastZero: readonly boolean[],
): Float64Array | null {
  const size = gains.length
  const { values, rows, columns } = matrix
  if (rows !== size || columns !== size || atLeastZero.length !== size || values.length !== size * size)
    throw new RangeError(`${rows} × ${columns} matrix against ${size} gains and ${atLeastZero.length} signs`)
  const all = [...gains.keys()]
  if (cholesky(matrix, all) === null) return null
  const scale = all.map((i) => 1 / Math.sqrt(values[i * size + i]!))
  const right = gains.map((gain, i) => gain * scale[i]!)
  const left = {
    ...matrix,
    values: values.map((value, at) => value * scale[Math.floor(at / size)]! * scale[at % size]!),
  }
  const most = right.reduce((found, gain) => Math.max(found, Math.abs(gain)), 0)
  const answer = exchanged(left, right, atLeastZero, ROUNDING * most)
  return answer?.map((x, i) => (atLeastZero[i] ? Math.max(0, x) : x) * scale[i]!) ?? null
}

function exchanged(matrix: Matrix, gains: Float64Array, atLeastZero: readonly boolean[], slack: number) {
  const free = atLeastZero.map((bound, i) => !bound || gains[i]! > 0)
  let [fewest, patience] = [Number.POSITIVE_INFINITY, PATIENCE]
  for (let exchange = 0; exchange < MOST_EXCHANGES; exchange += 1) {
    const x = freeMinimum(matrix, gains, free)
    if (x === null) return null
    const wrong = [...gains.keys()].filter(
      (i) => atLeastZero[i] && (free[i] ? x[i]! < -slack : slope(matrix, gains, x, i) < -slack),
    )
    if (wrong.length === 0) return x
    const fewer = wrong.length < fewest
    patience = fewer ? PATIENCE : patience - 1
    fewest = Math.min(fewest, wrong.length)
    for (const i of patience >= 0 ? wrong : wrong.slice(-1)) free[i] = !free[i]
  }
  return null
}

/** The minimum over the free variables, the others 0; null when it cannot be found. */
function freeMinimum(matrix: Matrix, gains: Float64Array, free: readonly boolean[]): Float64Array | null {
  const chosen = [...gains.keys()].filter((i) => free[i])
  const lower = cholesky(matrix, chosen)
  if (lower === null) return null
  const found = choleskySolve(
    lower,
    Float64Array.from(chosen, (i) => gains[i]!),
  )
  const x = new Float64Array(gains.length)
  chosen.forEach((i, at) => {
    x[i] = found[at]!
  })
  return x
}

/** (Ax − b)ᵢ. */
function slope({ columns, values }: Matrix, gains: Float64Array, x: Float64Array, i: number): number {
  let sum = -gains[i]!
  for (let j = 0; j < columns; j += 1) sum += values[i * columns + j]! * x[j]!
  return sum
}
