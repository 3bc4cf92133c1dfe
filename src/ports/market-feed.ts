import type { TradedBar } from '#domain/liquidity/estimate.js'
import type { BarSize } from '#domain/market.js'
import type { InstrumentId } from '#units/ids.js'
import type { Instant, SessionDate } from '#units/time.js'

/** All closes of one session; an instrument without a valid price that session is absent. */
export interface SessionBars {
  readonly session: SessionDate
  /** When the session's bars closed. */
  readonly at: Instant
  /** Close as decimal text, exactly as the source wrote it (adjusted for splits and dividends where it says so). */
  readonly closes: Readonly<Record<InstrumentId, string>>
  /** What was traded of each instrument; absent where the source does not say. */
  readonly traded?: Readonly<Record<InstrumentId, TradedBar>>
}

/** Why a price was left out. It is never replaced by zero or by an older one. */
export type DropReason =
  /** The row cannot be read: a cell too many or too few, no date, no instrument name. */
  | 'malformed'
  | 'empty'
  /** Not plain decimal notation: `NaN`, `inf`, words, exponents, thousands separators. */
  | 'not_a_number'
  | 'not_positive'
  /** The first price of a session stands. */
  | 'duplicate'
  /** Of an earlier session than the one before it. */
  | 'out_of_order'
  /** Too far from the last trusted price, and not confirmed by further bars yet. */
  | 'jump'

/** A row or cell that was dropped; `where` is its place in the source (`line 12 MSFT`, `2020-01-02 MSFT`). */
export interface DroppedPrice {
  readonly reason: DropReason
  readonly where: string
}

/** Historical bars in session order, and what had to be dropped to get them. */
export interface PriceHistory {
  readonly barSize: BarSize
  readonly instruments: readonly InstrumentId[]
  readonly sessions: readonly SessionBars[]
  readonly dropped: readonly DroppedPrice[]
}
