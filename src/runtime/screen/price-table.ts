import { type MarketView, type PriceFault, priceFault } from '#domain/market.js'
import { moderate } from '#domain/screen/bands.js'
import { nearFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import type { Price } from '#units/money.js'
import { grown } from './grown.js'

/** Where cash is valued: its price is 1 in every view. */
export const CASH = 0

/**
 * Prices of one view by a number for each instrument; NaN where a price may decide nothing. Looking at a view makes no
 * object and says which of them are others than before, or may be used that might not be, or no more.
 */
export class PriceTable {
  readonly #numbers = new Map<InstrumentId, number>()
  readonly #names: InstrumentId[] = ['' as InstrumentId]
  readonly #last: (Price | null)[] = [null]
  readonly #faults: (PriceFault | null)[] = [null]
  #prices = new Float64Array(64)
  #view: MarketView | null = null

  constructor() {
    this.#prices[CASH] = 1
  }

  /** Price by number. Another array once there are more instruments. */
  get prices(): Float64Array {
    return this.#prices
  }

  /** Numbers given so far, cash's among them. */
  get size(): number {
    return this.#names.length
  }

  /** The number of an instrument; a new one gets the next, and its price of the view looked at last. */
  numberOf(instrument: InstrumentId): number {
    const known = this.#numbers.get(instrument)
    if (known !== undefined) return known
    const number = this.#names.length
    this.#numbers.set(instrument, number)
    this.#names.push(instrument)
    this.#last.push(null)
    this.#faults.push('price_missing')
    this.#prices = grown(this.#prices, number + 1)
    this.#prices[number] = Number.NaN
    if (this.#view !== null) this.#take(number, this.#view)
    return number
  }

  /** Takes a view's prices; `changed` is called with the number of each that is another than before. */
  look(view: MarketView, changed: (number: number) => void): void {
    this.#view = view
    for (let number = CASH + 1; number < this.#names.length; number += 1) if (this.#take(number, view)) changed(number)
  }

  #take(number: number, view: MarketView): boolean {
    const quote = view.quotes[this.#names[number]!]
    const fault = priceFault(view, quote)
    const price = quote?.price ?? null
    const last = this.#last[number] ?? null
    // A price that is said again in the same figures costs a look; comparing figures would cost an object.
    if (fault === this.#faults[number] && price === last) return false
    this.#faults[number] = fault
    this.#last[number] = price
    this.#prices[number] = fault === null && price !== null ? moderate(nearFloat(price)) : Number.NaN
    return true
  }
}
