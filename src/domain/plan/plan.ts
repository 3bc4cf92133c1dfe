import type { InstrumentId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'
import type { Side } from '../book/events.js'
import type { CostEstimate } from '../cost/model.js'

/** One intended trade. Its id is `<side>-<instrument>`: a plan has at most one leg a side and instrument. */
export interface Leg {
  readonly id: string
  readonly instrument: InstrumentId
  readonly side: Side
  /** Positive, a whole number of lots. */
  readonly quantity: Quantity
  /** Decision price. */
  readonly arrival: Price
  /** Collared limit price on the tick grid. */
  readonly limit: Price
  /** quantity × arrival × multiplier, positive. */
  readonly value: Money
  readonly heldWeight: number
  readonly targetWeight: number
  readonly cost: CostEstimate
}

/** Why a leg was left out of the plan. */
export type SkipReason =
  | 'below_min_order'
  | 'below_lot'
  | 'frozen'
  | 'not_shortable'
  | 'governed'
  | 'no_cash'
  | 'exhausted'

/** A trade not made, with the gap to target it leaves (signed: target − held, after the plan). */
export interface SkippedLeg {
  readonly instrument: InstrumentId
  readonly side: Side
  readonly reason: SkipReason
  readonly detail: string
  readonly residualWeight: number
}

/** The trades that take the book to its targets, sells first. */
export interface Plan {
  readonly legs: readonly Leg[]
  readonly skipped: readonly SkippedLeg[]
  readonly equity: Money
  /** max(Σ buys, Σ sells) / equity: one-way. */
  readonly turnover: number
  readonly cost: CostEstimate
  /** SHA-256 of the canonical legs: what an approval names. */
  readonly hash: string
}
