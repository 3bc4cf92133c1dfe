import { Decimal as Base } from 'decimal.js'

/**
 * Exact decimal arithmetic for money, prices and quantities: 34 significant digits, round half up, never in
 * exponent form between 1e-30 and 1e40. Construct from text or from another Decimal, never from a float:
 * `new Decimal(0.1 + 0.2)` keeps the float's error.
 */
export const Decimal = Base.clone({ precision: 34, rounding: Base.ROUND_HALF_UP, toExpNeg: -30, toExpPos: 40 })

/** The type of an exact decimal. */
export type Decimal = Base

const PLAIN_NUMBER = /^-?\d{1,30}(\.\d{1,30})?$/

/** Reads plain decimal notation (`-12.50`); undefined for anything else: exponents, blanks, NaN, Infinity, hex. */
export function parseDecimal(text: string): Decimal | undefined {
  return PLAIN_NUMBER.test(text) ? new Decimal(text) : undefined
}

/**
 * The decimal whose text is the shortest that reads back as this float.
 * The only door from floats to decimals: solver weights and CSV numbers pass here, money never does.
 * @throws RangeError on NaN or an infinity.
 */
export function decimalFromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`)
  return new Decimal(String(value))
}

/** Words of seven digits that 34 digits are in at most. */
const MOST_WORDS = 6
/** Powers of ten by exponent, each the nearest float. */
const POWERS = Float64Array.from({ length: 61 }, (_, exponent) => Number(`1e${exponent}`))

/**
 * The float next to a decimal, within 5 units of its last place, made without the text that `toNumber` goes through: for
 * figures that are read by the thousand and allow for the error. What no book holds is read exactly: very long or very large figures.
 */
export function nearFloat(value: Decimal): number {
  const { d: words, e: exponent, s: sign } = value
  if (words === null || words.length > MOST_WORDS || value.isZero()) return value.toNumber()
  let digits = 1
  for (let first = words[0]!; first >= 10; first /= 10) digits += 1
  let figure = words[0]!
  for (let at = 1; at < words.length; at += 1) figure = figure * 1e7 + words[at]!
  const scale = exponent + 1 - digits - 7 * (words.length - 1)
  if (Math.abs(scale) >= POWERS.length) return value.toNumber()
  return sign * (scale < 0 ? figure / POWERS[-scale]! : figure * POWERS[scale]!)
}
