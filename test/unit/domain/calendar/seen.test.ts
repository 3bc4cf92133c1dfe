import { describe, expect, it } from 'vitest'
import { type CalendarDue, calendarDue } from '#domain/calendar/due.js'
import type { CalendarPolicy } from '#domain/calendar/schedule.js'
import { addDays, instant, type SessionDate, sessionDate, weekday } from '#units/time.js'

/** What a calendar without an exchange is due for at a session; it asks nobody, so it is refused nothing. */
function seen(calendar: CalendarPolicy | null, session: SessionDate, last: string): CalendarDue | null {
  const found = calendarDue(calendar, { at: instant(0), session, barSize: '1d' }, last)
  if (!found.ok) throw new Error(found.refusal.message)
  return found.value
}

const due = (day: number, session: string, last: string): string | null =>
  seen({ every: 'monthly', day }, sessionDate(session), last)?.period ?? null

/** Weekdays from `from` to `to`, as sessions. */
function weekdays(from: string, to: string): SessionDate[] {
  const days: SessionDate[] = []
  for (let day = sessionDate(from); day <= to; day = addDays(day, 1))
    if (weekday(day) !== 0 && weekday(day) !== 6) days.push(day)
  return days
}

/** Sessions on which a calendar fires, each firing remembered. */
function firings(day: number, sessions: readonly SessionDate[], last = ''): string[] {
  let period = last
  return sessions.flatMap((session) => {
    const found = seen({ every: 'monthly', day }, session, period)
    if (found === null) return []
    period = found.period
    return [`${session} for ${found.period}`]
  })
}

describe('a monthly calendar without an exchange', () => {
  it('fires on the first session on or after its day', () => {
    // 2008-09-06 is a Saturday.
    expect(firings(6, weekdays('2008-09-01', '2008-10-10'), '2008-08')).toEqual([
      '2008-09-08 for 2008-09',
      '2008-10-06 for 2008-10',
    ])
  })

  it('fires once a month for years, whatever the day', () => {
    for (const day of [1, 15, 28, 29, 30, 31]) {
      const fired = firings(day, weekdays('2015-01-01', '2022-12-31'), '2014-12')
      const periods = fired.map((text) => text.slice(-7))
      expect(new Set(periods).size).toBe(periods.length)
      // 96 months; the last may find no session on or after its day within the window.
      expect(periods.length).toBeGreaterThanOrEqual(95)
    }
  })

  it('takes the last day of a month too short for its day', () => {
    expect(due(31, '2019-02-27', '2019-01')).toBeNull()
    expect(due(31, '2019-02-28', '2019-01')).toBe('2019-02')
    expect(due(30, '2020-02-29', '2020-01')).toBe('2020-02')
    expect(due(31, '2020-04-30', '2020-03')).toBe('2020-04')
    expect(due(31, '2020-12-30', '2020-11')).toBeNull()
  })

  it('fires in the next month when its own had no session left', () => {
    // 2009-02-28 is a Saturday.
    expect(firings(31, weekdays('2009-02-23', '2009-03-06'), '2009-01')).toEqual(['2009-03-02 for 2009-02'])
  })

  it('catches up once after downtime, for the latest month that was due', () => {
    expect(firings(15, weekdays('2008-12-03', '2008-12-31'), '2008-08')).toEqual([
      '2008-12-03 for 2008-11',
      '2008-12-15 for 2008-12',
    ])
    expect(firings(1, weekdays('2008-12-03', '2008-12-31'), '2008-08')).toEqual(['2008-12-03 for 2008-12'])
  })

  it('waits for its day when it starts before it, and is due at once when it starts after it', () => {
    expect(firings(15, weekdays('2008-09-01', '2008-09-30'))).toEqual(['2008-09-15 for 2008-09'])
    expect(firings(1, weekdays('2008-09-22', '2008-09-30'))).toEqual(['2008-09-22 for 2008-09'])
  })

  it('never fires twice for a month, nor for one before the last', () => {
    expect(due(1, '2008-09-30', '2008-09')).toBeNull()
    expect(due(1, '2008-09-30', '2008-10')).toBeNull()
    expect(due(15, '2009-01-05', '2008-12')).toBeNull()
    expect(due(15, '2009-01-05', '2008-11')).toBe('2008-12')
  })

  it('takes monthly bars dated on the first', () => {
    const months = ['2000-01-01', '2000-02-01', '2000-03-01'].map(sessionDate)
    expect(firings(1, months)).toHaveLength(3)
  })

  it('is never due without a calendar', () => {
    expect(seen(null, sessionDate('2008-09-01'), '')).toBeNull()
  })
})
