import { Decimal, decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, minus, money, noMoney, plus, scaled, total } from '#units/money.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import { cashOf, reservedCash } from '../book/book.js'
import { collateral } from '../book/collateral.js'
import { amount as shown } from '../explain/words.js'
import { assemble } from './assemble.js'
import type { PlanInput } from './input.js'
import { legOf } from './leg.js'
import type { Plan, SkippedLeg } from './plan.js'
import { saleable } from './sales.js'
import { type Sold, sellInRounds } from './sell-rounds.js'

/** A withdrawal of cash. */
export interface WithdrawInput extends PlanInput {
  /** What is to be free for paying out. Positive. */
  readonly amount: Money
  /** Fraction of the equity left that stays in cash beside it: the larger of reserve and cash target. */
  readonly kept: number
  /** Fraction of it that stays in cash beside what shorts tie up. */
  readonly reserve: number
}

/** Times the costs of what is sold are added to what must be sold; proportional ones need two or three. */
const MAX_COSTINGS = 64

/**
 * Sells overweight instruments until cash covers an amount, the most overweight first: the mirror of `planInvestCash`.
 *
 * Let W be the amount, K the costs of the sales, E' = E − W − K the equity that is left, c the fraction of it kept in
 * cash, and C posted cash less what open orders were promised. Sales must bring N = W + K + c·E' − C, or the collateral of
 * shorts and a reserve of r·E' in place of c·E' where that is more. A holding of
 * value vᵢ with a target weight tᵢ sells xᵢ = max(0, vᵢ − θ·max(0, tᵢ)·E') with the largest θ ≥ 0 for which Σxᵢ ≥ N:
 * what has no target goes first, then all that are above the level θ are brought down to it.
 *
 * - Where targets and c sum to 1 and everything may be sold, Σ(vᵢ − tᵢ·E') = N, so θ ≥ 1 is enough: no sale passes its
 *   target of the equity that is left, and no gap grows. Only what cannot be sold (frozen, under a lot) takes θ below 1,
 *   and then by the same share of its target from every other.
 * - xᵢ is rounded down to lots; the lots still missing come one each from where most is left above the level. The last
 *   of them may pass a target by less than a lot.
 * - Sales under the smallest order leave, the smaller half of them at a time, and the others bring more; where they
 *   cannot, a sale is lifted to the smallest order instead.
 *
 * Never buys, never opens or deepens a short, and sells nothing when cash covers the amount already. Proceeds that have
 * not settled count as cash: a sale of yesterday need not be made again.
 *
 * Errors  refuses `CASH_NOT_RAISABLE` when all that may be sold does not bring N, with what stands in the way.
 * Source  design domain.md section 4. Cost O(n log n) for each round of small sales.
 */
export function planWithdrawCash(input: WithdrawInput): Outcome<Plan> {
  const { book, valuation, amount } = input
  const free = minus(cashOf(book), reservedCash(book))
  const tied = collateral({ book, specs: input.specs, values: valuation.values }, true)
  let costs = noMoney
  for (let costing = 0; costing < MAX_COSTINGS; costing += 1) {
    const left = minus(minus(valuation.equity, amount), costs)
    if (left.isNegative()) return notRaisable(input, minus(noMoney, left), [])
    const need = minus(plus(plus(amount, costs), cashKept(left, tied, input)), free)
    const { sales, skipped } = saleable(input, left)
    const most = total(sales.map((sale) => sale.most))
    if (need.gt(most)) return notRaisable(input, minus(need, most), skipped)
    const sold = need.gt(0) ? sellInRounds(sales, need) : NOTHING
    // A name below its target would not be sold whatever it is: that it cannot be is no news.
    const plan = planOf(sold, skipped.filter(isAbove), input)
    if (plan.cost.total.lte(costs)) return accept(plan)
    costs = wholeCents(plan.cost.total)
  }
  return notRaisable(input, costs, [])
}

/** What of `left` equity stays in cash: its share for cash, or the collateral of shorts and the reserve when that is more. */
export const cashKept = (left: Money, tied: Money, { kept, reserve }: Pick<WithdrawInput, 'kept' | 'reserve'>): Money =>
  greatest(scaled(left, decimalFromFloat(kept)), plus(tied, scaled(left, decimalFromFloat(reserve))))

const NOTHING: Sold = { sized: [], small: [] }

const isAbove = ({ residualWeight }: SkippedLeg): boolean => residualWeight < 0

/** Rounded up, so that the costs of a plan are at some point no more than was added for them. */
const wholeCents = (costs: Money): Money => money(costs.toDecimalPlaces(2, Decimal.ROUND_CEIL))

function planOf({ sized, small }: Sold, skipped: readonly SkippedLeg[], input: WithdrawInput): Plan {
  const { policy, valuation } = input
  const legs = sized.map(({ sale: { spec, arrival, instrument }, units }) =>
    legOf(
      { instrument, side: 'sell', quantity: units, arrival, ...weightsOf(input, instrument) },
      spec,
      policy.orders.collar,
      policy.costs,
    ),
  )
  const tooSmall = small.map(
    ({ instrument, smallest }): SkippedLeg => ({
      instrument,
      side: 'sell',
      reason: 'below_min_order',
      detail: `less than ${smallest.toFixed()} of it would be sold`,
      residualWeight: weightsOf(input, instrument).targetWeight - weightsOf(input, instrument).heldWeight,
    }),
  )
  return assemble(legs, [...skipped, ...tooSmall], valuation.equity)
}

const weightsOf = ({ valuation, targets }: PlanInput, instrument: InstrumentId) => ({
  heldWeight: valuation.weights[instrument] ?? 0,
  targetWeight: targets.weights[instrument] ?? 0,
})

function notRaisable({ amount }: WithdrawInput, short: Money, skipped: readonly SkippedLeg[]): Outcome<Plan> {
  const stuck = skipped.map(({ detail }) => detail)
  const why = stuck.length === 0 ? '' : ` (${stuck.join('; ')})`
  const missing = wholeCents(greatest(short, money('0.01')))
  return refuse(
    'CASH_NOT_RAISABLE',
    `${shown(amount.toFixed(2))} cannot be freed: ${shown(missing.toFixed(2))} is missing when all is sold that may be${why}`,
  )
}
