import { type Money, noMoney, ratio, total } from '#units/money.js'
import type { CostEstimate } from './model.js'

/** The causes of a cost, without their sum. */
export type CostParts = Pick<CostEstimate, 'spread' | 'temporary' | 'permanent' | 'commission'>

/** Completes the causes with their sum and its basis points of the traded value; 0 bps of a zero value. */
export function costOf(parts: CostParts, value: Money): CostEstimate {
  const sum = total([parts.spread, parts.temporary, parts.permanent, parts.commission])
  return { ...parts, total: sum, bps: value.isZero() ? 0 : ratio(sum, value) * 10_000 }
}

/** The cost of not trading. */
export const noCost: CostEstimate = costOf(
  { spread: noMoney, temporary: noMoney, permanent: noMoney, commission: noMoney },
  noMoney,
)

/** Cause-wise sum; `value` is what the trades are worth together, for the basis points. */
export const sumCosts = (estimates: readonly CostEstimate[], value: Money): CostEstimate =>
  costOf(
    {
      spread: total(estimates.map((estimate) => estimate.spread)),
      temporary: total(estimates.map((estimate) => estimate.temporary)),
      permanent: total(estimates.map((estimate) => estimate.permanent)),
      commission: total(estimates.map((estimate) => estimate.commission)),
    },
    value,
  )
