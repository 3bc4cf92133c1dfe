import type { InstrumentId } from '#units/ids.js'
import type { Price } from '#units/money.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { Instant, SessionDate } from '#units/time.js'

/** How often a feed's bars close; it sets the age a price may have. */
export type BarSize = '1m' | '1d' | '1mo'

/** The latest known price of one instrument. */
export interface Quote {
  readonly price: Price
  /** When the bar closed or the quote was made. */
  readonly at: Instant
  /** Sessions of this bar size that have closed since without a price for this instrument; 0 is current. */
  readonly sessionsOld: number
  /** Why the newest price of this instrument is not believed, in words; `price` is the last one that was. */
  readonly doubt?: string
}

/** One frozen look at the market; what every decision of a pulse sees. */
export interface MarketView {
  readonly at: Instant
  readonly session: SessionDate
  readonly barSize: BarSize
  readonly quotes: Readonly<Record<InstrumentId, Quote>>
}

/** The longest a price may be trusted by the wall clock: one session of its bar size, weekends and holidays included. */
const AGE_BUDGET_MS: Readonly<Record<BarSize, number>> = {
  '1m': 60_000,
  '1d': 4 * 86_400_000,
  '1mo': 35 * 86_400_000,
}

/** Sessions a price may lag behind its feed: one (design domain.md section 9, price-collar). */
const AGE_BUDGET_SESSIONS = 1

/**
 * The price a decision at `view.at` may use.
 * Refuses `price_missing`, `price_invalid` (zero, negative, non-finite), `price_doubted` (its newest is in quarantine) and `price_stale` (older than one session
 * of its bar size, by the feed's session count or by the clock). A missing price is never taken as zero.
 */
export function freshPrice(view: MarketView, instrument: InstrumentId): Outcome<Price> {
  const quote = view.quotes[instrument]
  if (quote === undefined) return refuse('price_missing', `${instrument} has no price`)
  if (!quote.price.isFinite() || quote.price.lte(0))
    return refuse('price_invalid', `${instrument} has the price ${quote.price.toString()}`)
  if (quote.doubt !== undefined) return refuse('price_doubted', `${instrument} ${quote.doubt}`)
  const age = view.at - quote.at
  if (quote.sessionsOld > AGE_BUDGET_SESSIONS || age > AGE_BUDGET_MS[view.barSize])
    return refuse(
      'price_stale',
      `${instrument} was last priced ${quote.sessionsOld} sessions (${Math.round(age / 1000)} s) ago, ` +
        `more than one ${view.barSize} session`,
    )
  return accept(quote.price)
}
