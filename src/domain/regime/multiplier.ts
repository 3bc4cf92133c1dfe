import type { Instant } from '#units/time.js'
import { type MarketRegime, REGIME_SIZING_MULTIPLIERS } from './regime.js'

/** What a detector, or an operator in its place, says of the market. */
export interface RegimeReading {
  readonly regime: MarketRegime
  /** In [0, 1]. */
  readonly confidence: number
  /** When it was so. */
  readonly at: Instant
}

/** How a reading becomes a multiplier. */
export interface SizingTerms {
  /** What each regime multiplies risky weights by, before the clamp. */
  readonly multipliers: Readonly<Record<MarketRegime, number>>
  /** A reading less sure than this changes nothing but that nothing is enlarged. */
  readonly minConfidence: number
  /** A reading older than this is none. */
  readonly maxAgeMs: number
}

/** The defaults of design domain.md section 10; a reading of daily bars may be as old as a price of one. */
export const SIZING_TERMS: SizingTerms = {
  multipliers: REGIME_SIZING_MULTIPLIERS,
  minConfidence: 0.6,
  maxAgeMs: 4 * 86_400_000,
}

/** Nothing may shrink weights below the one or enlarge them beyond the other, whatever a table says. */
export const SMALLEST_MULTIPLIER = 0.3
/** See {@link SMALLEST_MULTIPLIER}. */
export const LARGEST_MULTIPLIER = 1.5

/** A multiplier and what it rests on: the regime, or that there is no reading that may be followed. */
export interface Sizing {
  readonly multiplier: number
  readonly because: 'regime' | 'unsure' | 'stale' | 'missing'
}

/**
 * What risky weights are multiplied by at `now`, given the multiplier in force before.
 *
 * A reading that is sure and fresh sets the multiplier of its regime, clamped to [0.3, 1.5]. One that is unsure, too old or
 * missing leaves the last one, but never above 1: losing the detector must not add risk, and must not take back what it reduced.
 * Edges   confidence exactly at the minimum counts, age exactly at the maximum too; a reading from after `now` is fresh.
 *         A confidence that is no number is unsure; a multiplier that is none counts as 1.
 * Errors  none: total on every input. Source: design domain.md section 10.
 */
export function sizingOf(
  reading: RegimeReading | null,
  last: number,
  now: Instant,
  { multipliers, minConfidence, maxAgeMs }: SizingTerms = SIZING_TERMS,
): Sizing {
  const kept = Math.min(clampedMultiplier(last), 1)
  if (reading === null) return { multiplier: kept, because: 'missing' }
  if (now - reading.at > maxAgeMs) return { multiplier: kept, because: 'stale' }
  if (!(reading.confidence >= minConfidence)) return { multiplier: kept, because: 'unsure' }
  return { multiplier: clampedMultiplier(multipliers[reading.regime]), because: 'regime' }
}

/** The multiplier within its limits; one that is no number is 1. */
export function clampedMultiplier(multiplier: number): number {
  if (Number.isNaN(multiplier)) return 1
  return Math.min(LARGEST_MULTIPLIER, Math.max(SMALLEST_MULTIPLIER, multiplier))
}
