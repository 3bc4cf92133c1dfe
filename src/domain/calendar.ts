import { addDays, type SessionDate, sessionDate } from '#units/time.js'
import type { TriggerPolicy } from './policy.js'

/**
 * The month a calendar is due for at a session, or null when nothing is due.
 *
 * Units   periods are `YYYY-MM`; `lastPeriod` is the one it fired for last, empty before the first.
 * Rule    due from the first session on or after `day` of the month (29–31 in a short month: its last day), once per
 *         period. A session that comes late, after downtime or because the month had none left, is due for the latest
 *         month whose day has passed, and months missed before that are not made up for.
 * Edges   before the first firing only the session's own month counts: a portfolio that starts before the day waits
 *         for it, one that starts after it is due at once. Never for `lastPeriod` or a month before it.
 * Source  design domain.md section 3 (`fire-once`).
 */
export function calendarDue(
  calendar: TriggerPolicy['calendar'],
  session: SessionDate,
  lastPeriod: string,
): { readonly period: string } | null {
  if (calendar === null) return null
  const first = sessionDate(`${session.slice(0, 7)}-01`)
  const due = addDays(first, Math.min(calendar.day, daysInMonth(first)) - 1)
  if (session < due && lastPeriod === '') return null
  const period = session >= due ? session.slice(0, 7) : addDays(first, -1).slice(0, 7)
  return period > lastPeriod ? { period } : null
}

/** Days in the month that begins on `first`; 31 days on is always in the next month. */
function daysInMonth(first: SessionDate): number {
  const intoNext = Number(addDays(first, 31).slice(8))
  return 32 - intoNext
}
