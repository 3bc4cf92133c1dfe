/** Weights under caps, one per signal in the same order, and the θ that made them; ∞ where every cap is met. */
export interface Scaled {
  readonly weights: number[]
  readonly theta: number
}

/**
 * Weights proportional to signals under caps: wᵢ = min(capᵢ, θ·signalᵢ) with θ such that Σw = budget.
 *
 * Units   signals ≥ 0 of any unit, caps and budget fractions of equity; one result per signal, in the same order.
 * Edges   no signal, no weight; caps that together do not reach the budget are all met and the rest stays unspent.
 *         Equal signals under equal caps get the same weight to the bit.
 *         Renormalising after clipping would break the caps; a projection would give weight to names without a signal.
 * Errors  none: total on non-negative finite inputs. Cost O(n log n).
 * Source  design domain.md section 6.
 */
export function scaledShares(signals: readonly number[], caps: readonly number[], budget: number): Scaled {
  const weights = signals.map(() => 0)
  // The first to meet its cap as θ grows is the one with the smallest cap per unit of signal.
  const order = signals
    .map((signal, index) => ({ index, signal, cap: Math.max(0, caps[index]!) }))
    .filter(({ signal }) => signal > 0)
    .sort((a, b) => a.cap / a.signal - b.cap / b.signal || a.index - b.index)
  const signalFrom = suffixSums(order.map(({ signal }) => signal))
  let left = Math.max(0, budget)
  let theta = Number.POSITIVE_INFINITY
  order.forEach(({ index, signal, cap }, position) => {
    const even = left / signalFrom[position]!
    if (theta === Number.POSITIVE_INFINITY && even * signal < cap) theta = even
    weights[index] = Math.min(cap, theta * signal)
    left = Math.max(0, left - weights[index])
  })
  return { weights, theta }
}

/** The weights of {@link scaledShares}. */
export const cappedShares = (signals: readonly number[], caps: readonly number[], budget: number): number[] =>
  scaledShares(signals, caps, budget).weights

/**
 * Sizes that mean what they say, under caps: the rule of {@link scaledShares} with θ ≤ 1. They are scaled down where they
 * ask for more than the budget, and never up: what they do not ask for stays unspent.
 */
export function cappedSizes(sizes: readonly number[], caps: readonly number[], budget: number): Scaled {
  const most = sizes.map((size, index) => Math.min(size, caps[index]!))
  const { weights, theta } = scaledShares(sizes, most, budget)
  return { weights, theta: Math.min(1, theta) }
}

/** suffixSums(x)[i] = Σ_{j ≥ i} xⱼ, summed from the end so that no element is the rest of a subtraction. */
function suffixSums(values: readonly number[]): number[] {
  const sums = values.slice()
  for (let index = values.length - 2; index >= 0; index -= 1) sums[index]! += sums[index + 1]!
  return sums
}
