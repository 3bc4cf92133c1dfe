import { describe, expect, it } from 'vitest'
import { calendarDue } from '#domain/calendar/due.js'
import { bar, due, monthly, schedule } from './calendars.js'

describe('a calendar on daily bars', () => {
  it('fires at the close of its trading day, whatever its time of day, early closes included', () => {
    // 2026-11-01 is a Sunday; 2026-11-27 closes early.
    expect(due(monthly(1), bar('2026-10-29'), '2026-10')).toBeNull()
    expect(due(monthly(1), bar('2026-10-30'), '2026-10')).toBe('2026-11')
    expect(due(monthly(1, { nonTradingDay: 'following' }), bar('2026-10-30'), '2026-10')).toBeNull()
    expect(due(monthly(1, { nonTradingDay: 'following' }), bar('2026-11-02'), '2026-10')).toBe('2026-11')
    expect(due(monthly(27, { at: '15:00' }), bar('2026-11-27'), '2026-10')).toBe('2026-11')
    expect(due(schedule({ every: 'daily', at: '15:00' }), bar('2026-11-27'), '2026-11-25')).toBe('2026-11-27')
  })

  it('makes up at a later close for one that was missed, or leaves it out', () => {
    expect(due(monthly(1), bar('2027-02-10'), '2026-10')).toBe('2027-02 late')
    expect(due(monthly(1, { missed: 'skip' }), bar('2027-02-10'), '2026-10')).toBeNull()
    expect(due(monthly(1, { missed: 'skip' }), bar('2027-02-01'), '2026-10')).toBe('2027-02')
    expect(due(monthly(1), bar('2026-11-10'), '2026-12')).toBeNull()
  })

  it('goes by the sessions seen before the calendar of its exchange begins', () => {
    // 2008-11-01 is a Saturday, 2010-01-01 a holiday whose preceding day nobody vouches for.
    expect(due(monthly(1), bar('2008-10-31'), '2008-10')).toBeNull()
    expect(due(monthly(1), bar('2008-11-03'), '2008-10')).toBe('2008-11')
    expect(due(monthly(1), bar('2010-01-04'), '2009-12')).toBe('2010-01')
    expect(due(monthly(1, { missed: 'skip' }), bar('2008-11-05'), '2008-10')).toBe('2008-11')
    expect(due(monthly(1, { missed: 'skip' }), bar('2008-11-06'), '2008-10')).toBeNull()
    expect(due(monthly(31), bar('2010-01-29'), '2009-12')).toBe('2010-01')
  })

  it('is refused past the end of the calendar of its exchange', () => {
    expect(calendarDue(monthly(1), bar('2036-01-02'), '2035-12')).toMatchObject({
      ok: false,
      refusal: { code: 'beyond_horizon' },
    })
    expect(due(monthly(31), bar('2035-12-31'), '2035-11')).toBe('2035-12')
  })
})

describe('a calendar on monthly bars', () => {
  it('fires at the first bar on or after the day it names, on a day without trading too', () => {
    const months = ['2008-08-01', '2008-09-01', '2008-10-01', '2040-11-01']
    expect(months.map((date) => due(monthly(1), bar(date, '1mo'), '2008-08'))).toEqual([
      null,
      '2008-09',
      '2008-10',
      '2040-11',
    ])
    expect(due(monthly(15), bar('2008-10-01', '1mo'), '2008-08')).toBe('2008-09')
    expect(due(monthly(15), bar('2008-10-01', '1mo'))).toBeNull()
    expect(due(schedule({ every: 'quarterly', day: 1 }), bar('2008-11-01', '1mo'), '2008-Q3')).toBe('2008-Q4')
  })

  it('leaves out what lies more than a month back when it makes up for nothing', () => {
    const yearly = schedule({ every: 'annually', month: 1, day: 2, missed: 'skip' })
    expect(due(yearly, bar('2009-02-01', '1mo'), '2008')).toBe('2009')
    expect(due(yearly, bar('2009-03-01', '1mo'), '2008')).toBeNull()
  })
})
