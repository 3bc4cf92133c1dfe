import fc from 'fast-check'
import type { BookFact } from '#domain/book/events.js'
import { Decimal } from '#units/decimal.js'
import { executionId, instrumentId, type OrderId, orderId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'

/**
 * A second set of books, kept by hand: whole micro-units in BigInt, one signed row per share parcel, no shared code.
 * Quantities are thousandths, prices and fees cents, multipliers tenths: a product is whole micros, so all is exact.
 */
export interface Model {
  cash: bigint
  realised: bigint
  fees: bigint
  deposited: bigint
  parcels: bigint[][][] // per instrument: [thousandths, cents, day on which it settles], oldest first
  prices: bigint[]
  pending: { settles: number; amount: bigint }[]
  reserved: Map<number, bigint>
  day: number
  /** Time-weighted growth since the first deposit, as a fraction, and its maximum over marks. */
  growth: Fraction
  peak: Fraction
  /** Equity right after the last flow or mark. */
  base: bigint
  /** False once equity was not positive where it had to be: growth is then undefined. */
  sane: boolean
}
export type Fraction = readonly [bigint, bigint]

export const NAMES = ['AAA', 'BBB', 'CCC'].map(instrumentId)
const TENTHS = [10n, 500n, 5n] // multipliers 1, 50 and 0.5
const LETTERS = 'ABCDEFGH'

export const amount = fc.integer({ min: 1, max: 5_000_000 })
export const commands = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deposit' as const), cents: amount }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('withdraw' as const), percent: fc.constantFrom(1, 33, 90, 100) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      name: fc.integer({ min: 0, max: 2 }),
      buy: fc.boolean(),
      // Few sizes, so that trades meet parcels exactly, split them and go through zero.
      thousandths: fc.oneof(fc.constantFrom(1_000, 2_000, 500), fc.integer({ min: 1, max: 9_000 })),
      cents: fc.integer({ min: 1, max: 20_000 }),
      fee: fc.oneof(fc.constantFrom(0, 100), fc.integer({ min: 0, max: 500 }), fc.constant('all' as const)),
      days: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      order: fc.integer({ min: 0, max: 7 }),
      cents: amount,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), order: fc.integer({ min: 0, max: 7 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('mark' as const),
      days: fc.integer({ min: 0, max: 3 }),
      cents: fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 3, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('codec' as const) }) },
)
export type Command = typeof commands extends fc.Arbitrary<infer T> ? T : never

export const empty = (): Model => ({
  cash: 0n,
  realised: 0n,
  fees: 0n,
  deposited: 0n,
  parcels: [[], [], []],
  prices: [10_000n, 5_000n, 700n],
  pending: [],
  reserved: new Map(),
  day: 0,
  growth: [1n, 1n],
  peak: [1n, 1n],
  base: 0n,
  sane: true,
})

const abs = (x: bigint): bigint => (x < 0n ? -x : x)
export const sum = (xs: readonly bigint[]): bigint => xs.reduce((a, b) => a + b, 0n)
/** thousandths × cents × tenths = micros. */
export const value = (units: bigint, cents: bigint, name: number): bigint => units * cents * TENTHS[name]!
export const unitsOf = (model: Model, name: number): bigint => sum(model.parcels[name]!.map((row) => row[0]!))
export const equityOf = (model: Model): bigint =>
  model.cash + sum(model.prices.map((cents, name) => value(unitsOf(model, name), cents, name)))
