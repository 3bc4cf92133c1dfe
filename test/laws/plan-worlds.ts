import fc from 'fast-check'
import { cashOf } from '#domain/book/book.js'
import { spendableCash } from '#domain/book/evolve.js'
import type { Leg, Plan } from '#domain/plan/plan.js'
import type { PlanInput } from '#domain/plan/rebalance.js'
import { reservationFor } from '#domain/plan/reservation.js'
import { Decimal, decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, money, negated, noMoney, total } from '#units/money.js'
import { planInput } from '../support/books.js'

/** Cases of each law: a few hundred in the suite, thousands in a campaign (`npm run laws`). */
export const CASES = { numRuns: Number(process.env.BALLAST_SEQUENCES ?? 200) }

/** The instruments of every world. */
export const NAMES = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE'] as const
const perName = <T>(value: fc.Arbitrary<T>) =>
  fc
    .tuple(value, value, value, value, value)
    .map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])) as Record<string, T>)

/** What a market, a book and targets are made of; `shares` share out equity between the names and cash. */
export const worlds = fc.record({
  cash: fc.integer({ min: 0, max: 3_000_000 }),
  held: perName(fc.integer({ min: -30, max: 200 })),
  cents: perName(fc.integer({ min: 50, max: 30_000 })),
  shares: perName(fc.integer({ min: -2, max: 10 })),
  cashShare: fc.integer({ min: 0, max: 5 }),
  old: perName(fc.constantFrom(0, 0, 0, 0, 2)),
  lot: fc.constantFrom('1', '0.001', '10'),
  shortable: fc.boolean(),
  collar: fc.constantFrom(0, 0.02, 0.05),
  minOrder: fc.constantFrom('0', '1', '500'),
  minNotional: fc.constantFrom('0', '0', '5', '750'),
  rate: fc.constantFrom(0, 5, 50),
  allowUnsettled: fc.boolean(),
})
/** See {@link worlds}. */
export type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never

/** A world as planners see it, its instruments written in the order given. */
export function inputOf(world: World, names: readonly string[] = NAMES): PlanInput {
  const pick = <T>(from: Record<string, T>, keep: (value: T) => boolean): Record<string, T> =>
    Object.fromEntries(names.filter((name) => keep(from[name]!)).map((name) => [name, from[name]!]))
  const prices = Object.fromEntries(names.map((name) => [name, (world.cents[name]! / 100).toFixed(2)]))
  const positions = Object.fromEntries(
    Object.entries(pick(world.held, (units) => units !== 0)).map(([name, n]) => [
      name,
      [String(n), prices[name]!] as const,
    ]),
  )
  const sum = Object.values(world.shares).reduce((a, b) => a + b, 0) + world.cashShare
  const whole = Math.max(1, sum)
  const targets = Object.fromEntries(
    Object.entries(pick(world.shares, (share) => share !== 0)).map(([name, share]) => [name, share / whole]),
  )
  return planInput({
    cash: (world.cash / 100).toFixed(2),
    positions,
    prices,
    old: world.old,
    targets,
    cashTarget: Math.max(0, 1 - Object.values(world.shares).reduce((a, b) => a + b, 0) / whole),
    terms: { lot: world.lot, shortable: world.shortable, minNotional: world.minNotional },
    orders: { collar: world.collar, minOrder: money(world.minOrder), allowUnsettled: world.allowUnsettled },
    costs: { name: 'simple', params: { spreadBps: world.rate, slippageBps: 5 } },
  })
}

/** Worlds that are worth something. */
export const inputs = worlds.map((world) => inputOf(world)).filter((input) => input.valuation.equity.gt(1))
/** Money that may be more or less than there is. */
export const ceilings = fc.integer({ min: -100, max: 4_000_000 }).map((cents) => money(new Decimal(cents).div(100)))
/** What buys may be promised. */
export const freely = (input: PlanInput): Money => spendableCash(input.book, input.policy.orders.allowUnsettled)

/** What shorts tie up: in these worlds they were sold for what they are worth. */
export const tied = (input: PlanInput): Money =>
  total(Object.values(input.valuation.values).map((value) => greatest(noMoney, negated(value))))
/** The units of a buy that go beyond buying a short back, as a share of it. */
export const openingShare = (input: PlanInput, { instrument, quantity }: Leg): Decimal => {
  const short = Decimal.max(0, (input.book.positions[instrument]?.quantity ?? new Decimal(0)).negated())
  return Decimal.max(0, quantity.minus(short)).div(quantity)
}

/** What a leg adds to a holding, in money at its arrival price. */
export const signed = (leg: Leg): Decimal => (leg.side === 'buy' ? leg.value : leg.value.negated())
const ids = (input: PlanInput) =>
  [...new Set([...Object.keys(input.book.positions), ...Object.keys(input.targets.weights)])] as InstrumentId[]

/** Money by which every instrument and cash miss their targets; `legs` filled at plan prices, costs not charged. */
export function missed(input: PlanInput, legs: readonly Leg[]): Decimal {
  const { equity, values } = input.valuation
  const traded = (id: InstrumentId) =>
    legs.filter((leg) => leg.instrument === id).reduce((sum, leg) => sum.plus(signed(leg)), new Decimal(0))
  const spent = legs.reduce((sum, leg) => sum.plus(signed(leg)), new Decimal(0))
  const cash = cashOf(input.book)
    .minus(spent)
    .minus(equity.times(decimalFromFloat(input.targets.cash)))
  return ids(input).reduce((sum, id) => {
    const goal = equity.times(decimalFromFloat(input.targets.weights[id] ?? 0))
    return sum.plus((values[id] ?? noMoney).plus(traded(id)).minus(goal).abs())
  }, cash.abs())
}

/** Cash a plan's legs would reserve. */
export const reserved = (input: PlanInput, plan: Plan): Money =>
  total(plan.legs.map((leg) => reservationFor(leg, input.specs[leg.instrument]!, input.policy.costs)))
