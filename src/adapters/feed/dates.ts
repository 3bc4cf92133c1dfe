import { Temporal } from 'temporal-polyfill'
import { Fault } from '#units/fault.js'
import { type Instant, instant, type SessionDate, sessionDate } from '#units/time.js'

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
 * @throws Fault `BAD_OPTION` when the zone or the time does not exist.
 */
export function closingTimes(timezone: string, closeTime: string): (session: SessionDate) => Instant {
  try {
    const plainTime = Temporal.PlainTime.from(closeTime)
    // Fails here, with the option's name, rather than on the first row.
    Temporal.PlainDate.from('2000-01-01').toZonedDateTime(timezone)
    return (session) =>
      instant(Temporal.PlainDate.from(session).toZonedDateTime({ timeZone: timezone, plainTime }).epochMilliseconds)
  } catch (error) {
    throw new Fault('BAD_OPTION', `no closing time ${closeTime} in ${timezone}: ${String(error)}`, 'never')
  }
}
