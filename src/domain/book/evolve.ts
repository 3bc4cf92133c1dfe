import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, magnitude, minus, negated, noMoney, noQuantity, plus, total, worth } from '#units/money.js'
import { withRows } from '#units/rows.js'
import type { SessionDate } from '#units/time.js'
import { adjust } from './adjust.js'
import type { Book, Nav, PendingSettlement, Position, Tally } from './book.js'
import type { BookFact } from './events.js'
import { assertBook } from './invariants.js'
import { costOf, flat, positionAfter, trade } from './lots.js'
import { post } from './post.js'
import { bustPostings, cashFlow, depositPostings, fillPostings, signedQuantity } from './postings.js'

const ONE = new Decimal('1')
const NONE = new Decimal('0')

/** Books with nothing in them. */
export function openBook(currency: string): Book {
  return {
    currency,
    accounts: {},
    positions: {},
    unsettled: [],
    reservations: {},
    nav: { units: NONE, perUnit: ONE, highWaterPerUnit: ONE, markedAt: null, markedSession: null, equity: noMoney },
    tally: { deposited: noMoney, bought: noMoney, sold: noMoney, fees: noMoney, fills: 0, units: {} },
  }
}

/**
 * The books after a fact. Pure fold; never refuses (a fact happened), but checks the ledger's invariants after it.
 * @throws InvariantBroken when the result breaks I1, I8 or I14.
 */
export function evolve(book: Book, fact: BookFact): Book {
  const next = apply(book, fact)
  assertBook(next, book)
  return next
}

function apply(book: Book, fact: BookFact): Book {
  switch (fact.type) {
    case 'deposited':
      return deposit(book, fact.amount, fact.equityBefore)
    case 'filled':
      return fill(book, fact)
    case 'busted':
      return bust(book, fact)
    case 'adjusted':
      return adjust(book, fact)
    case 'reserved':
      return { ...book, reservations: withRows(book.reservations, [[fact.orderId, fact.amount]]) }
    case 'released':
      return { ...book, reservations: withRows(book.reservations, [[fact.orderId, null]]) }
    case 'marked':
      return mark(book, fact)
    case 'markReset':
      return { ...book, nav: { ...book.nav, highWaterPerUnit: unitValueAt(book.nav, fact.equity) } }
  }
}

function deposit(book: Book, amount: Money, equityBefore: Money): Book {
  const { nav, tally } = book
  return {
    ...book,
    accounts: post(book, depositPostings(amount)),
    nav: flowed(nav, amount, equityBefore),
    tally: { ...tally, deposited: plus(tally.deposited, amount) },
  }
}

/** Units bought or sold at the value before; all of them when nothing is left, a series from 1 when one is worth nothing. */
function flowed(nav: Nav, amount: Money, equityBefore: Money): Nav {
  const equity = plus(equityBefore, amount)
  const perUnit = nav.units.isZero() || equityBefore.lte(0) ? nav.perUnit : equityBefore.div(nav.units)
  if (equity.isZero()) return { ...nav, perUnit, units: NONE, equity }
  if (perUnit.lte(0)) return { ...nav, perUnit: ONE, highWaterPerUnit: ONE, units: equity, equity }
  return { ...nav, perUnit, units: nav.units.plus(amount.div(perUnit)), equity }
}

function fill(book: Book, fact: Extract<BookFact, { type: 'filled' }>): Book {
  const { execution } = fact
  const { instrument } = execution
  const multiplier = new Decimal(fact.multiplier)
  const change = trade(
    book.positions[instrument] ?? flat,
    signedQuantity(execution),
    execution.price,
    multiplier,
    execution.session,
  )
  return {
    ...book,
    accounts: post(book, fillPostings(execution, multiplier, change)),
    positions: held(book.positions, instrument, change.position),
    unsettled: pend(book.unsettled, cashFlow(execution, multiplier), fact.settles, execution.session),
    tally: tallied(book.tally, fact),
  }
}

function bust(book: Book, fact: Extract<BookFact, { type: 'busted' }>): Book {
  const { execution, trades } = fact
  const { instrument } = execution
  const multiplier = new Decimal(fact.multiplier)
  const position = positionAfter(trades)
  const atCost = minus(costOf(position, multiplier), costOf(book.positions[instrument] ?? flat, multiplier))
  return {
    ...book,
    accounts: post(book, bustPostings(execution, multiplier, atCost)),
    positions: held(book.positions, instrument, position),
    unsettled: unpend(book.unsettled, cashFlow(execution, multiplier), fact.settles),
    tally: untallied(book.tally, fact),
  }
}

