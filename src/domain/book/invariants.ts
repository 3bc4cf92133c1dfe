import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, plus, total } from '#units/money.js'
import { remembered } from '#units/remembered.js'
import { type Account, type Book, cashOf, type Position } from './book.js'

type Rows<Row> = Readonly<Record<string, Row>>

/** Books that were found right. They are values: what was right is so for good. */
const sound = remembered<true>()

/** What a book follows when nothing is known of the one before it. */
const NOTHING = { accounts: {}, positions: {}, reservations: {}, tally: { units: {} } } as const

/**
 * Checks that a book agrees with what was booked: I1 (debits = credits; cash and positions equal the independent
 * tallies; lots sum to positions), I8 (no negative reservation) and I14 (every number finite).
 * Run on every entry in production. Source: design engine.md section 5.
 * After a book that was found right only the rows that are not the very same are looked at, whatever the step says that
 * it changed; all of a book when none is named that it follows. Cost  O(rows) comparisons of references, O(what changed) of numbers.
 * @throws InvariantBroken
 */
export function assertBook(book: Book, before?: Book): void {
  const known = before !== undefined && sound.of(before) === true ? before : NOTHING
  assertCash(book, known)
  assertPositions(book, known)
  for (const order of changed(known.reservations, book.reservations)) {
    const amount = book.reservations[order as keyof typeof book.reservations] ?? noMoney
    hold(amount.gte(noMoney), 'I8', () => `reservation of ${order} is ${amount}`)
  }
  hold(book.nav.perUnit.isFinite() && book.nav.units.isFinite(), 'I14', () => 'net asset value is not finite')
  sound.keep(book, true)
}

type Known = Pick<Book, 'accounts' | 'positions' | 'reservations'> & { readonly tally: Pick<Book['tally'], 'units'> }

/** Balances that sum to zero go on doing so when those that changed have the same sum as before. */
function assertCash(book: Book, before: Known): void {
  const { accounts, tally } = book
  const names = changed(before.accounts, accounts) as Account[]
  for (const name of names) {
    const balance = accounts[name] ?? noMoney
    hold(balance.isFinite(), 'I14', () => `account ${name} is ${balance}`)
  }
  const sum = (of: Book['accounts']): Money => total(names.map((name) => of[name] ?? noMoney))
  const differ = minus(sum(accounts), sum(before.accounts))
  hold(differ.isZero(), 'I1', () => `debits and credits differ by ${differ}`)
  const traded = minus(minus(plus(tally.deposited, tally.sold), tally.bought), tally.fees)
  const expected = plus(traded, tally.adjusted ?? noMoney)
  hold(cashOf(book).eq(expected), 'I1', () => `cash ${cashOf(book)} but deposits and fills make ${expected}`)
}

function assertPositions({ positions, tally: { units } }: Book, before: Known): void {
  const names = changed(before.positions, positions).concat(changed(before.tally.units, units))
  for (const name of new Set(names as InstrumentId[])) assertPosition(name, positions[name], units[name] ?? noQuantity)
}

function assertPosition(name: InstrumentId, position: Position | undefined, filled: Position['quantity']): void {
  const held = position?.quantity ?? noQuantity
  hold(held.isFinite(), 'I14', () => `${name} quantity is ${held}`)
  hold(held.eq(filled), 'I1', () => `${name} holds ${held} but fills make ${filled}`)
  const lots = (position?.lots ?? []).reduce((sum, lot) => plus(sum, lot.quantity), noQuantity)
  hold(lots.eq(held), 'I1', () => `${name} lots sum to ${lots}, position is ${held}`)
}

/** Keys whose rows are not the very same in both. */
function changed<Row>(before: Rows<Row | undefined>, after: Rows<Row | undefined>): string[] {
  if (before === after) return []
  const keys: string[] = []
  for (const key in after) if (after[key] !== before[key]) keys.push(key)
  for (const key in before) if (!Object.hasOwn(after, key)) keys.push(key)
  return keys
}
