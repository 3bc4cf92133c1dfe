import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Book } from '#domain/book/book.js'
import type { BookFact, Execution } from '#domain/book/events.js'
import { evolve, openBook } from '#domain/book/evolve.js'
import { tradesWithout } from '#domain/book/history.js'
import { encode } from '#units/canonical.js'
import type { ExecutionId } from '#units/ids.js'
import { act, commands, empty } from './book-model.js'

type Filled = Extract<BookFact, { type: 'filled' }>

/** Books, and what a journal and a state remember beside them. */
class Books {
  book: Book = openBook('USD')
  readonly booked: Filled[] = []
  readonly busted: ExecutionId[] = []

  take(fact: BookFact): void {
    this.book = evolve(this.book, fact)
    if (fact.type === 'filled') this.booked.push(fact)
  }

  /** Takes one of the executions back that stand, if any does. */
  bust(n: number): void {
    const standing = this.booked.filter(({ execution }) => !this.busted.includes(execution.id))
    const fact = standing[n % Math.max(1, standing.length)]
    if (fact === undefined) return
    const all: readonly Execution[] = this.booked.map(({ execution }) => execution)
    const trades = tradesWithout(fact.execution, all, this.busted)
    this.book = evolve(this.book, { ...fact, type: 'busted', trades })
    this.busted.push(fact.execution.id)
  }
}

/** Text of books in which only the order of what waits to settle, which means nothing, may differ. */
function text({ unsettled, ...book }: Book): string {
  const rows = unsettled.map((row) => encode(row)).sort()
  return `${encode(book)} ${rows.join(' ')}`
}

const steps = fc.array(fc.tuple(commands, fc.option(fc.nat(), { freq: 2 })), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
})

describe('executions taken back', () => {
  it('leave the books as if they had never been, whatever was traded, settled and marked in between', () => {
    let [busts, sold] = [0, 0]
    fc.assert(
      fc.property(steps, (list) => {
        const model = empty()
        const books = new Books()
        const facts: BookFact[] = []
        list.forEach(([command, taken], step) => {
          const fact = act(model, command, step)
          if (fact !== null) {
            facts.push(fact)
            books.take(fact)
          }
          if (taken !== null) books.bust(taken)
        })
        const gone = new Set(books.busted)
        const rest = facts.filter((fact) => fact.type !== 'filled' || !gone.has(fact.execution.id))
        const never = rest.reduce(evolve, openBook('USD'))
        expect(text(books.book)).toBe(text(never))
        busts += books.busted.length
        sold += books.booked.filter(({ execution }) => gone.has(execution.id) && execution.side === 'sell').length
      }),
      { numRuns: 1_000 },
    )
    expect(busts).toBeGreaterThan(1_000)
    expect(sold).toBeGreaterThan(500)
  })
})
