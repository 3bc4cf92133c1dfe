import type { ExecutionId, InstrumentId, OrderId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { LotTrade } from './lots.js'

/** Buy or sell. */
export type Side = 'buy' | 'sell'

/** One execution at a venue, as it reports it. `quantity` is positive; `fee` ≥ 0. */
export interface Execution {
  readonly id: ExecutionId
  readonly orderId: OrderId
  readonly instrument: InstrumentId
  readonly side: Side
  readonly quantity: Quantity
  readonly price: Price
  readonly fee: Money
  readonly at: Instant
  readonly session: SessionDate
  readonly venue: string
}

/** A venue took an execution back: from then on it counts as if it had never happened. */
export interface Bust {
  readonly executionId: ExecutionId
  readonly orderId: OrderId
  readonly reason: string
  readonly at: Instant
}

/** Units that an adjustment adds (positive) or takes away, and what those added are taken to have cost. */
export interface AdjustedUnits {
  readonly instrument: InstrumentId
  readonly quantity: Quantity
  readonly price: Price
}

/** What brings books into agreement with an account; all amounts signed. */
export interface Adjustment {
  readonly positions: readonly AdjustedUnits[]
  readonly cash: Money
  readonly fees: Money
  /** Orders and executions whose difference is settled with it and no difference any more. */
  readonly settled: readonly string[]
  /** Digests of what the gateway has of settled executions that are other ones with us; absent when there are none. */
  readonly contents?: Readonly<Record<string, string>>
}

/** A fact about the books. Facts are never refused: they happened. */
export type BookFact =
  /** Cash in (positive) or out (negative); `equityBefore` prices the units it buys or sells. */
  | { readonly type: 'deposited'; readonly amount: Money; readonly equityBefore: Money; readonly at: Instant }
  /** `multiplier` and `settles` come from the instrument's spec. */
  | {
      readonly type: 'filled'
      readonly execution: Execution
      readonly multiplier: string
      readonly settles: SessionDate
    }
  /**
   * A booked execution was taken back. `trades` are those the instrument's lots consist of without it, oldest first:
   * what was sold first since may have been another lot.
   */
  | {
      readonly type: 'busted'
      readonly execution: Execution
      readonly multiplier: string
      readonly settles: SessionDate
      readonly trades: readonly LotTrade[]
    }
  /** `multipliers` come from the instruments' specs. */
  | {
      readonly type: 'adjusted'
      readonly adjustment: Adjustment
      readonly multipliers: Readonly<Record<InstrumentId, string>>
      readonly session: SessionDate
    }
  | { readonly type: 'reserved'; readonly orderId: OrderId; readonly amount: Money }
  | { readonly type: 'released'; readonly orderId: OrderId }
  /** A session's closing valuation; also settles what is due on or before `session`. */
  | { readonly type: 'marked'; readonly session: SessionDate; readonly at: Instant; readonly equity: Money }
  /** The high-water mark is given up for what a unit is worth at an equity, which must be positive. */
  | { readonly type: 'markReset'; readonly equity: Money }
