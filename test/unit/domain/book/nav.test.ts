import { describe, expect, it } from 'vitest'
import type { Book } from '#domain/book/book.js'
import { drawdown, evolve, openBook, spendableCash } from '#domain/book/evolve.js'
import { assertBook } from '#domain/book/invariants.js'
import { InvariantBroken } from '#units/assert.js'
import { decode, encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { executionId, instrumentId, orderId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'

const at = instant(0)
const session = sessionDate('2024-01-02')
const flow = (book: Book, amount: string, before: string): Book =>
  evolve(book, { type: 'deposited', amount: money(amount), equityBefore: money(before), at })
const mark = (book: Book, equity: string, on = session): Book =>
  evolve(book, { type: 'marked', session: on, at, equity: money(equity) })
const fill = (book: Book, side: 'buy' | 'sell', units: string, paid: string, fee = '0', settles = session): Book =>
  evolve(book, {
    type: 'filled',
    multiplier: '1',
    settles,
    execution: {
      id: executionId('x'),
      orderId: orderId('A'.repeat(26)),
      instrument: instrumentId('AAA'),
      side,
      quantity: quantity(units),
      price: price(paid),
      fee: money(fee),
      at,
      session,
      venue: 'test',
    },
  })

describe('the value of a unit', () => {
  it('starts at 1 and follows gains and losses, not flows', () => {
    let book = mark(flow(openBook('USD'), '100', '0'), '110')
    expect(book.nav.perUnit.toFixed()).toBe('1.1')
    book = flow(book, '110', '110')
    expect(book.nav).toMatchObject({ units: new Decimal('200'), equity: money('220') })
    book = mark(book, '110')
    expect(drawdown(book)).toBe(0.5)
    expect(drawdown(flow(book, '-55', '110'))).toBe(0.5)
  })

  it('is kept when everything is paid out, and goes on from there', () => {
    // 97 / (97 / 9) is not 9 in 34 digits, and still no unit may be left.
    let book = mark(flow(openBook('USD'), '9', '0'), '97')
    book = flow(book, '-97', '97')
    expect(book.nav.units.isZero()).toBe(true)
    const { perUnit } = book.nav
    book = flow(mark(book, '0'), '50', '0')
    expect(book.nav.perUnit.eq(perUnit)).toBe(true)
    expect(mark(book, '50').nav.perUnit.minus(perUnit).abs().lt('1e-30')).toBe(true)
  })

  it('starts a new series at 1 when cash comes to a portfolio that is worth nothing', () => {
    for (const ruin of ['0', '-40']) {
      const lost = mark(flow(openBook('USD'), '100', '0'), ruin)
      expect(drawdown(lost)).toBeGreaterThanOrEqual(1)
      const book = flow(lost, '90', ruin)
      expect(book.nav.perUnit.toFixed()).toBe('1')
      expect(drawdown(book)).toBe(0)
      expect(mark(book, book.nav.equity.toFixed()).nav.perUnit.toFixed()).toBe('1')
    }
  })
})

describe('settlement', () => {
  it('waits for the date, proceeds and costs apart', () => {
    const next = sessionDate('2024-01-03')
    let book = flow(openBook('USD'), '100', '0')
    book = fill(fill(book, 'buy', '1', '30', '0', next), 'sell', '1', '40', '1', next)
    expect(book.unsettled.map((row) => `${row.amount} ${row.settles}`)).toEqual(['-30 2024-01-03', '39 2024-01-03'])
    expect(spendableCash(book, true).toFixed()).toBe('109')
    expect(spendableCash(book, false).toFixed()).toBe('70')
    expect(mark(book, '109').unsettled).toHaveLength(2)
    expect(mark(book, '109', next).unsettled).toEqual([])
  })

  it('of nothing is no row: a sale that its fee eats up leaves the same bytes written and read back', () => {
    const next = sessionDate('2024-01-03')
    const book = fill(flow(openBook('USD'), '100', '0'), 'sell', '1', '1', '1', next)
    expect(book.unsettled).toEqual([])
    const back = decode(encode(book)) as Book
    expect(encode(fill(back, 'sell', '1', '2', '0', next))).toBe(encode(fill(book, 'sell', '1', '2', '0', next)))
  })
})

describe('the checks of a book', () => {
  const sound = fill(flow(openBook('USD'), '1000', '0'), 'buy', '2', '100', '1')
  const breaks: readonly (readonly [string, Partial<Book>])[] = [
    ['I1', { accounts: { ...sound.accounts, cash: money('800') } }],
    ['I1', { accounts: { ...sound.accounts, cash: money('800'), capital: money('-1001') } }],
    ['I1', { tally: { ...sound.tally, units: {} } }],
    ['I1', { positions: {} }],
    ['I1', { tally: { ...sound.tally, deposited: money('999') } }],
    ['I8', { reservations: { ['A'.repeat(26)]: money('-0.01') } as never }],
    ['I14', { accounts: { ...sound.accounts, cash: money(new Decimal(Number.NaN)) } }],
    ['I14', { nav: { ...sound.nav, perUnit: new Decimal(Infinity) } }],
  ]

  it('pass what was booked', () => {
    expect(() => assertBook(sound)).not.toThrow()
  })

  it('find each kind of damage by its invariant', () => {
    for (const [invariant, damage] of breaks) {
      const check = () => assertBook({ ...sound, ...damage })
      expect(check).toThrow(InvariantBroken)
      expect(check).toThrow(expect.objectContaining({ invariant }))
    }
  })

  it('find lots that do not make up their position', () => {
    const [name] = Object.keys(sound.positions)
    const position = { quantity: quantity('2'), lots: [] }
    expect(() => assertBook({ ...sound, positions: { [name!]: position } as never })).toThrow(/lots sum to 0/)
  })
})
