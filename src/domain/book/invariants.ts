import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, plus, total } from '#units/money.js'
import { type Account, type Book, cashOf } from './book.js'

/**
 * Checks that a book agrees with what was booked: I1 (debits = credits; cash and positions equal the independent
 * tallies; lots sum to positions), I8 (no negative reservation) and I14 (every number finite).
 * Run on every entry in production. Source: design engine.md section 5. Cost O(positions + lots).
 * @throws InvariantBroken
 */
export function assertBook(book: Book): void {
  const { tally } = book
  for (const [account, balance] of Object.entries(book.accounts) as [Account, Money][])
    hold(balance.isFinite(), 'I14', () => `account ${account} is ${balance}`)
  const sum = total(Object.values(book.accounts) as Money[])
  hold(sum.isZero(), 'I1', () => `debits and credits differ by ${sum}`)
  const traded = minus(minus(plus(tally.deposited, tally.sold), tally.bought), tally.fees)
  const expected = plus(traded, tally.adjusted ?? noMoney)
  hold(cashOf(book).eq(expected), 'I1', () => `cash ${cashOf(book)} but deposits and fills make ${expected}`)
  const names = new Set([...Object.keys(book.positions), ...Object.keys(tally.units)]) as Set<InstrumentId>
  for (const name of names) {
    const position = book.positions[name]
    const held = position?.quantity ?? noQuantity
    const filled = tally.units[name] ?? noQuantity
    hold(held.isFinite(), 'I14', () => `${name} quantity is ${held}`)
    hold(held.eq(filled), 'I1', () => `${name} holds ${held} but fills make ${filled}`)
    const lots = (position?.lots ?? []).reduce((units, lot) => plus(units, lot.quantity), noQuantity)
    hold(lots.eq(held), 'I1', () => `${name} lots sum to ${lots}, position is ${held}`)
  }
  for (const [order, amount] of Object.entries(book.reservations))
    hold(amount.gte(noMoney), 'I8', () => `reservation of ${order} is ${amount}`)
  hold(book.nav.perUnit.isFinite() && book.nav.units.isFinite(), 'I14', () => 'net asset value is not finite')
}
