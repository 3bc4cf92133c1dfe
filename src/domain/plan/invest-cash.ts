import { Decimal, decimalFromFloat } from '#units/decimal.js'
import { least, type Money, noMoney, noQuantity, type Quantity, quantity, scaled } from '#units/money.js'
import { unitExposure, wholeLots } from '../instrument/registry.js'
import { assemble } from './assemble.js'
import { type BuyBudget, buyInRounds, roomIn, type Sized, sizedAt, usedBy, within } from './budget.js'
import type { PlanInput } from './input.js'
import { type Intent, intents } from './intents.js'
import type { Plan } from './plan.js'
import { beyondCashTarget } from './rebalance.js'
import { type Vessel, waterLevel } from './water-fill.js'

/** An investment of cash. */
export interface InvestInput extends PlanInput {
  /** Ceiling of the buys' reservations; see `spendableCash` of the book. */
  readonly available: Money
}

/** As in `fitBuys`: costs that are not proportional may need the budget lowered until the lots fit. */
const MAX_SCALINGS = 64

/**
 * Buys underweight instruments with cash beyond the targets' cash weight, emptiest first: xᵢ = max(0, θ·tᵢ·E − vᵢ)
 * with the largest θ ≤ 1 whose buys fit both ceilings of `planBuys`. Buys that end under a lot or
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

/** Pours the smaller ceiling; what costs and limit prices then use above either is taken off, and it is poured again. */
function pour(wanted: readonly Intent[], input: PlanInput, budget: BuyBudget): readonly Sized[] {
  const vessels = wanted.map((intent) => vesselOf(intent, input))
  let poured = least(budget.commit, budget.spend)
  for (let scaling = 0; scaling < MAX_SCALINGS; scaling += 1) {
    const level = waterLevel(vessels, poured)
    const sized = wanted.map((intent, index) => sizedAt(intent, unitsAt(level, vessels[index]!, intent), input))
    if (within(usedBy(sized), budget)) return sized
    poured = scaled(poured, roomIn(usedBy(sized), budget))
  }
  return wanted.map((intent) => sizedAt(intent, noQuantity, input))
}

function vesselOf({ instrument, targetWeight }: Intent, { valuation }: PlanInput): Vessel {
  const slope = scaled(valuation.equity, decimalFromFloat(targetWeight))
  return { slope, offset: valuation.values[instrument] ?? noMoney }
}

function unitsAt(level: Decimal, { slope, offset }: Vessel, { spec, arrival }: Intent): Quantity {
  const value = Decimal.max(0, slope.times(level).minus(offset))
  return wholeLots(spec, quantity(value.div(unitExposure(spec, arrival))))
}
