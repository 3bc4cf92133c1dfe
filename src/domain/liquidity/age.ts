import { z } from 'zod'
import { DAY_MS, type Instant, toIso } from '#units/time.js'
import type { Known } from './liquidity.js'

const days = z.int().min(1).max(3660)

/** Parameters of a rule on liquidity: how old its input may be. */
export const liquidityAges = {
  maxAgeDays: days.default(5).describe('oldest that figures of bars may be, calendar days since the bar closed'),
  maxDeclaredAgeDays: days.default(92).describe('oldest that declared figures may be, calendar days'),
}

/** See {@link liquidityAges}. */
export interface LiquidityAges {
  readonly maxAgeDays: number
  readonly maxDeclaredAgeDays: number
}

/**
 * Why a name's figures may not be relied on, in words that follow its name; empty when they may. Edges: exactly at the limit
 * is fresh, and so are figures of a time to come; an ADV that is no number ≥ 0 is none.
 */
export function liquidityDoubt(known: Known | undefined, at: Instant, ages: LiquidityAges): string {
  if (known === undefined) return 'has no known liquidity'
  if (!known.adv.isFinite() || known.adv.isNegative()) return `has an ADV of ${known.adv.toString()}`
  const budget = known.declared ? ages.maxDeclaredAgeDays : ages.maxAgeDays
  if (at - known.at <= budget * DAY_MS) return ''
  return `has figures ${known.declared ? 'declared on' : 'of'} ${toIso(known.at).slice(0, 10)}, older than ${budget} days`
}

/** A name's ADV for people: what it is and where it comes from. */
export const advText = ({ adv, declared }: Known): string => `${adv.toFixed(0)}${declared ? ' (declared)' : ''}`
