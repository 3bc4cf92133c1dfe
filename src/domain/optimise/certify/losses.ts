import type { MeanCvarProblem } from '../mean-cvar.js'

/** Scenario probabilities that sum to 1; equal when the problem states none. */
export function probabilitiesOf({ scenarios }: MeanCvarProblem): Float64Array {
  const { rows, probabilities } = scenarios
  if (probabilities === undefined) return new Float64Array(rows).fill(1 / rows)
  const sum = probabilities.reduce((total, p) => total + p, 0)
  return probabilities.map((p) => p / sum)
}

/** Loss −R·w of each scenario, fraction of equity. */
export function lossesAt({ scenarios }: MeanCvarProblem, weights: Float64Array): Float64Array {
  const { rows, columns, returns } = scenarios
  const losses = new Float64Array(rows)
  for (let t = 0; t < rows; t++) {
    let value = 0
    for (let i = 0; i < columns; i++) value += returns[t * columns + i]! * weights[i]!
    losses[t] = -value
  }
  return losses
}

/**
 * VaR = min{z : P(L <= z) >= alpha}; CVaR = (sum over L > VaR of p L + (1 - alpha - P(L > VaR)) VaR) / (1 - alpha):
 * the atom at VaR counts in part (Rockafellar & Uryasev, J. Banking & Finance 26, 2002, Proposition 8).
 */
export function tailOf(
  losses: Float64Array,
  probabilities: Float64Array,
  confidence: number,
): { readonly value: number; readonly cvar: number } {
  const mass = 1 - confidence
  const order = Array.from(losses.keys()).sort((a, b) => losses[b]! - losses[a]!)
  let above = 0
  let sum = 0
  let value = Number.NaN
  for (const t of order) {
    const probability = probabilities[t]!
    if (probability === 0) continue
    value = losses[t]!
    if (above + probability >= mass) break
    above += probability
    sum += probability * value
  }
  return { value, cvar: (sum + (mass - above) * value) / mass }
}

/** Largest absolute element; 0 of none. */
export function largest(values: Float64Array | Float32Array | undefined): number {
  let most = 0
  const count = values?.length ?? 0
  for (let k = 0; k < count; k++) most = Math.max(most, Math.abs(values![k]!))
  return most
}
