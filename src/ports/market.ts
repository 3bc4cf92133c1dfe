import type { MarketView } from '#domain/market.js'
import type { Instant } from '#units/time.js'
import type { SessionBars } from './market-feed.js'

/** What the engine can see of the market: the latest prices, and the bars that led to them. */
export interface Market {
  /** Every instrument's latest price as of `at`. */
  view(at: Instant): MarketView
  /** The last `count` sessions that closed at or before `at`, oldest first. */
  sessions(at: Instant, count: number): readonly SessionBars[]
}
