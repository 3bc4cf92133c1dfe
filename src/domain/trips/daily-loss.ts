import type { Decimal } from '#units/decimal.js'
import { addDays } from '#units/time.js'
import { valuation } from '../book/valuation.js'
import { percent } from '../explain/words.js'
import { specsOf } from '../instrument/registry.js'
import type { MarketView } from '../market.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Finding, Trip } from './trip.js'

/** Losses of a session as fractions of equity: from the one on it warns, from the other on it halts. */
export interface DailyLossLimits {
  readonly warn: number
  readonly halt: number
}

/** Days from one session to the next at most: a weekend with holidays on both sides. */
const LONGEST_GAP_DAYS = 5

/** What a session's return is measured on. */
export interface SessionInput {
  readonly state: Pick<PortfolioState, 'book' | 'policy'>
  /** Null before the first prices. */
  readonly view: MarketView | null
  /** Value of a unit at the close of the session before; null when none was closed. */
  readonly unitAtClose: Decimal | null
}

/**
 * The session's return: value of a unit now against the last close, so that deposits and withdrawals are no profit or
 * loss. Null before the first close and when that is sessions ago,
 * for what happened while nobody looked is no session's loss; without a price for something held, and on bars longer than a day.
 */
export function sessionReturn({ state, view, unitAtClose }: SessionInput): number | null {
  const { units, markedSession } = state.book.nav
  if (view === null || markedSession === null || view.session > addDays(markedSession, LONGEST_GAP_DAYS)) return null
  if (view.barSize === '1mo' || unitAtClose === null || unitAtClose.lte(0) || units.lte(0)) return null
  const { equity, unpriced } = valuation(state.book, view, specsOf(state.policy.universe))
  return unpriced.length > 0 ? null : equity.div(units).div(unitAtClose).minus(1).toNumber()
}

/** What limits say of a session's return, for a rule and for a trip alike; null while neither is reached or nothing is known. */
export function lossOf(
  made: number | null,
  { warn, halt }: DailyLossLimits,
): Pick<Finding, 'verdict' | 'reason'> | null {
  if (made === null || made > -Math.min(warn, halt)) return null
  const verdict = made <= -halt ? 'halt' : 'warn'
  const reason = `the session has lost ${percent(-made)} (${verdict} at ${percent(verdict === 'halt' ? halt : warn)})`
  return { verdict, reason }
}

/** The tighter of two limits on each side; either may be none. */
export const tighterLoss = (one: DailyLossLimits | null, other: DailyLossLimits | null): DailyLossLimits | null =>
  one === null || other === null
    ? (one ?? other)
    : { warn: Math.min(one.warn, other.warn), halt: Math.min(one.halt, other.halt) }

/** A session that loses more than a portfolio may in a day. Source: design domain.md section 9. */
export const dailyLoss: Trip<DailyLossLimits> = (limits, input) => {
  const made = sessionReturn(input)
  const found = lossOf(made, limits)
  return made === null || found === null
    ? null
    : { rule: 'daily-loss', ...found, figures: { sessionReturn: made.toFixed(6) } }
}
