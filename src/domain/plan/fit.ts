import { Decimal } from '#units/decimal.js'
import { minus, noQuantity, plus, scaled } from '#units/money.js'
import { wholeLots } from '../instrument/registry.js'
import { byText } from './assemble.js'
import { type Bought, type BuyBudget, buyInRounds, roomIn, type Sized, sizedAt, usedBy, within } from './budget.js'
import type { PlanInput } from './input.js'
import type { Intent } from './intents.js'

/** Repeats of the scaling that costs which are not proportional may need; proportional ones need one. */
const MAX_SCALINGS = 64

/**
 * Cuts buys to a budget, pro rata to the gap each would close: every quantity is scaled by the same factor and
 * rounded down to lots, then the cash that rounding freed buys one more lot where the largest share is missing. So
 * no buy starves because of its place in a queue, and nothing is bought beyond what was wanted.
 * Source: design domain.md section 4.
 */
export const fitBuys = (wanted: readonly Intent[], input: PlanInput, budget: BuyBudget): Bought =>
  buyInRounds(wanted, input, (left) => proRata(left, input, budget))

function proRata(wanted: readonly Intent[], input: PlanInput, budget: BuyBudget): readonly Sized[] {
  let sized = wanted.map((intent) => sizedAt(intent, intent.quantity, input))
  if (within(usedBy(sized), budget)) return sized
  let factor = new Decimal('1')
  for (let scaling = 0; scaling < MAX_SCALINGS; scaling += 1) {
    factor = factor.times(roomIn(usedBy(sized), budget))
    sized = wanted.map((intent) => sizedAt(intent, wholeLots(intent.spec, scaled(intent.quantity, factor)), input))
    if (within(usedBy(sized), budget)) return topUp(sized, input, budget)
  }
  return wanted.map((intent) => sizedAt(intent, noQuantity, input))
}

/** One more lot each, the least filled first, while both ceilings hold. A scaled quantity is a lot or more short. */
function topUp(sized: readonly Sized[], input: PlanInput, budget: BuyBudget): readonly Sized[] {
  const filled = ({ intent, units }: Sized): Decimal => units.div(intent.quantity)
  const neediest = [...sized].sort(
    (a, b) => filled(a).comparedTo(filled(b)) || byText(a.intent.instrument, b.intent.instrument),
  )
  const larger = new Map<Intent, Sized>()
  let used = usedBy(sized)
  for (const row of neediest) {
    const units = plus(row.units, row.intent.spec.lot)
    const more = sizedAt(row.intent, units, input)
    const then = {
      commit: plus(used.commit, minus(more.commit, row.commit)),
      spend: plus(used.spend, minus(more.spend, row.spend)),
    }
    if (!within(then, budget)) continue
    used = then
    larger.set(row.intent, more)
  }
  return sized.map((row) => larger.get(row.intent) ?? row)
}
