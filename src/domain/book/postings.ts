import type { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, negated, type Price, plus, type Quantity, worth } from '#units/money.js'
import type { Account } from './book.js'
import type { Execution } from './events.js'
import type { LotChange } from './lots.js'

/** One side of a double entry: debit positive. */
export interface Posting {
  readonly account: Account
  readonly amount: Money
}

/** The ledger account that carries an instrument at cost. */
export const positionAccount = (instrument: InstrumentId): Account => `position:${instrument}`

/** Units bought (positive) or sold (negative). */
export const signedQuantity = (execution: Execution): Quantity =>
  execution.side === 'buy' ? execution.quantity : negated(execution.quantity)

/** Cash in (positive) or out of an execution, fee included. */
export const cashFlow = (execution: Execution, multiplier: Decimal): Money =>
  negated(plus(worth(signedQuantity(execution), execution.price as Price, multiplier), execution.fee))

/** Deposit (or negative withdrawal): cash against capital. */
export const depositPostings = (amount: Money): readonly Posting[] => [
  { account: 'cash', amount },
  { account: 'capital', amount: negated(amount) },
]

/**
 * An execution: cash, position at cost, realised profit (credit) or loss (debit), fees. The four sum to zero.
 * Source: design engine.md section 4.
 */
export function fillPostings(execution: Execution, multiplier: Decimal, change: LotChange): readonly Posting[] {
  const traded = worth(signedQuantity(execution), execution.price, multiplier)
  const atCost = minus(change.openedCost, change.closedCost)
  return [
    { account: 'cash', amount: cashFlow(execution, multiplier) },
    { account: positionAccount(execution.instrument), amount: atCost },
    { account: 'realised', amount: minus(traded, atCost) },
    { account: 'fees', amount: execution.fee },
  ]
}

/**
 * An execution taken back: its cash and fee return, the position moves by `atCost` to the lots it has without it, and
 * realised profit takes the rest, that of later trades which closed other lots than they now would have included.
 */
export function bustPostings(execution: Execution, multiplier: Decimal, atCost: Money): readonly Posting[] {
  const flow = cashFlow(execution, multiplier)
  return [
    { account: 'cash', amount: negated(flow) },
    { account: positionAccount(execution.instrument), amount: atCost },
    { account: 'realised', amount: minus(plus(flow, execution.fee), atCost) },
    { account: 'fees', amount: negated(execution.fee) },
  ]
}
