import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Book } from '#domain/book/book.js'
import type { BookFact } from '#domain/book/events.js'
import { drawdown, evolve, openBook } from '#domain/book/evolve.js'
import { assertBook } from '#domain/book/invariants.js'
import { InvariantBroken } from '#units/assert.js'
import { decode, encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { type Money, money, negated, plus } from '#units/money.js'
import { instant } from '#units/time.js'
import { compareAll, same } from './book-compare.js'
import { act, amount, commands, dateOf, empty, equityOf, text } from './book-model.js'

/** The book with one row wrong, in each way that there is a row for. */
function faults(book: Book, pick: number, by: Money): readonly Book[] {
  const { accounts, positions, reservations, tally } = book
  const some = <Row>(rows: Readonly<Record<string, Row>>): (readonly [string, Row])[] => {
    const all = Object.entries(rows)
    return all.length === 0 ? [] : [all[pick % all.length]!]
  }
  const without = <Row>(rows: Readonly<Record<string, Row>>, name: string) =>
    Object.fromEntries(Object.entries(rows).filter(([key]) => key !== name))
  return [
    ...some(accounts as Readonly<Record<string, Money>>).flatMap(([name, balance]) => [
      { ...book, accounts: { ...accounts, [name]: plus(balance, by) } },
      { ...book, accounts: without(accounts, name) },
    ]),
    ...some(tally.units).map(([name, units]) => ({
      ...book,
      tally: { ...tally, units: { ...tally.units, [name]: units.plus(1) as typeof units } },
    })),
    ...some(positions).flatMap(([name, position]) => [
      { ...book, positions: without(positions, name) },
      { ...book, positions: { ...positions, [name]: { ...position, lots: position.lots.slice(1) } } },
    ]),
    ...some(reservations).map(([name]) => ({ ...book, reservations: { ...reservations, [name]: negated(by) } })),
    { ...book, tally: { ...tally, fees: plus(tally.fees, by) } },
    { ...book, accounts: { ...accounts, 'position:NEW': by } },
    { ...book, nav: { ...book.nav, units: new Decimal(Number.NaN) } },
  ]
}

const RUNS = { numRuns: Number(process.env.BALLAST_SEQUENCES ?? 2_000), maxSkipsPerRun: 0 }
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
    expect(trades).toBeGreaterThan(5 * RUNS.numRuns)
    expect(saneMarks).toBeGreaterThan(RUNS.numRuns / 2)
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

  it('are seen to be broken wherever one row is, with and without the book before', () => {
    const cent = money('0.01')
    let broken = 0
    fc.assert(
      fc.property(sequences, fc.nat(), (list, pick) => {
        const model = empty()
        let book = openBook('USD')
        list.forEach((command, step) => {
          const fact = act(model, command, step)
          if (fact !== null) book = evolve(book, fact)
        })
        for (const wrong of faults(book, pick, cent)) {
          broken += 1
          expect(() => assertBook(wrong, book)).toThrow(InvariantBroken)
          expect(() => assertBook(wrong)).toThrow(InvariantBroken)
        }
        assertBook(book)
      }),
      RUNS,
    )
    expect(broken).toBeGreaterThan(3 * RUNS.numRuns)
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
