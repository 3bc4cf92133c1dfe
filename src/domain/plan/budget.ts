import { Decimal } from '#units/decimal.js'
import { type Money, minus, noQuantity, plus, type Quantity, total } from '#units/money.js'
import { byText } from './assemble.js'
import type { PlanInput } from './input.js'
import { type Intent, smallestOrder } from './intents.js'
import { legOf } from './leg.js'
import type { Leg, SkippedLeg } from './plan.js'
import { reservationFor } from './reservation.js'

/** What buys may use. */
export interface BuyBudget {
  /** Ceiling of Σ reservations: limit prices and costs. */
  readonly commit: Money
  /** Ceiling of Σ value at arrival prices: what keeps the targets' cash weight; costs come out of that cash. */
  readonly spend: Money
}

/** Legs that are bought and those that are not. */
export interface Bought {
  readonly legs: readonly Leg[]
  readonly skipped: readonly SkippedLeg[]
}

/** One intent at a size, its units beyond what covers a short already, and what those use of either ceiling. */
export interface Sized {
  readonly intent: Intent
  readonly units: Quantity
  /** The whole order. */
  readonly leg: Leg
  readonly commit: Money
  readonly spend: Money
}

/** Prices an intent at a quantity of whole lots, zero included. */
export function sizedAt(intent: Intent, units: Quantity, { policy }: PlanInput): Sized {
  const { spec, covering = noQuantity, ...trade } = intent
  const at = (quantity: Quantity): Leg => legOf({ ...trade, quantity }, spec, policy.orders.collar, policy.costs)
  const uses = (leg: Leg): BuyBudget => ({ commit: reservationFor(leg, spec, policy.costs), spend: leg.value })
  const leg = at(plus(covering, units))
  const whole = uses(leg)
  if (covering.isZero()) return { intent, units, leg, ...whole }
  const before = uses(at(covering))
  return { intent, units, leg, commit: minus(whole.commit, before.commit), spend: minus(whole.spend, before.spend) }
}

/** What sized buys use of either ceiling together. */
export const usedBy = (sized: readonly Sized[]): BuyBudget => ({
  commit: total(sized.map((row) => row.commit)),
  spend: total(sized.map((row) => row.spend)),
})

/** True when both ceilings hold; using one up exactly is allowed. */
export const within = (used: BuyBudget, budget: BuyBudget): boolean =>
  used.commit.lte(budget.commit) && used.spend.lte(budget.spend)

/** The factor in [0, 1] that would bring the larger overrun within its ceiling, were costs linear. */
export const roomIn = (used: BuyBudget, budget: BuyBudget): Decimal =>
  Decimal.min(part(budget.commit, used.commit), part(budget.spend, used.spend))

/**
 * Sizes buys by `fill`, then drops what ends under a lot or the smallest order, the smaller half of it at a time, so
 * that its cash can lift the others; repeats until every buy left is an order. Cost O(log n) calls of `fill`.
 */
export function buyInRounds(
  wanted: readonly Intent[],
  input: PlanInput,
  fill: (wanted: readonly Intent[]) => readonly Sized[],
): Bought {
  const skipped: SkippedLeg[] = []
  let left = wanted
  for (;;) {
    const sized = fill(left)
    const small = sized.filter(({ intent, leg }) => isSmall(leg, intent, input)).sort(byValue)
    if (small.length === 0) return { legs: sized.map(({ leg }) => leg), skipped }
    const leaving = new Set(small.slice(0, Math.ceil(small.length / 2)).map(({ intent }) => intent))
    for (const intent of leaving) skipped.push(noCash(intent))
    left = left.filter((intent) => !leaving.has(intent))
  }
}

function part(ceiling: Money, use: Money): Decimal {
  if (use.lte(ceiling)) return new Decimal('1')
  return ceiling.isNegative() ? new Decimal('0') : ceiling.div(use)
}

const isSmall = (leg: Leg, intent: Intent, input: PlanInput): boolean =>
  leg.quantity.isZero() || leg.value.lt(smallestOrder(input, intent.spec))

const byValue = (a: Sized, b: Sized): number =>
  a.leg.value.comparedTo(b.leg.value) || byText(a.intent.instrument, b.intent.instrument)

const noCash = ({ instrument, targetWeight, heldWeight }: Intent): SkippedLeg => ({
  instrument,
  side: 'buy',
  reason: 'no_cash',
  detail: 'no cash is left for it',
  residualWeight: targetWeight - heldWeight,
})
