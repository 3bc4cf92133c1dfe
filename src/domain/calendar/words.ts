import type { CalendarDue } from './due.js'
import { type CalendarPolicy, isSchedule } from './schedule.js'

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
]

/** A calendar in words: `monthly on day 1`, `weekly on monday`, `annually on 2 January`. */
export function calendarWords(calendar: CalendarPolicy): string {
  switch (calendar.every) {
    case 'daily':
      return 'daily'
    case 'weekly':
      return `weekly on ${calendar.weekday}`
    case 'annually':
      return `annually on ${calendar.day} ${MONTHS[calendar.month - 1]}`
    default:
      return `${calendar.every} on day ${calendar.day}`
  }
}

/** Why a calendar fires: its schedule, the period, when that was due, and whether it comes late. */
export function whyDue(calendar: CalendarPolicy, { period, day, late, by }: CalendarDue): string {
  if (!isSchedule(calendar)) return `${calendar.every}, first session on or after day ${calendar.day} of ${period}`
  const { at, exchange } = calendar
  const when = { clock: `on ${day} from ${at} in ${exchange}`, close: `at the close of ${day}`, seen: `from ${day} on` }
  return `${calendarWords(calendar)}: ${period} is due ${when[by]}${late === null ? '' : `, made up for on ${late}`}`
}
