import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, least, type Money, minus, noMoney, noQuantity, plus, scaled, total, worth } from '#units/money.js'
import { cashOf, reservedCash } from '../book/book.js'
import { spendableCash } from '../book/evolve.js'
import { multiplierOf } from '../instrument/registry.js'
import { assemble } from './assemble.js'
import type { Bought, BuyBudget } from './budget.js'
import { fitByPurpose } from './buys.js'
import type { PlanInput } from './input.js'
import { type Intents, intents } from './intents.js'
import { legOf } from './leg.js'
import type { Leg, Plan, SkippedLeg } from './plan.js'

export type { PlanInput } from './input.js'

/** A re-plan of buys. */
export interface BuyInput extends PlanInput {
  /** Ceiling of the buys' reservations; see `spendableCash` of the book. */
  readonly available: Money
  /** Instruments this run may not buy (any more). */
  readonly exclude: ReadonlySet<InstrumentId>
}

/** The sells that take overweight and untargeted holdings to their targets. They need no cash. */
export function planSells(input: PlanInput): Plan {
  const found = intents(input)
  return assemble(sellLegs(found, input), skippedOn('sell', found), input.valuation.equity)
}

/**
 * The buys that cash allows, at the prices and holdings of now: after partial or rejected sells they are simply
 * fewer, pro rata to the gap each closes.
 *
 * Two ceilings hold at once, and a third for what opens longs (see `fitByPurpose`: the collateral of shorts is not theirs).
 * *Commitments*: Σ quantity × limit + cost ≤ `available`, which the caller sets.
 * *Cash target*: Σ value at arrival prices leaves of posted cash less reservations no less than `targets.cash` × equity.
 * So the targets' own cash weight is the reserve and is counted once, whether or not the caller took it off
 * `available`; only costs and the distance from arrival to limit price may dip into it, or a few cents of cost would
 * stop a buy of a whole lot.
 */
export function planBuys(input: BuyInput): Plan {
  const found = intents(input)
  const budget = { commit: input.available, spend: beyondCashTarget(input, noMoney) }
  const { legs, skipped } = buyLegs(found, input, budget, input.exclude)
  return assemble(legs, [...skippedOn('buy', found), ...skipped], input.valuation.equity)
}

/**
 * The whole rebalance as one plan, for governance, explain and approval: all sells, and the buys that posted cash and
 * the sells' expected proceeds (arrival prices less costs) allow under the ceilings of {@link planBuys}. Proceeds of
 * selling short are collateral and commit to nothing; the targets' cash weight holds them, so they count towards it, or
 * the plan would show fewer buys than the run then makes. Without `allowUnsettled` only proceeds that settle at once commit to anything.
 */
export function planRebalance(input: PlanInput): Plan {
  const found = intents(input)
  const sells = sellLegs(found, input)
  const { allowUnsettled } = input.policy.orders
  const { shorts } = proceedsOf(sells, input)
  const spendable = sells.filter((leg) => allowUnsettled || input.specs[leg.instrument]!.settlementDays === 0)
  const proceeds = proceedsOf(spendable, input).longs
  const costs = total(sells.map((leg) => leg.cost.total))
  const budget = {
    commit: minus(plus(spendableCash(input.book, allowUnsettled), proceeds), costs),
    spend: beyondCashTarget(input, plus(proceeds, shorts)),
  }
  const bought = buyLegs(found, input, budget, new Set())
  return assemble([...sells, ...bought.legs], [...found.skipped, ...bought.skipped], input.valuation.equity)
}

/** Weights sum to 1 within this (domain.md section 1), so a cash target means no more digits. */
const CASH_TOLERANCE = 1e-9

/** Cash beyond the targets' cash weight once `proceeds` are in; ≥ 0. */
export function beyondCashTarget({ book, targets, valuation }: PlanInput, proceeds: Money): Money {
  const kept = greatest(noMoney, scaled(valuation.equity, decimalFromFloat(targets.cash - CASH_TOLERANCE)))
  return greatest(noMoney, minus(plus(minus(cashOf(book), reservedCash(book)), proceeds), kept))
}

function sellLegs(found: Intents, { policy }: PlanInput): readonly Leg[] {
  return found.wanted
    .filter((intent) => intent.side === 'sell')
    .map(({ spec, ...trade }) => legOf(trade, spec, policy.orders.collar, policy.costs))
}

function buyLegs(found: Intents, input: PlanInput, budget: BuyBudget, exclude: ReadonlySet<InstrumentId>): Bought {
  const wanted = found.wanted.filter((intent) => intent.side === 'buy')
  const bought = fitByPurpose(
    wanted.filter((intent) => !exclude.has(intent.instrument)),
    input,
    budget,
  )
  const excluded: readonly SkippedLeg[] = wanted
    .filter((intent) => exclude.has(intent.instrument))
    .map(({ instrument, targetWeight, heldWeight }) => ({
      instrument,
      side: 'buy',
      reason: 'exhausted',
      detail: 'its order was refused or not filled in this run',
      residualWeight: targetWeight - heldWeight,
    }))
  return { legs: bought.legs, skipped: [...bought.skipped, ...excluded] }
}

/** What sells bring in at arrival prices: the part of each that sells what is held, and the part that opens a short. */
function proceedsOf(
  sells: readonly Leg[],
  { book, specs }: PlanInput,
): { readonly longs: Money; readonly shorts: Money } {
  const longs = total(
    sells.map((leg) => {
      const long = greatest(noQuantity, book.positions[leg.instrument]?.quantity ?? noQuantity)
      return worth(least(leg.quantity, long), leg.arrival, multiplierOf(specs[leg.instrument]!))
    }),
  )
  return { longs, shorts: minus(total(sells.map((leg) => leg.value)), longs) }
}

const skippedOn = (side: 'buy' | 'sell', found: Intents): readonly SkippedLeg[] =>
  found.skipped.filter((leg) => leg.side === side)