/** What shorts were sold for, less what of it is still among the unsettled proceeds: none of it buys or leaves. */
export function tiedUp(model: Model): bigint {
  const shorts = model.parcels.flatMap((rows, name) =>
    rows
      .filter(([units]) => units! < 0n)
      .map(([units, cents, settles]) => ({ worth: value(-units!, cents!, name), open: settles! > BigInt(model.day) })),
  )
  const proceeds = sum(model.pending.map(({ amount }) => amount).filter((amount) => amount > 0n))
  const unsettled = sum(shorts.filter(({ open }) => open).map(({ worth }) => worth))
  return sum(shorts.map(({ worth }) => worth)) - (unsettled < proceeds ? unsettled : proceeds)
}
export const dateOf = (day: number) => sessionDate(new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10))
export const text = (micros: bigint): string => {
  const digits = abs(micros).toString().padStart(7, '0')
  return `${micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}
export const micros = (amountOf: Decimal): bigint => BigInt(amountOf.times('1000000').toFixed())
const idOf = (n: number): OrderId => orderId((LETTERS[n] ?? 'Z').repeat(26))

/** Does a command to the model and says it as a fact; null when it makes none. */
export function act(model: Model, command: Command, step: number): BookFact | null {
  switch (command.kind) {
    case 'codec':
      return null
    case 'deposit':
      return flow(model, BigInt(command.cents) * 10_000n)
    case 'withdraw': {
      const equity = equityOf(model)
      return equity <= 0n ? null : flow(model, (-equity * BigInt(command.percent)) / 100n)
    }
    case 'fill':
      return trade(model, command, step)
    case 'reserve':
      model.reserved.set(command.order, BigInt(command.cents) * 10_000n)
      return { type: 'reserved', orderId: idOf(command.order), amount: money(text(BigInt(command.cents) * 10_000n)) }
    case 'release':
      model.reserved.delete(command.order)
      return { type: 'released', orderId: idOf(command.order) }
    case 'mark':
      return close(model, command)
  }
}

function grow(model: Model, equity: bigint): void {
  if (model.base === 0n) model.sane &&= equity === 0n
  else if (model.base < 0n || equity <= 0n) model.sane = false
  else model.growth = [model.growth[0] * equity, model.growth[1] * model.base]
}

function flow(model: Model, amountIn: bigint): BookFact {
  const before = equityOf(model)
  grow(model, before)
  model.cash += amountIn
  model.deposited += amountIn
  model.base = before + amountIn
  return { type: 'deposited', amount: money(text(amountIn)), equityBefore: money(text(before)), at: instant(0) }
}

function close(model: Model, command: Extract<Command, { kind: 'mark' }>): BookFact {
  model.day += command.days
  model.prices = command.cents.map(BigInt)
  model.pending = model.pending.filter((row) => row.settles > model.day)
  const equity = equityOf(model)
  grow(model, equity)
  model.base = equity
  if (model.growth[0] * model.peak[1] > model.peak[0] * model.growth[1]) model.peak = model.growth
  return { type: 'marked', session: dateOf(model.day), at: instant(0), equity: money(text(equity)) }
}

function trade(model: Model, command: Extract<Command, { kind: 'fill' }>, step: number): BookFact {
  const { name, buy, days } = command
  const size = BigInt(command.thousandths)
  const cents = BigInt(command.cents)
  const worth = value(size, cents, name)
  // 'all' charges exactly what the trade is worth: a sale then brings nothing.
  const fee = command.fee === 'all' ? worth : BigInt(command.fee) * 10_000n
  const parcels = model.parcels[name]!
  let left = buy ? size : -size
  while (left !== 0n && parcels.length > 0 && parcels[0]![0]! > 0n !== left > 0n) {
    const first = parcels[0]!
    const closed = abs(first[0]!) < abs(left) ? abs(first[0]!) : abs(left)
    const sign = first[0]! > 0n ? 1n : -1n
    model.realised += sign * (value(closed, cents, name) - value(closed, first[1]!, name))
    first[0] = first[0]! - sign * closed
    left += sign * closed
    if (first[0] === 0n) parcels.shift()
  }
  if (left !== 0n) parcels.push([left, cents, BigInt(model.day + days)])
  const flowed = (buy ? -worth : worth) - fee
  model.cash += flowed
  model.fees += fee
  if (days > 0) model.pending.push({ settles: model.day + days, amount: flowed })
  const session = dateOf(model.day)
  return {
    type: 'filled',
    multiplier: new Decimal(TENTHS[name]!.toString()).div('10').toFixed(),
    settles: dateOf(model.day + days),
    execution: {
      id: executionId(`x${step}`),
      orderId: idOf(0),
      instrument: NAMES[name]!,
      side: buy ? 'buy' : 'sell',
      quantity: quantity(new Decimal(command.thousandths).div('1000')),
      price: price(new Decimal(command.cents).div('100')),
      fee: money(text(fee)),
      at: instant(step),
      session,
      venue: 'model',
    },
  }
}
