import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, negated, noMoney, noQuantity, plus, type Quantity, total } from '#units/money.js'
import type { Book, Position } from './book.js'
import type { BookFact } from './events.js'
import { flat, trade } from './lots.js'
import { post } from './post.js'
import { type Posting, positionAccount } from './postings.js'

/**
 * Books what brings an account into agreement: units at the price given, or out of the oldest lots at what they cost;
 * cash; fees. All of it against `adjustments`, so that debits stay credits and no profit is made of it.
 */
export function adjust(book: Book, fact: Extract<BookFact, { type: 'adjusted' }>): Book {
  const { positions: changes, cash, fees } = fact.adjustment
  const positions: Record<InstrumentId, Position> = { ...book.positions }
  const units: Record<InstrumentId, Quantity> = { ...book.tally.units }
  const postings: Posting[] = [
    { account: 'cash', amount: cash },
    { account: 'fees', amount: fees },
  ]
  for (const { instrument, quantity, price } of changes) {
    const multiplier = new Decimal(fact.multipliers[instrument] ?? '1')
    const change = trade(positions[instrument] ?? flat, quantity, price, multiplier, fact.session)
    postings.push({ account: positionAccount(instrument), amount: minus(change.openedCost, change.closedCost) })
    kept(positions, instrument, change.position, change.position.quantity)
    const counted = plus(units[instrument] ?? noQuantity, quantity)
    kept(units, instrument, counted, counted)
  }
  const against: Money = negated(total(postings.map(({ amount }) => amount)))
  const adjusted = plus(book.tally.adjusted ?? noMoney, plus(cash, fees))
  return {
    ...book,
    accounts: post(book, [...postings, { account: 'adjustments', amount: against }]),
    positions,
    tally: { ...book.tally, fees: plus(book.tally.fees, fees), adjusted, units },
  }
}

/** What has no units is not there. */
function kept<T>(record: Record<InstrumentId, T>, instrument: InstrumentId, value: T, units: Quantity): void {
  if (units.isZero()) delete record[instrument]
  else record[instrument] = value
}
