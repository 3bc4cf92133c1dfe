/**
 * Weights proportional to signals under caps: wᵢ = min(capᵢ, θ·signalᵢ) with θ such that Σw = budget.
 *
 * Units   signals ≥ 0 of any unit, caps and budget fractions of equity; one result per signal, in the same order.
 * Edges   no signal, no weight; caps that together do not reach the budget are all met and the rest stays unspent.
 *         Renormalising after clipping would break the caps; a projection would give weight to names without a signal.
 * Errors  none: total on non-negative finite inputs. Cost O(n log n).
 * Source  design domain.md section 6.
 */
export function cappedShares(signals: readonly number[], caps: readonly number[], budget: number): number[] {
  const weights = signals.map(() => 0)
  // The first to meet its cap as θ grows is the one with the smallest cap per unit of signal.
  const order = signals
    .map((signal, index) => ({ index, signal, cap: Math.max(0, caps[index]!) }))
    .filter(({ signal }) => signal > 0)
    .sort((a, b) => a.cap / a.signal - b.cap / b.signal || a.index - b.index)
  const signalFrom = suffixSums(order.map(({ signal }) => signal))
  let left = Math.max(0, budget)
  order.forEach(({ index, signal, cap }, position) => {
    weights[index] = Math.min(cap, (left / signalFrom[position]!) * signal)
    left = Math.max(0, left - weights[index])
  })
  return weights
}

/** suffixSums(x)[i] = Σ_{j ≥ i} xⱼ, summed from the end so that no element is the rest of a subtraction. */
function suffixSums(values: readonly number[]): number[] {
  const sums = values.slice()
  for (let index = values.length - 2; index >= 0; index -= 1) sums[index]! += sums[index + 1]!
  return sums
}
