import { describe, expect, it } from 'vitest'
import { isLater, nominalDay, periodAfter, periodBefore, periodOf } from '#domain/calendar/period.js'
import type { Every } from '#domain/calendar/schedule.js'
import { addDays, type SessionDate, sessionDate } from '#units/time.js'
import { monthly, schedule } from './calendars.js'

const KINDS: readonly Every[] = ['daily', 'weekly', 'monthly', 'quarterly', 'annually']
const day = (text: string): SessionDate => sessionDate(text)

describe('periods', () => {
  it('are named by day, ISO week, month, quarter and year', () => {
    expect(KINDS.map((every) => periodOf(every, day('2026-11-27')))).toEqual([
      { key: '2026-11-27', from: '2026-11-27' },
      { key: '2026-W48', from: '2026-11-23' },
      { key: '2026-11', from: '2026-11-01' },
      { key: '2026-Q4', from: '2026-10-01' },
      { key: '2026', from: '2026-01-01' },
    ])
  })

  it('number weeks as ISO 8601 does at the turn of a year', () => {
    const weeks = ['2018-12-31', '2020-12-31', '2021-01-03', '2021-01-04', '2022-01-01', '2024-12-30', '2026-12-31']
    expect(weeks.map((date) => periodOf('weekly', day(date)).key)).toEqual([
      ...['2019-W01', '2020-W53', '2020-W53', '2021-W01', '2021-W52', '2025-W01', '2026-W53'],
    ])
  })

  it.each(KINDS)('follow each other without gap or overlap, their names in order as text: %s', (every) => {
    for (let date = day('2019-12-01'); date < '2022-02-01'; date = addDays(date, 1)) {
      const period = periodOf(every, date)
      const next = periodAfter(every, period)
      expect(period.from <= date && date < next.from).toBe(true)
      expect(period.key < next.key).toBe(true)
      expect(periodBefore(every, next)).toEqual(period)
      expect(periodOf(every, addDays(next.from, -1))).toEqual(period)
    }
  })

  it('name a day, the last of a month too short for it', () => {
    const named = (given: Parameters<typeof nominalDay>[0], date: string) =>
      nominalDay(given, periodOf(given.every, day(date)))
    expect(named(monthly(31), '2026-02-10')).toEqual({ date: '2026-02-28', short: true })
    expect(named(monthly(29), '2028-02-10')).toEqual({ date: '2028-02-29', short: false })
    expect(named(schedule({ every: 'quarterly', day: 15 }), '2026-12-24').date).toBe('2026-10-15')
    expect(named(schedule({ every: 'annually', month: 2, day: 30 }), '2026-12-24')).toEqual({
      date: '2026-02-28',
      short: true,
    })
    expect(named(schedule({ every: 'weekly', weekday: 'sunday' }), '2026-11-27').date).toBe('2026-11-29')
    expect(named(schedule({ every: 'weekly', weekday: 'monday' }), '2026-11-29').date).toBe('2026-11-23')
    expect(named(schedule({ every: 'daily' }), '2026-11-29').date).toBe('2026-11-29')
  })
})

describe('a period after the one fired for last', () => {
  const later = (given: Parameters<typeof isLater>[0], date: string, last: string) =>
    isLater(given, periodOf(given.every, day(date)), last)

  it('is one with a later name of the same kind, whatever day the schedule names now', () => {
    expect(later(monthly(15), '2026-12-01', '2026-11')).toBe(true)
    expect(later(monthly(15), '2026-11-30', '2026-11')).toBe(false)
    expect(later(monthly(15), '2026-10-30', '2026-11')).toBe(false)
  })

  it('is, after a change of kind, one whose day comes after the beginning of that one', () => {
    expect(later(schedule({ every: 'quarterly', day: 1 }), '2026-11-10', '2026-11')).toBe(false)
    expect(later(schedule({ every: 'annually', month: 1, day: 2 }), '2026-11-10', '2026-11')).toBe(false)
    expect(later(schedule({ every: 'weekly', weekday: 'monday' }), '2026-11-10', '2026-11')).toBe(true)
    expect(later(monthly(5), '2026-11-10', '2026-W46')).toBe(false)
    expect(later(monthly(20), '2026-11-10', '2026-W46')).toBe(true)
    expect(later(monthly(1), '2026-11-10', '2026-Q4')).toBe(true)
    expect(later(monthly(1), '2026-11-10', '2026')).toBe(true)
    expect(later(monthly(1), '2026-11-10', '2026-11-01')).toBe(false)
    expect(later(schedule({ every: 'daily' }), '2026-11-10', '2026-W46')).toBe(true)
  })
})
