import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, plus, type Quantity, total } from '#units/money.js'
import { remembered } from '#units/remembered.js'
import { type Account, type Book, cashOf, type Position, type Tally } from './book.js'

// Books are values: what was found right is so for good, and most of a book is the part of the one before it.
/** Accounts and the tally that they were found to agree with. */
const balanced = remembered<Tally>()
/** Positions and the units that they were found to sum to; and each of them, of its instrument. */
const counted = remembered<Tally['units']>()
const proven = remembered<Quantity>()

/**
 * Checks that a book agrees with what was booked: I1 (debits = credits; cash and positions equal the independent
 * tallies; lots sum to positions), I8 (no negative reservation) and I14 (every number finite).
 * Run on every entry in production. Source: design engine.md section 5.
 * Cost  O(what changed), O(positions + lots) for a book that was never seen.
 * @throws InvariantBroken
 */
export function assertBook(book: Book): void {
  assertCash(book)
  assertPositions(book)
  for (const [order, amount] of Object.entries(book.reservations))
    hold(amount.gte(noMoney), 'I8', () => `reservation of ${order} is ${amount}`)
  hold(book.nav.perUnit.isFinite() && book.nav.units.isFinite(), 'I14', () => 'net asset value is not finite')
}

function assertCash(book: Book): void {
  const { accounts, tally } = book
  if (balanced.of(accounts) === tally) return
  for (const [account, balance] of Object.entries(accounts) as [Account, Money][])
    hold(balance.isFinite(), 'I14', () => `account ${account} is ${balance}`)
  const sum = total(Object.values(accounts) as Money[])
  hold(sum.isZero(), 'I1', () => `debits and credits differ by ${sum}`)
  const traded = minus(minus(plus(tally.deposited, tally.sold), tally.bought), tally.fees)
  const expected = plus(traded, tally.adjusted ?? noMoney)
  hold(cashOf(book).eq(expected), 'I1', () => `cash ${cashOf(book)} but deposits and fills make ${expected}`)
  balanced.keep(accounts, tally)
}

function assertPositions({ positions, tally: { units } }: Book): void {
  if (counted.of(positions) === units) return
  const names = new Set([...Object.keys(positions), ...Object.keys(units)]) as Set<InstrumentId>
  for (const name of names) assertPosition(name, positions[name], units[name] ?? noQuantity)
  counted.keep(positions, units)
}

function assertPosition(name: InstrumentId, position: Position | undefined, filled: Quantity): void {
  if (position !== undefined && proven.of(position) === filled) return
  const held = position?.quantity ?? noQuantity
  hold(held.isFinite(), 'I14', () => `${name} quantity is ${held}`)
  hold(held.eq(filled), 'I1', () => `${name} holds ${held} but fills make ${filled}`)
  const lots = (position?.lots ?? []).reduce((sum, lot) => plus(sum, lot.quantity), noQuantity)
  hold(lots.eq(held), 'I1', () => `${name} lots sum to ${lots}, position is ${held}`)
  if (position !== undefined) proven.keep(position, filled)
}
