import type { SessionDate } from '#units/time.js'

/** Days of the week in the order of `weekday`: 0 Sunday … 6 Saturday. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/** How often a calendar fires: once in each period of this kind. */
export type Every = 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'annually'

/** What every schedule says. */
interface Terms {
  /** Local time of the exchange, `HH:MM`, from which it may fire. */
  readonly at: string
  /** The exchange whose sessions and time zone it keeps, by the identifier of its calendar. */
  readonly exchange: string
  /** Whether a period whose session has gone by is made up for, the latest one only. */
  readonly missed: 'fire-once' | 'skip'
}

/** What a schedule of certain days says of a day without trading. */
interface Falling extends Terms {
  readonly nonTradingDay: 'preceding' | 'following'
}

/** When a portfolio rebalances by date, kept by an exchange's calendar. Days of a quarter are those of its first month. */
export type Schedule =
  | (Terms & { readonly every: 'daily' })
  | (Falling & { readonly every: 'weekly'; readonly weekday: (typeof WEEKDAYS)[number] })
  | (Falling & { readonly every: 'monthly' | 'quarterly'; readonly day: number })
  | (Falling & { readonly every: 'annually'; readonly month: number; readonly day: number })

/** The calendar of policies from before schedules: first session seen on or after `day` of the month, once a month. */
export interface SeenCalendar {
  readonly every: 'monthly'
  readonly day: number
}

/** Any calendar a policy may hold. */
export type CalendarPolicy = SeenCalendar | Schedule

/** True for a calendar that an exchange keeps. */
export const isSchedule = (calendar: CalendarPolicy): calendar is Schedule => 'exchange' in calendar

/** The day a period names, before it is known whether there is trading on it. */
export interface NominalDay {
  readonly date: SessionDate
  /** The month has no such day: its last one stands for it. */
  readonly short: boolean
}
