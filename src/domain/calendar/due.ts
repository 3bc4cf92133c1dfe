import type { Refusal } from '#units/outcome.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import { addDays, type SessionDate } from '#units/time.js'
import type { ExchangeCalendar } from '../exchange/calendar.js'
import { exchanges } from '../exchange/registry.js'
import type { BarSize, MarketView } from '../market.js'
import { type Fallen, firstSession, latestFallen, windowOf } from './fall.js'
import { isLater, nominalDay, periodBefore, periodOf } from './period.js'
import { type CalendarPolicy, isSchedule, type Schedule } from './schedule.js'

/** A period that is to be fired for now. */
export interface CalendarDue {
  readonly period: string
  /** The trading day it falls on; the day it names where only the sessions seen tell which days trade. */
  readonly day: SessionDate
  /** The session that makes up for it when that is not its own. */
  readonly late: SessionDate | null
  /** How its time was judged: by the clock, at a session's close, or by the sessions seen. */
  readonly by: 'clock' | 'close' | 'seen'
}

/** What a look at the market needs to tell. */
export type Look = Pick<MarketView, 'at' | 'session' | 'barSize'>

/**
 * The period a calendar is to fire for at a look at the market; null when there is none.
 *
 * Rule    `last` is the period it fired for last. Only the latest period that has come counts, and only if it is later
 *         than `last`: none is fired for twice, and of those missed one run makes up for the latest (`skip`: none does).
 * Clock   on minute bars it fires in the window of a session ({@link windowOf}), in the first one from the period's trading day on
 *         or, late, in any later one.
 * Close   a daily bar is a session's close, when neither the time of day nor the minutes left mean anything: it fires at the close
 *         of the period's trading day, or late at a later one.
 * Seen    a monthly bar, and a session from before the exchange's calendar begins, are held against the day the period
 *         names: the first session seen on or after it. So is a calendar without an exchange, on bars of any size.
 * Edges   before the first firing only a period on its own day, or one that the session is in or before, counts. `beyond_horizon` is refused past the end of the
 *         exchange's calendar, and on minute bars before its beginning.
 * Source  design domain.md section 3; ADR 0027.
 */
export function calendarDue(
  calendar: CalendarPolicy | null,
  look: Look,
  last: string,
): Outcome<CalendarDue | null, Refusal> {
  if (calendar === null) return accept(null)
  if (!isSchedule(calendar)) return accept(seenDue(calendar, look.session, last, true))
  const exchange = exchanges.get(calendar.exchange)
  if (exchange === undefined)
    return refuse('beyond_horizon', `there is no calendar of the exchange ${calendar.exchange}`)
  return DUE[look.barSize](calendar, look, last, exchange)
}

type Judge = (schedule: Schedule, look: Look, last: string, exchange: ExchangeCalendar) => Outcome<CalendarDue | null>

/** Days after the day a period names in which a session seen is still its own: weekends and holidays, or a month. */
export const OWN_DAYS = { '1d': 4, '1mo': 35 } as const

const DUE: Readonly<Record<BarSize, Judge>> = {
  '1m': clockDue,
  '1d': closeDue,
  '1mo': (schedule, { session }, last) => accept(seenDue(schedule, session, last, maySee(schedule, session, '1mo'))),
}

function clockDue(schedule: Schedule, { at }: Look, last: string, exchange: ExchangeCalendar): ReturnType<Judge> {
  const today = exchange.dateAt(at)
  const session = exchange.on(today)
  if (!session.ok) return session
  const window = session.value && windowOf(schedule, session.value, exchange)
  if (window === null || at < window.from || at > window.to) return accept(null)
  const fallen = latestFallen(schedule, today, exchange)
  const own = firstSession(schedule, fallen.day, exchange)
  const isOwn = own.ok && own.value.date === today
  if (!isNew(schedule, fallen, today, last, isOwn)) return accept(null)
  return accept(dueOf(schedule, fallen, isOwn ? null : today, 'clock'))
}

function closeDue(schedule: Schedule, { session }: Look, last: string, exchange: ExchangeCalendar): ReturnType<Judge> {
  const { id, from, to } = exchange.rules
  if (session > to)
    return refuse('beyond_horizon', `the calendar of ${id} reaches from ${from} to ${to}, not to ${session}`)
  const fallen = latestFallen(schedule, session, exchange)
  if (!fallen.known) return accept(seenDue(schedule, session, last, maySee(schedule, session, '1d')))
  const isOwn = fallen.day === session
  if (!isNew(schedule, fallen, session, last, isOwn)) return accept(null)
  return accept(dueOf(schedule, fallen, isOwn ? null : session, 'close'))
}

/** Null for a period that is made up for when the schedule leaves such out. */
function dueOf(
  { missed }: Schedule,
  { period, day }: Fallen,
  late: SessionDate | null,
  by: CalendarDue['by'],
): CalendarDue | null {
  return late !== null && missed === 'skip' ? null : { period: period.key, day, late, by }
}

function isNew(schedule: Schedule, { period }: Fallen, session: SessionDate, last: string, isOwn: boolean): boolean {
  if (last !== '') return isLater(schedule, period, last)
  // A day that follows into the next period is still its own.
  return isOwn || period.key >= periodOf(schedule.every, session).key
}

/** The latest period whose day has been reached by the sessions seen. */
function seenDue(calendar: CalendarPolicy, session: SessionDate, last: string, may: boolean): CalendarDue | null {
  const own = periodOf(calendar.every, session)
  const reached = nominalDay(calendar, own).date <= session
  if (!may || (!reached && last === '')) return null
  const period = reached ? own : periodBefore(calendar.every, own)
  if (!isLater(calendar, period, last)) return null
  return { period: period.key, day: nominalDay(calendar, period).date, late: null, by: 'seen' }
}

/** Whether a session seen is near enough to the day its latest period names, for a schedule that makes up for nothing. */
function maySee(schedule: Schedule, session: SessionDate, bars: keyof typeof OWN_DAYS): boolean {
  if (schedule.missed === 'fire-once') return true
  const own = periodOf(schedule.every, session)
  const period = nominalDay(schedule, own).date <= session ? own : periodBefore(schedule.every, own)
  return session <= addDays(nominalDay(schedule, period).date, OWN_DAYS[bars])
}
