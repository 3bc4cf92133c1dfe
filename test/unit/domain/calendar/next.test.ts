import { describe, expect, it } from 'vitest'
import type { Look } from '#domain/calendar/due.js'
import { nextRun } from '#domain/calendar/next.js'
import { periodUnderWay } from '#domain/calendar/pace.js'
import type { CalendarPolicy } from '#domain/calendar/schedule.js'
import { sessionDate, toIso } from '#units/time.js'
import { bar, clock, known, monthly, schedule } from './calendars.js'

function next(calendar: CalendarPolicy | null, look: Look, calendarPeriod = '', cooldown: string | null = null) {
  const cooldownUntil = cooldown === null ? null : sessionDate(cooldown)
  const found = known(nextRun(calendar, { calendarPeriod, cooldownUntil }, look))
  return found && [found.period, found.session, found.at === null ? null : toIso(found.at)]
}

describe('the run a calendar calls for next', () => {
  it('is at its time in the trading day its next period falls on', () => {
    const done = '2026-11'
    expect(next(monthly(1), clock('2026-11-10T16:00:00Z'), done)).toEqual([
      ...['2026-12', '2026-12-01', '2026-12-01T15:00:00.000Z'],
    ])
    expect(next(monthly(15), clock('2026-10-20T16:00:00Z'), '2026-10')).toEqual([
      ...['2026-11', '2026-11-13', '2026-11-13T15:00:00.000Z'],
    ])
    expect(next(schedule({ every: 'daily' }), clock('2026-11-25T16:00:00Z'), '2026-11-25')![1]).toBe('2026-11-27')
  })

  it('is in the session after an early close that leaves no room', () => {
    expect(next(monthly(27, { at: '14:00' }), clock('2026-11-10T16:00:00Z'), '2026-10')).toEqual([
      ...['2026-11', '2026-11-30', '2026-11-30T19:00:00.000Z'],
    ])
  })

  it('is overdue when it was not begun, unless missed ones are left out', () => {
    const look = clock('2026-11-10T16:00:00Z')
    expect(next(monthly(1), look, '2026-10')![1]).toBe('2026-10-30')
    expect(next(monthly(1, { missed: 'skip' }), look, '2026-10')).toEqual([
      ...['2026-12', '2026-12-01', '2026-12-01T15:00:00.000Z'],
    ])
  })

  it('waits for the cooldown, and is then for the latest period that has come', () => {
    const weekly = schedule({ every: 'weekly', weekday: 'monday' })
    const look = clock('2026-11-10T16:00:00Z')
    expect(next(weekly, look, '2026-W46', '2026-11-26')!.slice(0, 2)).toEqual(['2026-W48', '2026-11-27'])
    expect(next({ ...weekly, missed: 'skip' }, look, '2026-W46', '2026-11-26')!.slice(0, 2)).toEqual([
      ...['2026-W49', '2026-11-30'],
    ])
    expect(next(weekly, look, '2026-W46', '2026-11-10')!.slice(0, 2)).toEqual(['2026-W47', '2026-11-16'])
  })

  it('is at a close on daily bars, and from a day on where only sessions seen count', () => {
    expect(next(monthly(27), bar('2026-11-10'), '2026-10')).toEqual([
      ...['2026-11', '2026-11-27', '2026-11-27T18:00:00.000Z'],
    ])
    expect(next(monthly(1), bar('2008-11-10'), '2008-11')).toEqual(['2008-12', '2008-12-01', null])
    expect(next(monthly(1), bar('2026-11-01', '1mo'), '2026-11')).toEqual(['2026-12', '2026-12-01', null])
    expect(next({ every: 'monthly', day: 1 }, bar('2026-11-10'), '2026-11')).toEqual(['2026-12', '2026-12-01', null])
    expect(next(monthly(15), bar('2026-11-01', '1mo'))).toEqual(['2026-11', '2026-11-15', null])
  })

  it('is, before the first, on a day that follows into the next period', () => {
    const sunday = schedule({ every: 'weekly', weekday: 'sunday', nonTradingDay: 'following' })
    for (const [look, expected] of [
      ['2026-11-04T15:00:00Z', ['2026-W45', '2026-11-09']],
      ['2026-11-09T14:00:00Z', ['2026-W45', '2026-11-09']],
      ['2026-11-10T15:00:00Z', ['2026-W46', '2026-11-16']],
    ] as const)
      expect(next(sunday, clock(look))!.slice(0, 2)).toEqual(expected)
  })

  it('is none without a calendar, and refused beyond the calendar of its exchange', () => {
    expect(next(null, bar('2026-11-10'))).toBeNull()
    const beyond = { ok: false, refusal: { code: 'beyond_horizon' } }
    const memory = { calendarPeriod: '2035-12', cooldownUntil: null }
    expect(nextRun(monthly(1), memory, clock('2035-12-31T16:00:00Z'))).toMatchObject(beyond)
    expect(nextRun(monthly(1), memory, bar('2036-01-02'))).toMatchObject(beyond)
    expect(nextRun(monthly(1, { exchange: 'XLON' }), memory, bar('2026-01-02'))).toMatchObject(beyond)
  })
})

describe('the period that first targets do for', () => {
  it('is the latest that falls on their session or before it', () => {
    expect(periodUnderWay(monthly(1), bar('2026-10-30'))).toBe('2026-11')
    expect(periodUnderWay(monthly(15), bar('2026-11-10'))).toBe('2026-10')
    expect(periodUnderWay(monthly(15), clock('2026-11-13T14:40:00Z'))).toBe('2026-11')
    expect(periodUnderWay(monthly(15), bar('2008-11-10', '1mo'))).toBe('2008-10')
  })

  it('is none without a schedule, or where its exchange is not known', () => {
    for (const calendar of [null, { every: 'monthly', day: 1 } as const, monthly(1, { exchange: 'XLON' })])
      expect(periodUnderWay(calendar, bar('2026-11-10'))).toBe('')
  })
})
