import type { Decimal } from '#units/decimal.js'
import type { InstrumentId, OrderId } from '#units/ids.js'
import { type Money, minus, noMoney, type Price, type Quantity, total } from '#units/money.js'
import type { Instant, SessionDate } from '#units/time.js'

/** One parcel of a position, opened by one fill; a negative quantity is a short parcel. */
export interface Lot {
  readonly quantity: Quantity
  readonly unitCost: Price
  readonly opened: SessionDate
}

/** Units held of one instrument and the lots they came in, oldest first. Σ lot quantity = quantity. */
export interface Position {
  readonly quantity: Quantity
  readonly lots: readonly Lot[]
}

/** Sale proceeds or purchase costs (negative) that reach the settled cash on a later date. */
export interface PendingSettlement {
  readonly amount: Money
  readonly settles: SessionDate
}

/** Unitised value: deposits buy units, withdrawals sell them, so the high-water mark ignores flows. */
export interface Nav {
  readonly units: Decimal
  readonly perUnit: Decimal
  readonly highWaterPerUnit: Decimal
  readonly markedAt: Instant | null
  readonly markedSession: SessionDate | null
  readonly equity: Money
}

/** Independent running sums of what was booked; invariant I1 compares the ledger with them. */
export interface Tally {
  readonly deposited: Money
  readonly bought: Money
  readonly sold: Money
  readonly fees: Money
  /** Cash and fees that adjustments booked; absent before the first. */
  readonly adjusted?: Money
  readonly fills: number
  /** Units by fills and adjustments. */
  readonly units: Readonly<Record<InstrumentId, Quantity>>
}

/** A ledger account: `cash`, `capital`, `realised`, `fees`, `adjustments` or `position:<instrument>` (at cost). */
export type Account = 'cash' | 'capital' | 'realised' | 'fees' | 'adjustments' | `position:${string}`

/** The portfolio's books: a fold of facts, never edited in place. */
export interface Book {
  readonly currency: string
  /** Double-entry balances, debit positive; they sum to zero. */
  readonly accounts: Readonly<Partial<Record<Account, Money>>>
  readonly positions: Readonly<Record<InstrumentId, Position>>
  /** Cash already in `accounts.cash` that has not settled yet. */
  readonly unsettled: readonly PendingSettlement[]
  /** Cash promised to open buy orders; separate from what is posted. */
  readonly reservations: Readonly<Record<OrderId, Money>>
  readonly nav: Nav
  readonly tally: Tally
}

/** Posted cash, settled or not. */
export const cashOf = (book: Book): Money => book.accounts.cash ?? noMoney

/** Cash that has reached the account: posted less what is still to settle (negative pending amounts count against it). */
export const settledCash = (book: Book): Money => minus(cashOf(book), total(book.unsettled.map((row) => row.amount)))

/** Cash promised to open orders. */
export const reservedCash = (book: Book): Money => total(Object.values(book.reservations))
