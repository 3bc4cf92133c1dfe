import { type SessionDate, sessionDate } from '#units/time.js'
import type { Exception, ExchangeRules } from './calendar.js'
import { usHolidays, usShortDays } from './us-holidays.js'

/** When shortened days end, New York time. */
const EARLY_CLOSE = '13:00'

/** Closures no rule foresees. Source: notices of the exchange. */
const CLOSURES: Readonly<Record<string, string>> = {
  '2012-10-29': 'Hurricane Sandy',
  '2012-10-30': 'Hurricane Sandy',
  '2018-12-05': 'mourning for George H. W. Bush',
  '2025-01-09': 'mourning for Jimmy Carter',
}

/** New York Stock Exchange, regular hours. Source: NYSE rule 7.2 and its yearly lists of holidays. */
export const nyse: ExchangeRules = {
  id: 'XNYS',
  name: 'New York Stock Exchange',
  zone: 'America/New_York',
  open: { time: '09:30', daysBefore: 0 },
  close: { time: '16:00', daysAfter: 0 },
  weekdays: new Set([1, 2, 3, 4, 5]),
  from: sessionDate('2010-01-01'),
  to: sessionDate('2035-12-31'),
  exceptions: (year) => {
    const closed = (name: string): Exception => ({ kind: 'closed', name })
    return new Map<SessionDate, Exception>([
      ...usShortDays(year).map(([date, name]) => [date, { kind: 'early', close: EARLY_CLOSE, name }] as const),
      ...usHolidays(year).map(([date, name]) => [date, closed(name)] as const),
      ...Object.entries(CLOSURES).map(([date, name]) => [date as SessionDate, closed(name)] as const),
    ])
  },
}
