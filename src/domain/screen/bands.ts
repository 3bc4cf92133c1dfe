/** How far inside its band a weight must be to be believed there without exact arithmetic, as a fraction of equity. */
export const MARGIN = 1e-9

/** Numbers beyond these bounds might overflow or vanish when they are multiplied; no book holds them. */
const SMALLEST = 1e-30
const LARGEST = 1e30

/** The number, or NaN where its products could not be told by {@link keepsBands}. */
export function moderate(value: number): number {
  const size = Math.abs(value)
  return value === 0 || (size >= SMALLEST && size <= LARGEST) ? value : Number.NaN
}

/** Rows of many portfolios, one after the other. */
export interface BandRows {
  /** Which price each entry is valued at. */
  readonly instruments: Int32Array
  readonly units: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
}

/**
 * True when every weight of the row in [from, to) is inside its band by more than what this arithmetic may be wrong by.
 *
 * Units   units × price is money; `low` and `high` are fractions of equity, the margin of 1e-9 already taken off.
 * Edges   false for a price or quantity that is NaN, for equity that is not positive, at and near a limit, and for a book so
 *         leveraged that the error of a weight could pass half the margin: whoever asks must then look exactly.
 * Errors  none. Makes no object. Cost O(to − from).
 * Source  a price is within 10 half units of its last place (units/decimal.ts), a quantity within 2, and a sum of n products adds
 *         at most n (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2): equity is wrong by at most
 *         (n + 14)·2⁻⁵³·Σ|terms|, a weight by (n + 28)·2⁻⁵³·(Σ|terms| / equity)². Twice that is allowed for. ADR 0028.
 */
export function keepsBands(rows: BandRows, from: number, to: number, prices: Float64Array): boolean {
  const { instruments, units, low, high } = rows
  let equity = 0
  let gross = 0
  for (let at = from; at < to; at += 1) {
    const value = units[at]! * prices[instruments[at]!]!
    equity += value
    gross += Math.abs(value)
  }
  const leverage = gross / equity
  const error = (to - from + 28) * Number.EPSILON * leverage * leverage
  // Comparisons with NaN are false: what is not known is not within bounds.
  if (!(equity > 0 && error <= MARGIN / 2)) return false
  for (let at = from; at < to; at += 1) {
    const value = units[at]! * prices[instruments[at]!]!
    if (!(value > low[at]! * equity && value < high[at]! * equity)) return false
  }
  return true
}
