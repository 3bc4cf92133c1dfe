import { addDays } from '#units/time.js'
import { valuation } from '../book/valuation.js'
import { percent } from '../explain/words.js'
import { specsOf } from '../instrument/registry.js'
import type { Trip, TripInput } from './trip.js'

/** Losses of a session as fractions of equity: from the one on it warns, from the other on it halts. */
export interface DailyLossLimits {
  readonly warn: number
  readonly halt: number
}

/** Days from one session to the next at most: a weekend with holidays on both sides. */
const LONGEST_GAP_DAYS = 5

/**
 * The session's return: value of a unit now against the last close, so that deposits and withdrawals are no profit or
 * loss. Null before the first close and when that is sessions ago,
 * for what happened while nobody looked is no session's loss; without a price for something held, and on bars longer than a day.
 */
export function sessionReturn({ state, view, unitAtClose }: TripInput): number | null {
  const { units, markedSession } = state.book.nav
  if (view === null || markedSession === null || view.session > addDays(markedSession, LONGEST_GAP_DAYS)) return null
  if (view.barSize === '1mo' || unitAtClose === null || unitAtClose.lte(0) || units.lte(0)) return null
  const { equity, unpriced } = valuation(state.book, view, specsOf(state.policy.universe))
  return unpriced.length > 0 ? null : equity.div(units).div(unitAtClose).minus(1).toNumber()
}

/** A session that loses more than a portfolio may in a day. Source: design domain.md section 9. */
export const dailyLoss: Trip<DailyLossLimits> = ({ warn, halt }, input) => {
  const made = sessionReturn(input)
  if (made === null || made > -warn) return null
  const verdict = made <= -halt ? 'halt' : 'warn'
  const reason = `the session has lost ${percent(-made)} (${verdict} at ${percent(verdict === 'halt' ? halt : warn)})`
  return { rule: 'daily-loss', verdict, reason, figures: { sessionReturn: made.toFixed(6) } }
}
