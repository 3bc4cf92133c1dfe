import { type Instant, later } from '#units/time.js'
import { clampedMultiplier, type RegimeReading, type Sizing, type SizingTerms, sizingOf } from './multiplier.js'
import type { MarketRegime } from './regime.js'

/** Who reads the regime. */
export type RegimeSource = 'bus' | 'detector'

/** A person's word in place of a detector's, until a time. */
export interface RegimeOverride {
  readonly regime: MarketRegime
  readonly until: Instant
  readonly actor: string
  readonly reason: string
}

/** What a portfolio knows of the kind of market it is in; journaled. Plain data. */
export interface RegimeStanding {
  /** The latest reading and who made it; null before the first. */
  readonly reading: (RegimeReading & { readonly source: RegimeSource }) | null
  readonly override: RegimeOverride | null
  /** The multiplier the readings alone have led to: what stays, at most 1, while there is none to follow. */
  readonly read: number
  /** In force now. */
  readonly regime: MarketRegime
  readonly multiplier: number
  readonly because: Sizing['because'] | 'override'
}

/** Before anybody has said anything. */
export const NO_REGIME: RegimeStanding = {
  reading: null,
  override: null,
  read: 1,
  regime: 'UNKNOWN',
  multiplier: 1,
  because: 'missing',
}

/** What is new: a reading, a word of a person's (null takes it back), or nothing but time. */
export interface RegimeNews {
  readonly reading?: NonNullable<RegimeStanding['reading']>
  readonly override?: RegimeOverride | null
}

/**
 * What stands after news, or after time alone has passed, at `now`. A reading older than the one known is not taken. An
 * override that is over is forgotten; while it lasts readings are noted and followed again afterwards.
 * Pure and total. Source: design domain.md section 10.
 */
export function standingAfter(
  before: RegimeStanding,
  { reading: heard, override: said }: RegimeNews,
  now: Instant,
  terms: SizingTerms,
): RegimeStanding {
  const newer = heard !== undefined && (before.reading === null || heard.at >= before.reading.at)
  const reading = newer ? heard : before.reading
  const wanted = said === undefined ? before.override : said
  const override = wanted !== null && wanted.until > now ? wanted : null
  const sized = sizingOf(reading, before.read, now, terms)
  const base = { reading, override, read: sized.multiplier }
  if (override === null) return { ...base, regime: reading?.regime ?? 'UNKNOWN', ...sized }
  const multiplier = clampedMultiplier(terms.multipliers[override.regime])
  return { ...base, regime: override.regime, multiplier, because: 'override' }
}

/** When what stands changes by time alone: a reading grows too old, an override ends. Null when it does not. */
export function standsUntil({ reading, override, because }: RegimeStanding, { maxAgeMs }: SizingTerms): Instant | null {
  if (override !== null) return override.until
  // The first instant at which it is older than allowed.
  return reading !== null && (because === 'regime' || because === 'unsure') ? later(reading.at, maxAgeMs + 1) : null
}

/**
 * True when a reading has to be written down: it says another regime than the last, is sure where that was not or the other
 * way round, or renews one that has used up half of its age. A detector speaks with every bar; a journal need not.
 */
export function isNews(
  { reading: known }: RegimeStanding,
  reading: RegimeReading & { readonly source: RegimeSource },
  { minConfidence, maxAgeMs }: SizingTerms,
): boolean {
  if (known === null) return true
  if (reading.at <= known.at) return false
  const sure = (confidence: number): boolean => confidence >= minConfidence
  if (reading.regime !== known.regime || reading.source !== known.source) return true
  return sure(reading.confidence) !== sure(known.confidence) || reading.at - known.at >= maxAgeMs / 2
}
