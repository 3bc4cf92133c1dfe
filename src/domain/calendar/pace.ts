import { accept, type Outcome, refuse } from '#units/outcome.js'
import { addDays, type Instant, type SessionDate } from '#units/time.js'
import type { ExchangeCalendar } from '../exchange/calendar.js'
import { exchanges } from '../exchange/registry.js'
import { type Look, OWN_DAYS } from './due.js'
import { firstSession, latestFallen, tradingDay } from './fall.js'
import { nominalDay, type Period, periodBefore, periodOf } from './period.js'
import { type CalendarPolicy, isSchedule, type Schedule } from './schedule.js'

/** A session in which a calendar may fire. */
export interface Chance {
  /** The session, of the past when it is overdue; where only sessions seen count, the first day of one. */
  readonly session: SessionDate
  /** When it may begin: a time of that session on minute bars, its close on daily ones; null where only sessions seen count. */
  readonly at: Instant | null
  /** It has gone by. */
  readonly over: boolean
}

/** How the periods of a calendar meet the sessions of a market. */
export interface Pace {
  /** The latest period that has come. */
  readonly latest: (session: SessionDate) => Period
  readonly dayOf: (period: Period) => Outcome<SessionDate>
  /** The first chance to fire on or after a day. */
  readonly chance: (day: SessionDate) => Outcome<Chance>
  readonly today: SessionDate
}

/**
 * The latest period that falls on the session of a look or before it; empty without a schedule, or where its exchange's
 * calendar does not reach.
 */
export function periodUnderWay(calendar: CalendarPolicy | null, look: Look): string {
  if (calendar === null || !isSchedule(calendar)) return ''
  const pace = paceOf(calendar, look)
  return pace.ok ? pace.value.latest(pace.value.today).key : ''
}

/**
 * The instant from which a calendar may answer otherwise than at a look, its memory and the session of the look being the same: the
 * beginning or the end of a window on minute bars. On others, and without a schedule, time changes nothing.
 */
export function steadyUntil(calendar: CalendarPolicy | null, { at, barSize }: Look): number {
  const exchange = calendar !== null && isSchedule(calendar) ? exchanges.get(calendar.exchange) : undefined
  if (exchange === undefined || barSize !== '1m') return Number.POSITIVE_INFINITY
  const today = exchange.dateAt(at)
  const first = firstSession(calendar as Schedule, today, exchange)
  const later =
    first.ok && first.value.window.to < at ? firstSession(calendar as Schedule, addDays(today, 1), exchange) : first
  // Beyond the calendar the words of a refusal tell the day.
  if (!later.ok) return exchange.instantOf(addDays(today, 1), '00:00')
  const { from, to } = later.value.window
  return at < from ? from : to + 1
}

/** The pace of a calendar at a look. Errors `beyond_horizon` when the look is where the exchange's calendar does not reach. */
export function paceOf(calendar: CalendarPolicy, look: Look): Outcome<Pace> {
  if (!isSchedule(calendar)) return accept(seenPace(calendar, look))
  const exchange = exchanges.get(calendar.exchange)
  if (exchange === undefined)
    return refuse('beyond_horizon', `there is no calendar of the exchange ${calendar.exchange}`)
  const { from, to, id } = exchange.rules
  const today = look.barSize === '1m' ? exchange.dateAt(look.at) : look.session
  if (look.barSize === '1mo' || (look.barSize === '1d' && today < from)) return accept(seenPace(calendar, look))
  if (today < from || today > to)
    return refuse('beyond_horizon', `the calendar of ${id} reaches from ${from} to ${to}, not to ${today}`)
  return accept({
    latest: (session) => latestFallen(calendar, session, exchange).period,
    dayOf: (period) => tradingDay(calendar, period, exchange),
    chance: look.barSize === '1m' ? byClock(calendar, exchange, look) : byClose(exchange, look),
    today,
  })
}

const byClock =
  (schedule: Schedule, exchange: ExchangeCalendar, { at }: Look): Pace['chance'] =>
  (day) => {
    const found = firstSession(schedule, day, exchange)
    if (!found.ok) return found
    const { date, window } = found.value
    return accept({ session: date, at: window.from, over: window.to < at })
  }

const byClose =
  (exchange: ExchangeCalendar, { session }: Look): Pace['chance'] =>
  (day) => {
    const found = exchange.after(addDays(day, -1))
    return found.ok
      ? accept({ session: found.value.date, at: found.value.close, over: found.value.date < session })
      : found
  }

function seenPace(calendar: CalendarPolicy, { session, barSize }: Look): Pace {
  const { every } = calendar
  const own = barSize === '1mo' ? OWN_DAYS['1mo'] : OWN_DAYS['1d']
  return {
    latest: (seen) => {
      const period = periodOf(every, seen)
      return nominalDay(calendar, period).date <= seen ? period : periodBefore(every, period)
    },
    dayOf: (period) => accept(nominalDay(calendar, period).date),
    chance: (day) => accept({ session: day, at: null, over: addDays(day, own) < session }),
    today: session,
  }
}
