import type { Decimal } from '#units/decimal.js'
import type { Price } from '#units/money.js'

/** A fraction as percent: `12.34 %`; what rounds to nothing has no sign. */
export function percent(fraction: number, digits = 2): string {
  const text = (fraction * 100).toFixed(digits)
  return `${Number(text) === 0 ? text.replace('-', '') : text} %`
}

/** Basis points, signed: `+4.1 bps`; what rounds to nothing has no sign. */
export function bps(value: number): string {
  const text = value.toFixed(1)
  if (Number(text) === 0) return '0.0 bps'
  return `${value > 0 ? '+' : ''}${text} bps`
}

/** Money with two decimals and thousands separators: `1,234,567.80`. */
export function amount(value: Decimal | string): string {
  const [whole = '', cents] = (typeof value === 'string' ? value : value.toFixed(2)).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return cents === undefined ? grouped : `${grouped}.${cents}`
}

/** Decimal places an average price is shown with beyond those of its tick. */
const AVERAGE_DECIMALS = 6

/** A price without the tail a division leaves: at most six decimals, no trailing zeros. */
export const shortPrice = (value: Price | Decimal): string => value.toDecimalPlaces(AVERAGE_DECIMALS).toFixed()

/** `1 sell`, `3 sells`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `A`, `A and B`, `A, B and 4 more`. */
export function listed(items: readonly string[], most = 3): string {
  if (items.length <= 1) return items[0] ?? ''
  const shown = items.slice(0, most)
  const rest = items.length - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** What a binding limit means to a person: `upper:MSFT` is `MSFT is at its highest weight`. */
export function limitMeaning(limit: string): string {
  const [kind, rest = ''] = limit.split(/:(.*)/s)
  switch (kind) {
    case 'upper':
      return `${rest} is at its highest weight`
    case 'lower':
      return `${rest} is at its lowest weight`
    case 'cash':
      return rest === 'lower' ? 'cash is at its lowest weight' : 'cash is at its highest weight'
    case 'turnover':
      return `${rest} are at the turnover limit`
    case 'traded':
      return 'buys and sells together are at their limit'
    case 'leverage':
      return 'the sum of absolute weights is at its limit'
    case 'minimumReturn':
      return 'the expected return is the least asked for'
    case 'maximumCvar':
      return 'CVaR is at its highest'
    case 'cardinality':
      return 'as many names are held as are allowed'
    case 'group':
      return `group ${rest} is at its limit`
    default:
      return limit
  }
}
