import { accept, type Outcome } from '#units/outcome.js'
import { addDays, type Instant, later, MINUTE_MS, type SessionDate } from '#units/time.js'
import type { ExchangeCalendar, TradingSession } from '../exchange/calendar.js'
import { nominalDay, type Period, periodBefore, periodOf } from './period.js'
import type { Schedule } from './schedule.js'

/** Time there must be to the close for a run to begin. */
export const LEAST_MS = 15 * MINUTE_MS

/** Days ahead in which a period may name a day that falls back to a session now: no closure is longer. */
const AHEAD_DAYS = 14

/** The part of a session in which a schedule may fire, both ends included. */
export interface Window {
  readonly from: Instant
  readonly to: Instant
}

/** A period and the trading day it falls on. */
export interface Fallen {
  readonly period: Period
  readonly day: SessionDate
  /** False where the exchange's calendar does not reach: the day is the one the period names. */
  readonly known: boolean
}

/**
 * The trading day a period falls on: the day it names, else the one before or after it as the schedule says. In a month
 * too short for its day that is the month's last trading day whatever it says. Days without trading are no periods of a
 * daily schedule: it goes on with the next one.
 * Errors `beyond_horizon` where the exchange's calendar does not reach.
 */
export function tradingDay(schedule: Schedule, period: Period, exchange: ExchangeCalendar): Outcome<SessionDate> {
  const { date, short } = nominalDay(schedule, period)
  const day = exchange.on(date)
  if (!day.ok || day.value !== null) return day.ok ? accept(date) : day
  const following = schedule.every === 'daily' || (schedule.nonTradingDay === 'following' && !short)
  const near = following ? exchange.after(date) : exchange.before(date)
  return near.ok ? accept(near.value.date) : near
}

/**
 * The latest period that falls on a session or before it. Where the exchange's calendar does not reach back the day a
 * period names is taken; one that falls beyond its end has not come.
 */
export function latestFallen(schedule: Schedule, session: SessionDate, exchange: ExchangeCalendar): Fallen {
  const { every } = schedule
  if (every === 'daily') return { period: periodOf(every, session), day: session, known: true }
  for (let period = periodOf(every, addDays(session, AHEAD_DAYS)); ; period = periodBefore(every, period)) {
    const day = tradingDay(schedule, period, exchange)
    if (day.ok && day.value <= session) return { period, day: day.value, known: true }
    const named = nominalDay(schedule, period).date
    if (!day.ok && named <= session) return { period, day: named, known: false }
  }
}

/**
 * When a schedule may fire in a session: from its local time, or the open if that is later, until fifteen minutes before
 * the close. Null for a session that closes too early for it.
 */
export function windowOf({ at }: Schedule, session: TradingSession, exchange: ExchangeCalendar): Window | null {
  const wished = exchange.instantOf(session.date, at)
  const from = wished > session.open ? wished : session.open
  const to = later(session.close, -LEAST_MS)
  return from <= to ? { from, to } : null
}

/** The first session on or after a date that a schedule may fire in. Errors `beyond_horizon`. */
export function firstSession(
  schedule: Schedule,
  date: SessionDate,
  exchange: ExchangeCalendar,
): Outcome<TradingSession & { readonly window: Window }> {
  for (let day = date; ; day = addDays(day, 1)) {
    const found = exchange.on(day)
    if (!found.ok) return found
    const window = found.value && windowOf(schedule, found.value, exchange)
    if (found.value !== null && window !== null) return accept({ ...found.value, window })
  }
}
