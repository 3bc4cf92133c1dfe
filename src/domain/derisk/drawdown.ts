import type { Instant } from '#units/time.js'

/** How far a portfolio is below its high-water mark, as rules and targets count it; journaled. Fractions of the mark, ≥ 0. */
export interface DrawdownStanding {
  /** Loss from the mark when it was last looked at. */
  readonly now: number
  /** What exposure is cut for: never less than `now`, and more while a recovery is less than its band. */
  readonly counted: number
  /** Of the market it was looked at with. */
  readonly asOf: Instant
}

/** The least that is left of targets, however deep the drawdown. Source: design domain.md section 9. */
const LEAST = 0.25

/**
 * The drawdown that counts after one more look. A deeper one counts at once; a recovery counts once it is more than `band`, and
 * then but for the band: min(max(before, now), now + band). So a unit value that swings by less than the band moves nothing, and looking
 * at the same again changes nothing. At a new high it is the band at most.
 */
export const countedAfter = (before: number, now: number, band: number): number =>
  Math.min(Math.max(before, now), now + band)

/**
 * What a drawdown leaves of targets, L being the limit: m = clamp(1 − 0.75·(dd − L/4) / (0.75·L), 0.25, 1), all of them up to a
 * quarter of the limit and a quarter of them from the limit on. Falls in dd, rises in L. Source: design domain.md section 9.
 */
export function drawdownMultiplier(counted: number, limit: number): number {
  const cut = (counted - limit / 4) / limit
  return Math.min(1, Math.max(LEAST, 1 - cut))
}
