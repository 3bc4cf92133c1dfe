import type { Brand } from './brand.js'

/** Milliseconds since 1970-01-01T00:00Z, whole. */
export type Instant = Brand<number, 'Instant'>
/** A trading session's local date, `YYYY-MM-DD`; sorts as text. */
export type SessionDate = Brand<string, 'SessionDate'>

/** One second, minute, hour and day in milliseconds. */
export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Brands whole milliseconds. @throws RangeError unless a safe integer. */
export function instant(ms: number): Instant {
  if (!Number.isSafeInteger(ms)) throw new RangeError(`not an instant: ${ms}`)
  return ms as Instant
}

/** at + ms, rounded to a whole millisecond. */
export const later = (at: Instant, ms: number): Instant => instant(at + Math.round(ms))

/** RFC 3339 in UTC with milliseconds. */
export const toIso = (at: Instant): string => new Date(at).toISOString()

/** Brands a date. @throws RangeError unless a real day written YYYY-MM-DD. */
export function sessionDate(text: string): SessionDate {
  const at = Date.parse(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text)
    throw new RangeError(`not a date YYYY-MM-DD: ${JSON.stringify(text)}`)
  return text as SessionDate
}

/** Calendar days from `from` to `to`, negative when `to` is earlier. */
export const daysBetween = (from: SessionDate, to: SessionDate): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS)

/** The date `days` calendar days after. */
export const addDays = (date: SessionDate, days: number): SessionDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10) as SessionDate

/** Midnight at the beginning of a date, UTC. */
export const midnight = (date: SessionDate): Instant => instant(Date.parse(`${date}T00:00:00Z`))

/** 0 Sunday … 6 Saturday. */
export const weekday = (date: SessionDate): number => new Date(`${date}T00:00:00Z`).getUTCDay()

/** The date `days` weekdays after (Saturdays and Sundays skipped). Holidays are the calendar's business. */
export function addWeekdays(date: SessionDate, days: number): SessionDate {
  let day = date
  for (let left = days; left > 0; ) {
    day = addDays(day, 1)
    if (weekday(day) !== 0 && weekday(day) !== 6) left -= 1
  }
  return day
}
