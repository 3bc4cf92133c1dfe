import type { InstrumentId } from '#units/ids.js'
import type { Price } from '#units/money.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { Liquidities } from './liquidity/liquidity.js'

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
  /** What bars show of how much is traded; absent where nobody asks, or no feed says. */
  readonly liquidity?: Liquidities
}

/** The longest a price may be trusted by the wall clock: one session of its bar size, weekends and holidays included. */
const AGE_BUDGET_MS: Readonly<Record<BarSize, number>> = {
  '1m': 60_000,
  '1d': 4 * 86_400_000,
  '1mo': 35 * 86_400_000,
}

/** Sessions a price may lag behind its feed: one (design domain.md section 9, price-collar). */
const AGE_BUDGET_SESSIONS = 1

/** Why a quote decides nothing. */
export type PriceFault = 'price_missing' | 'price_invalid' | 'price_doubted' | 'price_stale'

/** What keeps a quote of this view from deciding anything, null when nothing does; it makes no object. See {@link freshPrice}. */
export function priceFault(view: MarketView, quote: Quote | undefined): PriceFault | null {
  if (quote === undefined) return 'price_missing'
  const { price } = quote
  if (!price.isFinite() || price.isZero() || price.isNegative()) return 'price_invalid'
  if (quote.doubt !== undefined) return 'price_doubted'
  const old = quote.sessionsOld > AGE_BUDGET_SESSIONS || view.at - quote.at > AGE_BUDGET_MS[view.barSize]
  return old ? 'price_stale' : null
}

/**
 * The price a decision at `view.at` may use.
 * Refuses `price_missing`, `price_invalid` (zero, negative, non-finite), `price_doubted` (its newest is in quarantine) and `price_stale` (older than one session
 * of its bar size, by the feed's session count or by the clock). A missing price is never taken as zero.
 */
export function freshPrice(view: MarketView, instrument: InstrumentId): Outcome<Price> {
  const quote = view.quotes[instrument]
  const fault = priceFault(view, quote)
  if (quote === undefined || fault === 'price_missing') return refuse('price_missing', `${instrument} has no price`)
  if (fault === null) return accept(quote.price)
  return refuse(fault, `${instrument} ${whatIsWrong(fault, quote, view)}`)
}

function whatIsWrong(fault: PriceFault, { price, doubt, at, sessionsOld }: Quote, view: MarketView): string {
  if (fault === 'price_invalid') return `has the price ${price.toString()}`
  if (fault === 'price_doubted') return String(doubt)
  const seconds = Math.round((view.at - at) / 1000)
  return `was last priced ${sessionsOld} sessions (${seconds} s) ago, more than one ${view.barSize} session`
}
