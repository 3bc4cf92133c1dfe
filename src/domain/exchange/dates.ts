import { addDays, type SessionDate, sessionDate, weekday } from '#units/time.js'

/** 0 Sunday … 6 Saturday, as `weekday` counts. */
export const [SUNDAY, MONDAY, , , THURSDAY, FRIDAY, SATURDAY] = [0, 1, 2, 3, 4, 5, 6] as const

/** A day of a year; months count from 1. */
export const dayOf = (year: number, month: number, day: number): SessionDate =>
  sessionDate(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`)

/** The `nth` such weekday of a month, 1 the first. */
export function nthWeekday(year: number, month: number, day: number, nth: number): SessionDate {
  const first = dayOf(year, month, 1)
  return addDays(first, ((day - weekday(first) + 7) % 7) + 7 * (nth - 1))
}

/** The last such weekday of a month. */
export function lastWeekday(year: number, month: number, day: number): SessionDate {
  const fourth = nthWeekday(year, month, day, 4)
  const fifth = addDays(fourth, 7)
  return fifth.slice(0, 7) === fourth.slice(0, 7) ? fifth : fourth
}

/**
 * Good Friday of a Gregorian year: two days before Easter Sunday.
 * Source  Meeus, Jones and Butcher's form of the computus (Meeus, Astronomical Algorithms, 2nd ed. 1998, chapter 8).
 */
export function goodFriday(year: number): SessionDate {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const ofCentury = year % 100
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7
  const shift = Math.floor((golden + 11 * epact + 22 * toSunday) / 451)
  const days = epact + toSunday - 7 * shift + 114
  return addDays(dayOf(year, Math.floor(days / 31), (days % 31) + 1), -2)
}

/** When a holiday on a fixed date is kept: a Sunday's on Monday, a Saturday's on Friday. */
export function observed(date: SessionDate): SessionDate {
  const day = weekday(date)
  return day === SUNDAY ? addDays(date, 1) : day === SATURDAY ? addDays(date, -1) : date
}
