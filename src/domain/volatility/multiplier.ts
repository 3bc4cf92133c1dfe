/** What a level of a volatility index leaves of risky weights. */
export interface VolatilityTerms {
  /** Up to this level all of them stay. */
  readonly calm: number
  /** From this level on the least stays. */
  readonly wild: number
  /** Multiplier at `wild` and above; between the two it falls in a straight line. */
  readonly least: number
  /** How far below its height a level has to fall before the multiplier rises again, index points. */
  readonly hysteresis: number
  /** A reading older than this is stale: the last multiplier stays. */
  readonly maxAgeMs: number
}

/**
 * The defaults of design domain.md section 9 for the VIX; hysteresis of two points is a twentieth of the weights. 15 to 30 would bind on two days of
 * three: see ADR 0043.
 */
export const VOLATILITY_TERMS: VolatilityTerms = {
  ...{ calm: 20, wild: 40, least: 0.5, hysteresis: 2 },
  maxAgeMs: 4 * 86_400_000,
}

/**
 * What a level leaves of risky weights: 1 up to `calm`, `least` from `wild` on, linear between, in hundredths. A level that is no
 * positive number leaves the least. In [least, 1], non-increasing in the level; total. Source: design domain.md section 9.
 */
export function volatilityMultiplier(level: number, { calm, wild, least }: VolatilityTerms): number {
  if (!isLevel(level)) return least
  const part = Math.min(1, Math.max(0, (level - calm) / (wild - calm)))
  return Number((1 - part * (1 - least)).toFixed(2))
}

/** True for what an index can be at. */
export const isLevel = (level: number): boolean => Number.isFinite(level) && level > 0

/**
 * The level that is sized by after one more reading: at once where it rises, and `hysteresis` points above where it falls, so that
 * an index which moves to and fro within the band moves no weights. Before the first reading (null): the reading itself.
 */
export const levelAfter = (before: number | null, read: number, { hysteresis }: VolatilityTerms): number =>
  before === null ? read : Math.max(read, Math.min(before, read + hysteresis))
