import type { Instant } from '#units/time.js'
import { isLevel, levelAfter, type VolatilityTerms, volatilityMultiplier } from './multiplier.js'

/** Who reads the index: a feed on the bus, or a file of closes. */
export type VolatilitySource = 'bus' | 'file'

/** A level of a volatility index, and when it was so. */
export interface VolatilityReading {
  readonly level: number
  readonly at: Instant
}

/** What a portfolio knows of volatility; journaled. Plain data. */
export interface VolatilityStanding {
  readonly reading: VolatilityReading & { readonly source: VolatilitySource }
  /** The level that is sized by: the reading's, or above it while that is within the hysteresis. */
  readonly level: number
  readonly multiplier: number
}

/** What stands after a reading; undefined where nothing stood before. An older one, or one that is no level, changes nothing. */
export function volatilityAfter(
  before: VolatilityStanding | undefined,
  reading: VolatilityStanding['reading'],
  terms: VolatilityTerms,
): VolatilityStanding | undefined {
  if (!isLevel(reading.level) || (before !== undefined && reading.at < before.reading.at)) return before
  const level = levelAfter(before?.level ?? null, reading.level, terms)
  return { reading, level, multiplier: volatilityMultiplier(level, terms) }
}

/**
 * True when a reading has to be written down: it is the first, moves the multiplier, comes of another source, or renews one that has used up half
 * of its age. An index speaks all day long; a journal need not.
 */
export function isVolatilityNews(
  before: VolatilityStanding | undefined,
  reading: VolatilityStanding['reading'],
  terms: VolatilityTerms,
): boolean {
  if (!isLevel(reading.level)) return false
  if (before === undefined) return true
  if (reading.at <= before.reading.at) return false
  const moved = volatilityAfter(before, reading, terms)!.multiplier !== before.multiplier
  return moved || reading.source !== before.reading.source || reading.at - before.reading.at >= terms.maxAgeMs / 2
}
