import { type SessionDate, sessionDate } from '#units/time.js'
import type { Exception, ExchangeRules } from './calendar.js'
import { FRIDAY, goodFriday, nthWeekday } from './dates.js'
import { usHolidays, usShortDays } from './us-holidays.js'

/** On these the market stands still for a day; on the other holidays it stops at noon. */
const CLOSED: ReadonlySet<string> = new Set(["New Year's Day", 'Good Friday', 'Christmas Day'])
/** Chicago times at which shortened days end. */
const EARLY = { holiday: '12:00', eve: '12:15', jobs: '08:15' } as const

/** Shortened days no rule foresees. Source: notices of the exchange. */
const MOURNING: Readonly<Record<string, Exception>> = {
  '2018-12-05': { kind: 'early', close: '08:30', name: 'mourning for George H. W. Bush' },
  '2025-01-09': { kind: 'early', close: '08:30', name: 'mourning for Jimmy Carter' },
}

/**
 * CME Globex equity index futures: 23 hours a day, from five in the afternoon before. A Good Friday on which the United
 * States publish employment figures, the first Friday of April, trades until a quarter of an hour before the stock market
 * would open. Source: CME Group holiday calendars since 2015.
 */
export const cmeEquityFutures: ExchangeRules = {
  id: 'XCME',
  name: 'CME Globex equity index futures',
  zone: 'America/Chicago',
  open: { time: '17:00', daysBefore: 1 },
  close: { time: '16:00', daysAfter: 0 },
  weekdays: new Set([1, 2, 3, 4, 5]),
  from: sessionDate('2015-01-01'),
  to: sessionDate('2035-12-31'),
  exceptions: (year) =>
    new Map<SessionDate, Exception>([
      ...usShortDays(year).map(([date, name]) => [date, { kind: 'early', close: EARLY.eve, name }] as const),
      ...usHolidays(year).map(([date, name]) => [date, holiday(year, name)] as const),
      ...(Object.entries(MOURNING) as [SessionDate, Exception][]),
    ]),
}

function holiday(year: number, name: string): Exception {
  if (name === 'Good Friday' && goodFriday(year) === nthWeekday(year, 4, FRIDAY, 1))
    return { kind: 'early', close: EARLY.jobs, name }
  return CLOSED.has(name) ? { kind: 'closed', name } : { kind: 'early', close: EARLY.holiday, name }
}
