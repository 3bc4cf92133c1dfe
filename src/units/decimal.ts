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
