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

/** The ways that one row of a book is made wrong. */
const FAULTS = [
  'another balance',
  'no balance',
  'more units counted',
  'no position',
  'one lot less',
  'a negative reservation',
  'other fees',
  'an account of nothing held',
  'units that are no number',
] as const

/** The book with one row wrong, in each way that there is a row for. */
function faults(book: Book, pick: number, by: Money): readonly (readonly [(typeof FAULTS)[number], Book])[] {
  const { accounts, positions, reservations, tally } = book
  const some = <Row>(rows: Readonly<Record<string, Row>>): (readonly [string, Row])[] => {
    const all = Object.entries(rows)
    return all.length === 0 ? [] : [all[pick % all.length]!]
  }
  const without = <Row>(rows: Readonly<Record<string, Row>>, name: string) =>
    Object.fromEntries(Object.entries(rows).filter(([key]) => key !== name))
  const [balance] = some(accounts as Readonly<Record<string, Money>>)
  const [counted] = some(tally.units)
  const [held] = some(positions)
  const [reserved] = some(reservations)
  const wrong: Readonly<Record<(typeof FAULTS)[number], Book | undefined>> = {
    'another balance': balance && { ...book, accounts: { ...accounts, [balance[0]]: plus(balance[1], by) } },
    'no balance': balance && { ...book, accounts: without(accounts, balance[0]) },
    'more units counted': counted && {
      ...book,
      tally: { ...tally, units: { ...tally.units, [counted[0]]: counted[1].plus(1) as (typeof counted)[1] } },
    },
    'no position': held && { ...book, positions: without(positions, held[0]) },
    'one lot less': held && {
      ...book,
      positions: { ...positions, [held[0]]: { ...held[1], lots: held[1].lots.slice(1) } },
    },
    'a negative reservation': reserved && { ...book, reservations: { ...reservations, [reserved[0]]: negated(by) } },
    'other fees': { ...book, tally: { ...tally, fees: plus(tally.fees, by) } },
    'an account of nothing held': { ...book, accounts: { ...accounts, 'position:NEW': by } },
    'units that are no number': { ...book, nav: { ...book.nav, units: new Decimal(Number.NaN) } },
  }
  return FAULTS.flatMap((kind) => {
    const made = wrong[kind]
    return made === undefined ? [] : [[kind, made] as const]
  })
}

/** Counts what came up, by kind: many of one kind say nothing of another. */
function counter() {
  const times: Record<string, number> = {}
  return {
    add: (kind: string) => {
      times[kind] = (times[kind] ?? 0) + 1
    },
    /** The kinds that came up less often than so many times a sequence. */
    belowFloor: (floors: Readonly<Record<string, number>>): string[] =>
      Object.entries(floors).flatMap(([kind, floor]) => {
        const found = times[kind] ?? 0
        return found < floor * RUNS.numRuns ? [`${kind}: ${found}`] : []
      }),
  }
}

const RUNS = { numRuns: Number(process.env.BALLAST_SEQUENCES ?? 2_000), maxSkipsPerRun: 0 }
const sequences = fc.array(commands, { minLength: 1, maxLength: 60, size: 'max' })

describe('laws of the book', () => {
  it('agree with books kept by hand after every command', () => {
    const seen = counter()
    fc.assert(
      fc.property(sequences, (list) => {
        const model = empty()
        let book = openBook('USD')
        list.forEach((command, step) => {
          const fact = act(model, command, step)
          if (fact === null) return
          book = evolve(book, fact)
          seen.add(command.kind)
          if (command.kind === 'mark' && model.sane) seen.add('mark of sane books')
          compareAll(book, model)
        })
      }),
      RUNS,
    )
    expect(
      seen.belowFloor({
        ...{ fill: 5, mark: 1, 'mark of sane books': 0.5, deposit: 1 },
        ...{ withdraw: 0.5, reserve: 1, release: 0.5 },
      }),
    ).toEqual([])
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
    const broken = counter()
    fc.assert(
      fc.property(sequences, fc.nat(), (list, pick) => {
        const model = empty()
        let book = openBook('USD')
        list.forEach((command, step) => {
          const fact = act(model, command, step)
          if (fact !== null) book = evolve(book, fact)
        })
        for (const [kind, wrong] of faults(book, pick, cent)) {
          broken.add(kind)
          expect(() => assertBook(wrong, book)).toThrow(InvariantBroken)
          expect(() => assertBook(wrong)).toThrow(InvariantBroken)
        }
        assertBook(book)
      }),
      RUNS,
    )
    expect(broken.belowFloor(Object.fromEntries(FAULTS.map((kind) => [kind, 0.5])))).toEqual([])
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
