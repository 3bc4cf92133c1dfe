import { decimalFromFloat } from '#units/decimal.js'
import type { Price } from '#units/money.js'

/** How far a price may move from one bar to the next before it is doubted. */
export interface PriceSanity {
  /** Above 1: a price more than this many times the last trusted one, or less than its reciprocal of it, is doubted. */
  readonly factor: number
  /** Further bars near a doubted price, in a row, that make it the trusted one. */
  readonly confirm: number
}

/** Tripled or cut to a third: a split nobody adjusted for, a misplaced decimal point, another symbol's price. */
export const PLAIN_SANITY: PriceSanity = { factor: 3, confirm: 2 }

/** What is known of one instrument's price. */
export interface Trust {
  readonly price: Price
  /** A price in quarantine, and how many bars have confirmed it so far. */
  readonly doubted: { readonly price: Price; readonly confirmed: number } | null
}

/**
 * Trust after one more bar, whose price is positive and finite. The first price is trusted; a doubted one becomes trusted
 * once enough bars in a row were near it, and is forgotten as soon as one is near the trusted price again.
 */
export function trustAfter(before: Trust | undefined, price: Price, { factor, confirm }: PriceSanity): Trust {
  if (before === undefined || near(before.price, price, factor)) return { price, doubted: null }
  const { doubted } = before
  const again = doubted !== null && near(doubted.price, price, factor)
  const confirmed = again ? doubted.confirmed + 1 : 0
  if (again && confirmed >= confirm) return { price, doubted: null }
  return { price: before.price, doubted: { price, confirmed } }
}

/** Whether the step from one to the other made a doubted price the trusted one. */
export const confirms = (before: Trust | undefined, { price, doubted }: Trust, { factor }: PriceSanity): boolean =>
  before !== undefined && before.doubted !== null && doubted === null && !near(before.price, price, factor)

function near(a: Price, b: Price, factor: number): boolean {
  const most = decimalFromFloat(factor)
  return b.lte(a.times(most)) && a.lte(b.times(most))
}
