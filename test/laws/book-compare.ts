import { expect } from 'vitest'
import { type Book, cashOf, reservedCash, settledCash } from '#domain/book/book.js'
import { drawdown, spendableCash } from '#domain/book/evolve.js'
import { Decimal } from '#units/decimal.js'
import { type Fraction, type Model, micros, NAMES, sum, unitsOf, value } from './book-model.js'

const account = (book: Book, name: keyof Book['accounts']): bigint => micros(book.accounts[name] ?? new Decimal('0'))

/** `expect` alone takes most of the time of a hundred thousand comparisons. */
export function same<T>(actual: T, expected: T): void {
  if (actual !== expected) expect(actual).toBe(expected)
}

function compareAccounts(book: Book, model: Model): void {
  same(micros(cashOf(book)), model.cash)
  same(account(book, 'capital'), -model.deposited)
  same(account(book, 'realised'), -model.realised)
  same(account(book, 'fees'), model.fees)
  same(sum(Object.values(book.accounts).map((balance) => micros(balance!))), 0n)
  NAMES.forEach((id, name) => {
    const parcels = model.parcels[name]!
    const position = book.positions[id]
    same(position === undefined, unitsOf(model, name) === 0n)
    const lots = (position?.lots ?? []).map((lot) => [micros(lot.quantity) / 1000n, micros(lot.unitCost) / 10_000n])
    same(lots.join(';'), parcels.map(([units, cents]) => [units, cents]).join(';'))
    same(micros(position?.quantity ?? new Decimal('0')), unitsOf(model, name) * 1000n)
    const atCost = sum(parcels.map(([units, cents]) => value(units!, cents!, name)))
    same(account(book, `position:${id}`), atCost)
  })
}

function compareCash(book: Book, model: Model): void {
  const pending = model.pending.map((row) => row.amount)
  same(micros(settledCash(book)), model.cash - sum(pending))
  const reserved = sum([...model.reserved.values()])
  same(micros(reservedCash(book)), reserved)
  same(micros(spendableCash(book, true)), model.cash - reserved)
  same(micros(spendableCash(book, false)), model.cash - reserved - sum(pending.filter((row) => row > 0n)))
  same(new Set(book.unsettled.map((row) => `${row.settles} ${row.amount.isNegative()}`)).size, book.unsettled.length)
}

/** 34 digits an operation, at most 60 of them: 25 good digits are safe. */
const DIGITS = 25
const isAbout = (actual: Decimal, [top, bottom]: Fraction): boolean => {
  const expected = new Decimal(top.toString()).div(new Decimal(bottom.toString()))
  return actual
    .minus(expected)
    .abs()
    .lte(expected.abs().times(new Decimal('10').pow(-DIGITS)))
}

function compareNav(book: Book, model: Model): void {
  if (!model.sane) return
  same(isAbout(book.nav.highWaterPerUnit, model.peak), true)
  same(isAbout(book.nav.perUnit, model.growth), true)
  const [top, bottom] = [model.growth[0] * model.peak[1], model.growth[1] * model.peak[0]]
  const loss = top >= bottom ? 0 : 1 - new Decimal(top.toString()).div(bottom.toString()).toNumber()
  same(Math.abs(drawdown(book) - loss) < 1e-12, true)
}

/** Compares everything a book says with the books kept by hand. */
export function compareAll(book: Book, model: Model): void {
  compareAccounts(book, model)
  compareCash(book, model)
  compareNav(book, model)
}
