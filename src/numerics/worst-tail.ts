import { empiricalTail } from './tail.js'

/** Changes up to which every corner is tried: 2⁸ tails. */
const TRIED = 8

/** The largest CVaR, and how it was found: by trying every corner, or as a bound from above. */
export interface WorstTail {
  readonly cvar: number
  readonly exact: boolean
}

/**
 * The largest CVaR that losses may come to when each of some changes is added to them in any part from none to all.
 *
 * CVaR is convex in the parts, so its largest value is at a corner: each change whole or not at all. Up to eight changes every corner is
 * tried. Beyond, each scenario takes those changes that make it worse, which no parts can exceed: Σ of the losing ones is
 * at least what any part of all of them adds. Both grow with every change that is made larger.
 * Units   losses a scenario, as given; `changes` has as many elements each.
 * Errors  those of {@link empiricalTail}. Cost O(2⁸ × T log T) or O(changes × T).
 * Source  Rockafellar & Uryasev, J. Banking & Finance 26 (2002), Corollary 12 (convexity); ADR 0041.
 */
export function worstTail(losses: Float64Array, changes: readonly Float64Array[], confidence: number): WorstTail {
  if (changes.length <= TRIED) return { cvar: largestAt(losses, changes, confidence), exact: true }
  const worst = losses.slice()
  for (const change of changes) for (const [at, value] of change.entries()) worst[at]! += Math.max(0, value)
  return { cvar: empiricalTail(worst, confidence).cvar, exact: false }
}

function largestAt(losses: Float64Array, changes: readonly Float64Array[], confidence: number): number {
  const [first, ...rest] = changes
  if (first === undefined) return empiricalTail(losses, confidence).cvar
  const changed = losses.map((loss, at) => loss + first[at]!)
  return Math.max(largestAt(losses, rest, confidence), largestAt(changed, rest, confidence))
}
