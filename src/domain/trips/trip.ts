import type { Decimal } from '#units/decimal.js'
import type { Instant } from '#units/time.js'
import type { MarketView } from '../market.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { RunStatus } from '../run.js'

/** What a trip may look at. */
export interface TripInput {
  readonly state: PortfolioState
  readonly at: Instant
  /** Null before the first prices. */
  readonly view: MarketView | null
  /** How runs ended, newest last, of those that began since somebody last let trading go on. */
  readonly ended: readonly RunStatus[]
  /** Value of a unit at the close of the session before; null when none was closed. */
  readonly unitAtClose: Decimal | null
}

/** A limit that was reached, with the figures that show it, as text. */
export interface Finding {
  readonly rule: string
  /** `warn` says so, `halt` stops trading. */
  readonly verdict: 'warn' | 'halt'
  readonly reason: string
  readonly figures: Readonly<Record<string, string>>
}

/** A rule that stops trading by itself: pure, total, one file each. */
export type Trip<Limits> = (limits: Limits, input: TripInput) => Finding | null
