import { Decimal, decimalFromFloat } from '#units/decimal.js'
import {
  greatest,
  least,
  type Money,
  minus,
  noMoney,
  noQuantity,
  type Quantity,
  quantity,
  scaled,
} from '#units/money.js'
import { unitExposure, wholeLots } from '../instrument/registry.js'
import { assemble } from './assemble.js'
import { type BuyBudget, buyInRounds, roomIn, type Sized, sizedAt, usedBy, within } from './budget.js'
import type { PlanInput } from './input.js'
import { type Intent, intents } from './intents.js'
import type { Plan } from './plan.js'
import { beyondCashTarget } from './rebalance.js'
import { waterLevel } from './water-fill.js'

/** An investment of cash. */
export interface InvestInput extends PlanInput {
  /** Ceiling of the buys' reservations; see `spendableCash` of the book. */
  readonly available: Money
}

/** As in `fitBuys`: costs that are not proportional may need the budget lowered until the lots fit. */
const MAX_SCALINGS = 64

/**
 * Buys underweight instruments with cash beyond the targets' cash weight, emptiest first: xᵢ = max(0, θ·tᵢ·E − vᵢ)
 * with the largest θ ≤ 1 whose buys, costs included, fit both ceilings of `planBuys`. Buys that end under a lot or
 * the smallest order leave, the smaller half of them at a time, and θ rises for the rest. Never sells, never passes a
 * target; instruments without a positive target are left alone. Source: design domain.md section 4.
 */
export function planInvestCash(input: InvestInput): Plan {
  const found = intents(input)
  const wanted = found.wanted.filter((intent) => intent.side === 'buy' && intent.targetWeight > 0)
  const budget = { commit: input.available, spend: beyondCashTarget(input, noMoney) }
  const bought = buyInRounds(wanted, input, (left) => pour(left, input, budget))
  const skipped = found.skipped.filter((leg) => leg.side === 'buy')
  return assemble(bought.legs, [...skipped, ...bought.skipped], input.valuation.equity)
}

function pour(wanted: readonly Intent[], input: PlanInput, budget: BuyBudget): readonly Sized[] {
  const full = wanted.map((intent) => sizedAt(intent, intent.quantity, input))
  let ceilings = budget
  for (let scaling = 0; scaling < MAX_SCALINGS; scaling += 1) {
    const theta = Decimal.min(level(full, 'commit', input, ceilings), level(full, 'spend', input, ceilings))
    const sized = wanted.map((intent) => sizedAt(intent, unitsAt(theta, intent, input), input))
    if (within(usedBy(sized), budget)) return sized
    const room = roomIn(usedBy(sized), budget)
    ceilings = { commit: scaled(ceilings.commit, room), spend: scaled(ceilings.spend, room) }
  }
  return wanted.map((intent) => sizedAt(intent, noQuantity, input))
}

/** θ for one ceiling, charging each instrument what its whole gap would use a unit of value. */
function level(full: readonly Sized[], which: keyof BuyBudget, input: PlanInput, ceilings: BuyBudget): Decimal {
  const vessels = full.map(({ intent, leg, ...uses }) => {
    const charge = uses[which].div(leg.value)
    const { goal, held } = endsOf(intent, input)
    return { slope: goal.times(charge), offset: held.times(charge) }
  })
  return waterLevel(vessels, ceilings[which])
}

function unitsAt(theta: Decimal, intent: Intent, input: PlanInput): Quantity {
  const { goal, held } = endsOf(intent, input)
  const value = greatest(noMoney, minus(scaled(goal, theta), held))
  const units = quantity(value.div(unitExposure(intent.spec, intent.arrival)))
  return least(intent.quantity, wholeLots(intent.spec, units))
}

function endsOf({ instrument, targetWeight }: Intent, { valuation }: PlanInput): { goal: Money; held: Money } {
  const goal = scaled(valuation.equity, decimalFromFloat(targetWeight))
  return { goal, held: valuation.values[instrument] ?? noMoney }
}
