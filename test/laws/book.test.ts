import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Book, cashOf, reservedCash, settledCash } from '#domain/book/book.js'
import type { BookFact } from '#domain/book/events.js'
import { drawdown, evolve, openBook, spendableCash } from '#domain/book/evolve.js'
import { decode, encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { money } from '#units/money.js'
import { instant } from '#units/time.js'
import {
  act,
  amount,
  commands,
  dateOf,
  empty,
  equityOf,
  type Fraction,
  type Model,
  micros,
  NAMES,
  sum,
  text,
  unitsOf,
  value,
} from './book-model.js'

const account = (book: Book, name: keyof Book['accounts']): bigint => micros(book.accounts[name] ?? new Decimal('0'))

/** `expect` alone takes most of the time of a hundred thousand comparisons. */
function same<T>(actual: T, expected: T): void {
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
    same(lots.join(';'), parcels.join(';'))
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

function compareAll(book: Book, model: Model): void {
  compareAccounts(book, model)
  compareCash(book, model)
  compareNav(book, model)
}

const RUNS = { numRuns: 2_000, maxSkipsPerRun: 0 }
const sequences = fc.array(commands, { minLength: 1, maxLength: 60, size: 'max' })

describe('laws of the book', () => {
  it('agree with books kept by hand after every command', () => {
    let trades = 0
    let saneMarks = 0
    fc.assert(
      fc.property(sequences, (list) => {
        const model = empty()
        let book = openBook('USD')
        list.forEach((command, step) => {
          const fact = act(model, command, step)
          if (fact === null) return
          book = evolve(book, fact)
          if (fact.type === 'filled') trades += 1
          if (fact.type === 'marked' && model.sane) saneMarks += 1
          compareAll(book, model)
        })
      }),
      RUNS,
    )
    expect(trades).toBeGreaterThan(10_000)
    expect(saneMarks).toBeGreaterThan(1_000)
  })

  it('give the same bytes whether or not the book was written and read back on the way', () => {
    fc.assert(
      fc.property(sequences, (list) => {
        const model = empty()
        let live = openBook('USD')
        let stored = openBook('USD')
        list.forEach((command, step) => {
          if (command.kind === 'codec') stored = decode(encode(stored)) as Book
          const fact = act(model, command, step)
          if (fact === null) return
          live = evolve(live, fact)
          stored = evolve(stored, decode(encode(fact)) as BookFact)
          same(encode(stored), encode(live))
        })
      }),
      RUNS,
    )
  })

  it('keep the value of a unit and the drawdown as they are when cash comes or goes', () => {
    fc.assert(
      fc.property(sequences, amount, fc.boolean(), (list, cents, out) => {
        const model = empty()
        let book = openBook('USD')
        list.forEach((command, step) => {
          const fact = act(model, command, step)
          if (fact !== null) book = evolve(book, fact)
        })
        const equity = equityOf(model)
        fc.pre(model.sane && model.base > 0n && equity > 0n)
        book = evolve(book, { type: 'marked', session: dateOf(model.day), at: instant(0), equity: money(text(equity)) })
        const { perUnit } = book.nav
        const before = drawdown(book)
        const moved = out ? -(equity * BigInt(cents)) / 6_000_000n : BigInt(cents) * 10_000n
        const flowed = evolve(book, {
          type: 'deposited',
          amount: money(text(moved)),
          equityBefore: money(text(equity)),
          at: instant(0),
        })
        const marked = evolve(flowed, {
          type: 'marked',
          session: dateOf(model.day),
          at: instant(0),
          equity: money(text(equity + moved)),
        })
        for (const after of [flowed, marked]) {
          expect(after.nav.perUnit.div(perUnit).minus(1).abs().lt('1e-25')).toBe(true)
          expect(drawdown(after)).toBeCloseTo(before, 14)
        }
      }),
      { numRuns: 500, maxSkipsPerRun: 100 },
    )
  })
})
