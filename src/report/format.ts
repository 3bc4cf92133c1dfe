import { Decimal } from '#units/decimal.js'

/** What stands for a figure that does not exist. */
export const NO_FIGURE = '–'

const MINUS = '−'
const SYMBOLS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥' }

/** Money to the cent with the currency's sign or code before it: `$1,234,567.89`, `−CHF 10.00`. Exact. */
export function amount(value: Decimal, currency: string): string {
  const cents = value.toDecimalPlaces(2, Decimal.ROUND_HALF_UP)
  const sign = cents.isNegative() && !cents.isZero() ? MINUS : ''
  return `${sign}${symbolOf(currency)}${grouped(cents.abs().toFixed(2))}`
}

/** A decimal with its own digits, at most `places` of them behind the point, thousands grouped: `12,500`, `3.25`. */
export function decimal(value: Decimal, places = 4): string {
  const rounded = value.toDecimalPlaces(places, Decimal.ROUND_HALF_UP)
  return `${rounded.isNegative() && !rounded.isZero() ? MINUS : ''}${grouped(rounded.abs().toFixed())}`
}

/** A fraction as percent: `12.3 %` is 0.123 to one place; null is no figure. */
export const percent = (fraction: number | null, places = 2): string =>
  fraction === null ? NO_FIGURE : `${fixed(fraction * 100, places)} %`

/** A percentage with its sign always shown. */
export const signedPercent = (fraction: number | null, places = 2): string => {
  const text = percent(fraction, places)
  return fraction !== null && Number(fraction.toFixed(places + 2)) > 0 ? `+${text}` : text
}

/** A number to so many places, thousands grouped; null and what is not finite are no figure. */
export const fixed = (value: number | null, places: number): string => {
  if (value === null || !Number.isFinite(value)) return NO_FIGURE
  const text = Math.abs(value).toFixed(places)
  return `${value < 0 && Number(text) !== 0 ? MINUS : ''}${grouped(text)}`
}

/** Money for an axis: `$950k`, `$1.25M`; at most three significant digits. */
export function compact(value: number, currency: string): string {
  const size = Math.abs(value)
  const [unit, letter] = size >= 1e9 ? [1e9, 'B'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e3 ? [1e3, 'k'] : [1, '']
  return `${value < 0 ? MINUS : ''}${symbolOf(currency)}${Number((size / unit).toPrecision(3))}${letter}`
}

/** A count, grouped. */
export const count = (value: number): string => grouped(String(value))

const symbolOf = (currency: string): string => SYMBOLS[currency] ?? `${currency} `

function grouped(digits: string): string {
  const [whole = '', rest] = digits.split('.')
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? thousands : `${thousands}.${rest}`
}
