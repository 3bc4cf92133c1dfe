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
}

/** A row or cell that was dropped, and why: `malformed`, `not_a_number`, `not_positive`, `duplicate`, `out_of_order`. */
export interface DroppedPrice {
  readonly reason: string
  readonly where: string
}

/** Historical bars in session order, and what had to be dropped to get them. */
export interface PriceHistory {
  readonly barSize: BarSize
  readonly instruments: readonly InstrumentId[]
  readonly sessions: readonly SessionBars[]
  readonly dropped: readonly DroppedPrice[]
}
