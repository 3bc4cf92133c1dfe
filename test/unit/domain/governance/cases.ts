import type { Occasion, RuleContext } from '#domain/governance/rule.js'
import { assemble } from '#domain/plan/assemble.js'
import { legOf } from '#domain/plan/leg.js'
import type { Plan } from '#domain/plan/plan.js'
import type { PlanInput } from '#domain/plan/rebalance.js'
import { instrumentId } from '#units/ids.js'
import { magnitude, noMoney, price, quantity } from '#units/money.js'
import { NOW, type PlanCase, planInput } from '../../../support/books.js'

/** A rebalance by drift of a portfolio that has been traded before, the first run of its session; no sell is credited. */
export const occasion: Occasion = {
  type: 'full',
  trigger: 'drift',
  automaticRuns: 1,
  funds: false,
  traded: { buy: noMoney, sell: noMoney },
  sellsFirst: false,
}

/** A plan of exactly these trades (signed units), at the view's prices, and what rules see with it. */
export function contextOf(given: Omit<PlanCase, 'targets'>, trades: Readonly<Record<string, string>>): RuleContext {
  const input = planInput({ ...given, targets: {} })
  return { ...seenWith(input), plan: planOf(input, trades) }
}

/** What rules see of a planner's input, with a plan. */
export const contextFor = (input: PlanInput, plan: Plan): RuleContext => ({ ...seenWith(input), plan })

const seenWith = ({ book, view, specs, valuation }: PlanInput): Omit<RuleContext, 'plan'> => ({
  book,
  view,
  specs,
  equity: valuation.equity,
  at: NOW,
  occasion,
})

function planOf(input: PlanInput, trades: Readonly<Record<string, string>>): Plan {
  const legs = Object.entries(trades).map(([name, units]) => {
    const instrument = instrumentId(name)
    const signed = quantity(units)
    const trade = {
      instrument,
      side: signed.isNegative() ? 'sell' : 'buy',
      quantity: magnitude(signed),
      arrival: input.view.quotes[instrument]?.price ?? price('1'),
      heldWeight: input.valuation.weights[instrument] ?? 0,
      targetWeight: 0,
    } as const
    return legOf(trade, input.specs[instrument]!, input.policy.orders.collar, input.policy.costs)
  })
  return assemble(legs, [], input.valuation.equity)
}