/** The positions with one as it is now; one of no units is none. */
const held = (positions: Book['positions'], instrument: InstrumentId, position: Position): Book['positions'] =>
  withRows(positions, [[instrument, position.quantity.isZero() ? null : position]])

function tallied(tally: Tally, fact: Extract<BookFact, { type: 'filled' }>): Tally {
  const { execution } = fact
  const { instrument } = execution
  const value = worth(execution.quantity, execution.price, new Decimal(fact.multiplier))
  const units = plus(tally.units[instrument] ?? noQuantity, signedQuantity(execution))
  return {
    ...tally,
    bought: execution.side === 'buy' ? plus(tally.bought, value) : tally.bought,
    sold: execution.side === 'sell' ? plus(tally.sold, value) : tally.sold,
    fees: plus(tally.fees, execution.fee),
    fills: tally.fills + 1,
    units: withRows(tally.units, [[instrument, units.isZero() ? null : units]]),
  }
}

function untallied(tally: Tally, fact: Pick<Extract<BookFact, { type: 'busted' }>, 'execution' | 'multiplier'>): Tally {
  const { execution } = fact
  const { instrument } = execution
  const value = worth(execution.quantity, execution.price, new Decimal(fact.multiplier))
  const units = minus(tally.units[instrument] ?? noQuantity, signedQuantity(execution))
  return {
    ...tally,
    bought: execution.side === 'buy' ? minus(tally.bought, value) : tally.bought,
    sold: execution.side === 'sell' ? minus(tally.sold, value) : tally.sold,
    fees: minus(tally.fees, execution.fee),
    fills: tally.fills - 1,
    units: withRows(tally.units, [[instrument, units.isZero() ? null : units]]),
  }
}

function pend(
  rows: readonly PendingSettlement[],
  amount: Money,
  settles: SessionDate,
  session: SessionDate,
): readonly PendingSettlement[] {
  // Nothing is nothing to wait for; and a zero has a sign in memory but none on disk.
  if (settles <= session || amount.isZero()) return rows
  const same = rows.find((row) => row.settles === settles && row.amount.isNegative() === amount.isNegative())
  if (same === undefined) return [...rows, { amount, settles }]
  return rows.map((row) => (row === same ? { ...row, amount: plus(row.amount, amount) } : row))
}

/** Takes an amount out of what waits to settle; what has settled meanwhile is cash that goes at once. */
function unpend(rows: readonly PendingSettlement[], amount: Money, settles: SessionDate): readonly PendingSettlement[] {
  const row = rows.find((one) => one.settles === settles && one.amount.isNegative() === amount.isNegative())
  if (row === undefined || magnitude(row.amount).lt(magnitude(amount))) return rows
  const left = minus(row.amount, amount)
  return left.isZero()
    ? rows.filter((one) => one !== row)
    : rows.map((one) => (one === row ? { ...one, amount: left } : one))
}

function mark(book: Book, fact: Extract<BookFact, { type: 'marked' }>): Book {
  const { nav } = book
  const perUnit = unitValueAt(nav, fact.equity)
  const marked: Nav = {
    units: nav.units,
    perUnit,
    highWaterPerUnit: Decimal.max(nav.highWaterPerUnit, perUnit),
    markedAt: fact.at,
    markedSession: fact.session,
    equity: fact.equity,
  }
  return { ...book, nav: marked, unsettled: book.unsettled.filter((row) => row.settles > fact.session) }
}

/** Loss from the flow-adjusted high-water mark as a fraction of it, ≥ 0, at the last measurement. */
export const drawdown = ({ nav }: Book): number => lossFrom(nav, nav.perUnit)

/** The same with equity as it is now: flows buy and sell units at their value, so they leave it where it was. */
export const drawdownAt = ({ nav }: Book, equity: Money): number => lossFrom(nav, unitValueAt(nav, equity))

/** What a unit is worth at such an equity; as it was last measured where there are none. */
export const unitValueAt = ({ units, perUnit }: Nav, equity: Money): Decimal =>
  units.isZero() ? perUnit : equity.div(units)

const lossFrom = ({ highWaterPerUnit }: Nav, unit: Decimal): number =>
  Decimal.max(NONE, ONE.minus(unit.div(highWaterPerUnit))).toNumber()

/** Cash a new buy may be promised: posted cash less reservations, less unsettled proceeds unless they may be used. */
export function spendableCash(book: Book, allowUnsettled: boolean): Money {
  const proceeds = total(book.unsettled.map((row) => row.amount).filter((amount) => amount.isPositive()))
  const held = plus(total(Object.values(book.reservations)), allowUnsettled ? noMoney : proceeds)
  return plus(book.accounts.cash ?? noMoney, negated(held))
}
