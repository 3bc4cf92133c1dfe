import { addDays, daysBetween, type SessionDate, sessionDate, weekday } from '#units/time.js'
import { type CalendarPolicy, type Every, type NominalDay, WEEKDAYS } from './schedule.js'

/** A stretch of time in which a calendar fires once. */
export interface Period {
  /** `2026-11-27`, `2026-W48` (ISO 8601), `2026-11`, `2026-Q4` or `2026`; sorts as text among those of its kind. */
  readonly key: string
  /** Its first day. */
  readonly from: SessionDate
}

const THURSDAY = 4
const FIRST = { month: '-01', quarter: ['01', '04', '07', '10'] } as const

/** The period of a kind that a date is in; weeks begin on Monday. Source: ISO 8601 for the numbers of weeks. */
export function periodOf(every: Every, date: SessionDate): Period {
  const year = date.slice(0, 4)
  switch (every) {
    case 'daily':
      return { key: date, from: date }
    case 'weekly':
      return weekOf(date)
    case 'monthly':
      return { key: date.slice(0, 7), from: sessionDate(`${date.slice(0, 7)}${FIRST.month}`) }
    case 'quarterly': {
      const quarter = Math.ceil(Number(date.slice(5, 7)) / 3)
      return { key: `${year}-Q${quarter}`, from: sessionDate(`${year}-${FIRST.quarter[quarter - 1]}-01`) }
    }
    case 'annually':
      return { key: year, from: sessionDate(`${year}-01-01`) }
  }
}

/** The period before one. */
export const periodBefore = (every: Every, { from }: Period): Period => periodOf(every, addDays(from, -1))

/** The period after one. */
export function periodAfter(every: Every, period: Period): Period {
  const next = periodOf(every, addDays(period.from, LENGTH[every]))
  return next.key === period.key ? periodOf(every, addDays(period.from, LENGTH[every] + 3)) : next
}

/** Days in the shortest period of a kind; the longest is at most three days longer. */
const LENGTH: Readonly<Record<Every, number>> = { daily: 1, weekly: 7, monthly: 28, quarterly: 90, annually: 365 }

/** The day of a period that a calendar names; the period itself for `daily`. */
export function nominalDay(calendar: CalendarPolicy, { from }: Period): NominalDay {
  switch (calendar.every) {
    case 'daily':
      return { date: from, short: false }
    case 'weekly':
      return { date: addDays(from, (WEEKDAYS.indexOf(calendar.weekday) + 6) % 7), short: false }
    case 'annually':
      return dayOfMonth(`${from.slice(0, 4)}-${String(calendar.month).padStart(2, '0')}`, calendar.day)
    default:
      return dayOfMonth(from.slice(0, 7), calendar.day)
  }
}

/**
 * True when a period is still to be fired for, `last` being the key of the one fired for last, empty before the first.
 * After a change to a schedule of another kind their keys cannot be compared: then the day it names must come after
 * the first day of `last`, so that what an earlier schedule did in a longer period is not done again for it.
 */
export function isLater(calendar: CalendarPolicy, period: Period, last: string): boolean {
  const fired = periodNamed(last)
  if (fired === null) return true
  return fired.every === calendar.every ? period.key > last : nominalDay(calendar, period).date > fired.from
}

/** The kind and first day of the period a key names; null for text that names none. */
function periodNamed(key: string): { readonly every: Every; readonly from: SessionDate } | null {
  const [, year, kind, number] = /^(\d{4})(?:-(W|Q|)(\d{1,2}(?:-\d{2})?))?$/.exec(key) ?? []
  if (year === undefined) return null
  if (number === undefined) return { every: 'annually', from: sessionDate(`${year}-01-01`) }
  if (kind === 'W') {
    // 4 January is always in the first week.
    const first = weekOf(sessionDate(`${year}-01-04`)).from
    return { every: 'weekly', from: addDays(first, 7 * (Number(number) - 1)) }
  }
  if (kind === 'Q') return { every: 'quarterly', from: sessionDate(`${year}-${FIRST.quarter[Number(number) - 1]}-01`) }
  return number.length > 2
    ? { every: 'daily', from: sessionDate(key) }
    : { every: 'monthly', from: sessionDate(`${key}${FIRST.month}`) }
}

/** A week is of the year its Thursday is in. */
function weekOf(date: SessionDate): Period {
  const monday = addDays(date, -((weekday(date) + 6) % 7))
  const thursday = addDays(monday, THURSDAY - 1)
  const year = thursday.slice(0, 4)
  const number = 1 + Math.floor(daysBetween(sessionDate(`${year}-01-01`), thursday) / 7)
  return { key: `${year}-W${String(number).padStart(2, '0')}`, from: monday }
}

function dayOfMonth(month: string, day: number): NominalDay {
  const first = sessionDate(`${month}-01`)
  // 31 days on is always in the next month.
  const days = 32 - Number(addDays(first, 31).slice(8))
  return { date: addDays(first, Math.min(day, days) - 1), short: day > days }
}
