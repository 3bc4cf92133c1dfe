import { Temporal } from 'temporal-polyfill'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import { addDays, type Instant, instant, type SessionDate, weekday } from '#units/time.js'

/** A day on which an exchange trades. */
export interface TradingSession {
  readonly date: SessionDate
  /** Trading begins here, which may be on the evening before. */
  readonly open: Instant
  /** No trade at or after it. */
  readonly close: Instant
  /** Why it closes before its usual time; empty when it does not. */
  readonly early: string
}

/** What a rule module says of a weekday or a weekend's day that is not as usual. Times are local, `HH:MM`. */
export type Exception =
  | { readonly kind: 'closed'; readonly name: string }
  | { readonly kind: 'early'; readonly close: string; readonly name: string }

/** The rules of one exchange. */
export interface ExchangeRules {
  /** ISO 10383 market identifier; `24/7` for markets that never close. */
  readonly id: string
  readonly name: string
  /** IANA time zone of its hours. */
  readonly zone: string
  readonly open: { readonly time: string; readonly daysBefore: 0 | 1 }
  readonly close: { readonly time: string; readonly daysAfter: 0 | 1 }
  /** Days of the week on which it trades, 0 Sunday … 6 Saturday. */
  readonly weekdays: ReadonlySet<number>
  /** First and last date the rules are vouched for. */
  readonly from: SessionDate
  readonly to: SessionDate
  /** Holidays and shortened days of a year by date; those kept in the year before or after it do not matter. */
  readonly exceptions: (year: number) => ReadonlyMap<SessionDate, Exception>
}

/** The longest an exchange has been closed, days, and some. */
const LONGEST_CLOSURE = 14

/**
 * When one exchange trades.
 *
 * Units   instants are UTC milliseconds; daylight saving time of the exchange's zone is observed.
 * Edges   whatever lies outside `from … to` is refused with `beyond_horizon`: rules nobody has vouched for are no rules.
 * Cost    a year's exceptions and a date's session are worked out once.
 */
export class ExchangeCalendar {
  readonly #years = new Map<number, ReadonlyMap<SessionDate, Exception>>()
  readonly #sessions = new Map<SessionDate, TradingSession | null>()

  constructor(readonly rules: ExchangeRules) {}

  /** The session of a date; null when there is none, with why in {@link closure}. */
  on(date: SessionDate): Outcome<TradingSession | null> {
    const { id, from, to } = this.rules
    if (date < from || date > to)
      return refuse('beyond_horizon', `the calendar of ${id} reaches from ${from} to ${to}, not to ${date}`)
    const known = this.#sessions.get(date)
    if (known !== undefined) return accept(known)
    const session = this.#session(date)
    this.#sessions.set(date, session)
    return accept(session)
  }

  /** Why there is no session on a date, or why it is short: a holiday's name, `weekend`; empty for a usual day. */
  why(date: SessionDate): string {
    if (!this.rules.weekdays.has(weekday(date))) return 'weekend'
    return this.#exception(date)?.name ?? ''
  }

  /** Every session from one date to another, both included. */
  between(from: SessionDate, to: SessionDate): Outcome<readonly TradingSession[]> {
    const found: TradingSession[] = []
    for (let date = from; date <= to; date = addDays(date, 1)) {
      const day = this.on(date)
      if (!day.ok) return day
      if (day.value !== null) found.push(day.value)
    }
    return accept(found)
  }

  /** The first session after a date. */
  after(date: SessionDate): Outcome<TradingSession> {
    return this.#nearest(date, 1)
  }

  /** The last session before a date. */
  before(date: SessionDate): Outcome<TradingSession> {
    return this.#nearest(date, -1)
  }

  /** The session that trades at an instant; null while the exchange is closed. */
  at(at: Instant): Outcome<TradingSession | null> {
    const local = this.dateAt(at)
    for (const date of [local, addDays(local, 1), addDays(local, -1)]) {
      const day = this.on(date)
      if (!day.ok && date === local) return day
      if (day.ok && day.value !== null && day.value.open <= at && at < day.value.close) return day
    }
    return accept(null)
  }

  /** The exchange's local date at an instant. */
  dateAt(at: Instant): SessionDate {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.rules.zone)
    return local.toPlainDate().toString() as SessionDate
  }

  /** The instant of a local time `HH:MM` on a date; one that a change of the clocks leaves out is taken after it. */
  instantOf(date: SessionDate, time: string): Instant {
    const local = { timeZone: this.rules.zone, plainTime: Temporal.PlainTime.from(time) }
    return instant(Temporal.PlainDate.from(date).toZonedDateTime(local).epochMilliseconds)
  }

  #nearest(date: SessionDate, step: 1 | -1): Outcome<TradingSession> {
    for (let days = 1; days <= LONGEST_CLOSURE; days += 1) {
      const day = this.on(addDays(date, step * days))
      if (!day.ok) return day
      if (day.value !== null) return accept(day.value)
    }
    return refuse('beyond_horizon', `${this.rules.id} has no session within ${LONGEST_CLOSURE} days of ${date}`)
  }

  #session(date: SessionDate): TradingSession | null {
    const { open, close, weekdays } = this.rules
    if (!weekdays.has(weekday(date))) return null
    const exception = this.#exception(date)
    if (exception?.kind === 'closed') return null
    const ends = exception === undefined ? addDays(date, close.daysAfter) : date
    return {
      date,
      open: this.instantOf(addDays(date, -open.daysBefore), open.time),
      close: this.instantOf(ends, exception?.close ?? close.time),
      early: exception?.name ?? '',
    }
  }

  #exception(date: SessionDate): Exception | undefined {
    const year = Number(date.slice(0, 4))
    let exceptions = this.#years.get(year)
    if (exceptions === undefined) {
      exceptions = this.rules.exceptions(year)
      this.#years.set(year, exceptions)
    }
    return exceptions.get(date)
  }
}
