import { addDays, type SessionDate, weekday } from '#units/time.js'
import {
  dayOf,
  FRIDAY,
  goodFriday,
  lastWeekday,
  MONDAY,
  nthWeekday,
  observed,
  SATURDAY,
  SUNDAY,
  THURSDAY,
} from './dates.js'

/** First year Juneteenth was kept. */
const JUNETEENTH_SINCE = 2022

/** The holidays of a year that United States exchanges share, by name; each is kept on the date given. */
export function usHolidays(year: number): readonly (readonly [date: SessionDate, name: string])[] {
  const newYear = dayOf(year, 1, 1)
  return [
    // A Saturday's New Year is kept by nobody: the Friday belongs to the old year's books.
    ...(weekday(newYear) === SATURDAY ? [] : [[observed(newYear), "New Year's Day"] as const]),
    [nthWeekday(year, 1, MONDAY, 3), 'Martin Luther King Jr. Day'],
    [nthWeekday(year, 2, MONDAY, 3), "Washington's Birthday"],
    [goodFriday(year), 'Good Friday'],
    [lastWeekday(year, 5, MONDAY), 'Memorial Day'],
    ...(year < JUNETEENTH_SINCE ? [] : [[observed(dayOf(year, 6, 19)), 'Juneteenth'] as const]),
    [observed(dayOf(year, 7, 4)), 'Independence Day'],
    [nthWeekday(year, 9, MONDAY, 1), 'Labor Day'],
    [nthWeekday(year, 11, THURSDAY, 4), 'Thanksgiving Day'],
    [observed(dayOf(year, 12, 25)), 'Christmas Day'],
  ]
}

/** Days of a year that end early before or after a holiday; none of them is a holiday itself. */
export function usShortDays(year: number): readonly (readonly [date: SessionDate, name: string])[] {
  const eves = [
    [dayOf(year, 7, 3), 'day before Independence Day'],
    [dayOf(year, 12, 24), 'Christmas Eve'],
  ] as const
  return [
    // On a Friday the eve is the holiday's own observed day, on a weekend it is none.
    ...eves.filter(([date]) => ![FRIDAY, SATURDAY, SUNDAY].includes(weekday(date) as 0 | 5 | 6)),
    [addDays(nthWeekday(year, 11, THURSDAY, 4), 1), 'day after Thanksgiving'],
  ]
}
