import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Book } from '#domain/book/book.js'
import type { BookFact } from '#domain/book/events.js'
import { drawdown, evolve, openBook } from '#domain/book/evolve.js'
import { decode, encode } from '#units/canonical.js'
import { money } from '#units/money.js'
import { instant } from '#units/time.js'
import { compareAll, same } from './book-compare.js'
import { act, amount, commands, dateOf, empty, equityOf, text } from './book-model.js'

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
