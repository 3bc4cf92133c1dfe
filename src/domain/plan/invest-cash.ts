import { Decimal, decimalFromFloat } from '#units/decimal.js'
import { least, type Money, noMoney, noQuantity, type Quantity, quantity, scaled } from '#units/money.js'
import { openingCash } from '../book/collateral.js'
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
 * with the largest θ ≤ 1 whose buys fit both ceilings of `planBuys`, with cash that is nobody's collateral. Buys that end under a lot or
 * the smallest order leave, the smaller half of them at a time, and θ rises for the rest. Never sells, never passes a
 * target; instruments without a positive target are left alone. Source: design domain.md section 4.
 */
export function planInvestCash(input: InvestInput): Plan {
  const found = intents(input)
  const wanted = found.wanted.filter((intent) => intent.side === 'buy' && intent.targetWeight > 0)
  const { book, specs, policy, available } = input
  const uncommitted = openingCash({ book, specs, values: input.valuation.values }, policy.orders.allowUnsettled)
  const budget = { commit: least(available, uncommitted), spend: beyondCashTarget(input, noMoney) }
  const bought = buyInRounds(wanted, input, (left) => pour(left, input, budget))
  const skipped = found.skipped.filter((leg) => leg.side === 'buy')
  return assemble(bought.legs, [...skipped, ...bought.skipped], input.valuation.equity)
}

function pour(wanted: readonly Intent[], input: PlanInput, budget: BuyBudget): readonly Sized[] {
  const full = wanted.map((intent) => sizedAt(intent, intent.quantity, input))
  const flows = wanted.map((intent) => flowOf(intent, input))
  const vessels = { commit: charged(flows, full, 'commit'), spend: charged(flows, full, 'spend') }
  let { commit, spend } = budget
  for (let scaling = 0; scaling < MAX_SCALINGS; scaling += 1) {
    const level = Decimal.min(waterLevel(vessels.commit, commit), waterLevel(vessels.spend, spend))
    const sized = wanted.map((intent, index) => sizedAt(intent, unitsAt(level, flows[index]!, intent), input))
    const used = usedBy(sized)
    if (within(used, budget)) return sized
    commit = scaled(commit, roomIn(used, budget))
    spend = scaled(spend, roomIn(used, budget))
  }
  return wanted.map((intent) => sizedAt(intent, noQuantity, input))
}

/** xᵢ as a vessel in money: slope tᵢ·E, offset vᵢ. */
function flowOf({ instrument, targetWeight }: Intent, { valuation }: PlanInput): Vessel {
  const slope = scaled(valuation.equity, decimalFromFloat(targetWeight))
  return { slope, offset: valuation.values[instrument] ?? noMoney }
}

/** The same vessels in what a unit of each buy's value uses of one ceiling; collars on a coarse tick differ. */
const charged = (flows: readonly Vessel[], full: readonly Sized[], which: keyof BuyBudget): readonly Vessel[] =>
  flows.map(({ slope, offset }, index) => {
    const charge = full[index]![which].div(full[index]!.leg.value)
    return { slope: slope.times(charge), offset: offset.times(charge) }
  })

function unitsAt(level: Decimal, { slope, offset }: Vessel, { spec, arrival }: Intent): Quantity {
  const value = Decimal.max(0, slope.times(level).minus(offset))
  return wholeLots(spec, quantity(value.div(unitExposure(spec, arrival))))
}
