/** Value at risk and conditional value at risk of a loss distribution, in the unit of the losses; positive is a loss. */
export interface Tail {
  readonly var: number
  readonly cvar: number
}

/** Mass below which two cumulative probabilities are the same: (1 − 0.9)·10 misses 1 by 2e-16. */
const MASS_SLACK = 1e-12

/**
 * Empirical VaR and CVaR of a discrete loss distribution, the boundary atom split so that the tail weighs exactly 1 − α.
 *
 *   VaR = min{z : P(L ≤ z) ≥ α},  CVaR = [Σ_{L>VaR} p·L + (1 − α − P(L>VaR))·VaR] / (1 − α)
 *
 * Units   losses as given (here fractions of equity per period); probabilities ≥ 0, normalised here; absent means equal.
 * Edges   α·T fractional splits the boundary loss; fewer than 1/(1 − α) losses give CVaR = VaR = the largest;
 *         scenarios of probability zero do not exist.
 * Errors  @throws RangeError on no losses, α outside (0, 1), a non-finite loss, a negative probability or none positive.
 * Cost    O(T log T).
 * Source  Rockafellar & Uryasev, J. Banking & Finance 26 (2002), Proposition 8; design domain.md section 12.
 */
export function empiricalTail(losses: Float64Array, confidence: number, probabilities?: Float64Array): Tail {
  const masses = checkedMasses(losses, confidence, probabilities)
  let total = 0
  for (const mass of masses) total += mass
  if (!(total > 0)) throw new RangeError('no loss has a positive probability')
  const worstFirst = Uint32Array.from(losses.keys()).sort((a, b) => losses[b]! - losses[a]! || a - b)
  const tail = (1 - confidence) * total
  let above = 0
  let weighted = 0
  let boundary = 0
  for (const index of worstFirst) {
    const mass = masses[index]!
    boundary = losses[index]!
    if (above + mass > tail + MASS_SLACK * total) break
    above += mass
    weighted += mass * boundary
  }
  return { var: boundary, cvar: (weighted + (tail - above) * boundary) / tail }
}

/** One mass per loss, all 1 when none are given: counts are exact where 1/T is not. */
function checkedMasses(losses: Float64Array, confidence: number, probabilities?: Float64Array): Float64Array {
  if (losses.length === 0) throw new RangeError('a tail needs at least one loss')
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence ${confidence} is not between 0 and 1`)
  if (!losses.every(Number.isFinite)) throw new RangeError('a loss is not finite')
  if (probabilities === undefined) return new Float64Array(losses.length).fill(1)
  if (probabilities.length !== losses.length) throw new RangeError('one probability per loss')
  if (!probabilities.every((p) => Number.isFinite(p) && p >= 0)) throw new RangeError('a probability is not ≥ 0')
  return probabilities
}
