import { Temporal } from 'temporal-polyfill'
import { Fault } from '#units/fault.js'
import {
  HOUR_MS,
  type Instant,
  instant,
  MINUTE_MS,
  midnight,
  SECOND_MS,
  type SessionDate,
  sessionDate,
} from '#units/time.js'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const NAMED = /^([A-Za-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})$/

/** Reads `2000-01-31` or `Jan 31 2000`; undefined for anything else, days that do not exist included. */
export function parseDate(text: string): SessionDate | undefined {
  const named = NAMED.exec(text)
  const month = named === null ? -1 : MONTHS.indexOf(named[1]!.toLowerCase())
  const plain =
    named === null ? text : `${named[3]}-${String(month + 1).padStart(2, '0')}-${named[2]!.padStart(2, '0')}`
  try {
    return sessionDate(plain)
  } catch {
    return undefined
  }
}

/**
 * When the sessions of a market close: local time `HH:MM` in an IANA zone, daylight saving observed.
 * Cheap for dates in order: the calendar of the zone is asked once from one change of its clocks to the next.
 * @throws Fault `BAD_OPTION` when the zone or the time does not exist.
 */
export function closingTimes(timezone: string, closeTime: string): (session: SessionDate) => Instant {
  try {
    const plainTime = Temporal.PlainTime.from(closeTime)
    // Fails here, with the option's name, rather than on the first row.
    Temporal.PlainDate.from('2000-01-01').toZonedDateTime(timezone)
    const closes = plainTime.hour * HOUR_MS + plainTime.minute * MINUTE_MS + plainTime.second * SECOND_MS
    // From a close that was worked out to the next change of the clocks no local time comes twice, and none is left out.
    let [from, until, offset] = [0, 0, 0]
    return (session) => {
      const near = midnight(session) + closes - offset
      if (from <= near && near < until) return instant(near)
      const close = Temporal.PlainDate.from(session).toZonedDateTime({ timeZone: timezone, plainTime })
      from = close.epochMilliseconds
      until = close.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY
      offset = close.offsetNanoseconds / 1e6
      return instant(from)
    }
  } catch (error) {
    throw new Fault('BAD_OPTION', `no closing time ${closeTime} in ${timezone}: ${String(error)}`, 'never')
  }
}
