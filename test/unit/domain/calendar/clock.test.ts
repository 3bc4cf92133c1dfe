import { describe, expect, it } from 'vitest'
import { calendarDue } from '#domain/calendar/due.js'
import { bar, clock, due, monthly, schedule } from './calendars.js'

describe('a calendar by the clock', () => {
  it('fires from its local time on, on both sides of a change of the clocks', () => {
    // New York leaves daylight saving time on Sunday 2026-11-01, and enters it on 2026-03-08.
    const daily = schedule({ every: 'daily' })
    for (const [before, first] of [
      ['2026-10-30T13:59:59.999Z', '2026-10-30T14:00:00Z'],
      ['2026-11-02T14:59:59.999Z', '2026-11-02T15:00:00Z'],
      ['2026-03-06T14:59:59.999Z', '2026-03-06T15:00:00Z'],
      ['2026-03-09T13:59:59.999Z', '2026-03-09T14:00:00Z'],
    ] as const) {
      expect(due(daily, clock(before))).toBeNull()
      expect(due(daily, clock(first))).toBe(first.slice(0, 10))
    }
  })

  it('needs fifteen minutes to the close, to the millisecond; else it takes the next session, at its time of day', () => {
    const third = monthly(27)
    // 2026-11-27 closes at 13:00 in New York, 18:00 UTC.
    expect(due(third, clock('2026-11-27T17:45:00Z'), '2026-10')).toBe('2026-11')
    expect(due(third, clock('2026-11-27T17:45:00.001Z'), '2026-10')).toBeNull()
    expect(due(third, clock('2026-11-30T14:59:59Z'), '2026-10')).toBeNull()
    expect(due(third, clock('2026-11-30T15:00:00Z'), '2026-10')).toBe('2026-11 late')
  })

  it('takes the next session as its own when an early close leaves no room for its time', () => {
    const afternoon = monthly(27, { at: '14:00', missed: 'skip' })
    expect(due(afternoon, clock('2026-11-27T17:00:00Z'), '2026-10')).toBeNull()
    expect(due(afternoon, clock('2026-11-30T18:59:00Z'), '2026-10')).toBeNull()
    expect(due(afternoon, clock('2026-11-30T19:00:00Z'), '2026-10')).toBe('2026-11')
  })

  it('falls from a day without trading to the one before it, or after it when asked', () => {
    // 2026-11-01 is a Sunday.
    expect(due(monthly(1), clock('2026-10-30T15:00:00Z'), '2026-10')).toBe('2026-11')
    expect(due(monthly(1), clock('2026-10-29T15:00:00Z'), '2026-10')).toBeNull()
    const following = monthly(1, { nonTradingDay: 'following' })
    expect(due(following, clock('2026-10-30T15:00:00Z'), '2026-10')).toBeNull()
    expect(due(following, clock('2026-11-02T16:00:00Z'), '2026-10')).toBe('2026-11')
    // Thanksgiving, and Good Friday at the end of a quarter's first days.
    expect(due(monthly(26), clock('2026-11-25T16:00:00Z'), '2026-10')).toBe('2026-11')
    const friday = schedule({ every: 'weekly', weekday: 'friday' })
    expect(due(friday, clock('2026-04-02T15:00:00Z'), '2026-W13')).toBe('2026-W14')
  })

  it('takes the last trading day of a month too short for its day, also when days fall to the one after', () => {
    // 2027-02-28 is a Sunday, 2026-10-31 a Saturday.
    for (const nonTradingDay of ['preceding', 'following'])
      expect(due(monthly(31, { nonTradingDay }), clock('2027-02-26T16:00:00Z'), '2027-01')).toBe('2027-02')
    expect(due(monthly(31, { nonTradingDay: 'following' }), clock('2026-11-02T16:00:00Z'), '2026-09')).toBe('2026-10')
  })

  it('fires quarterly and annually on their days', () => {
    const quarterly = schedule({ every: 'quarterly', day: 15 })
    expect(due(quarterly, clock('2026-10-14T15:00:00Z'), '2026-Q3')).toBeNull()
    expect(due(quarterly, clock('2026-10-15T15:00:00Z'), '2026-Q3')).toBe('2026-Q4')
    const annually = schedule({ every: 'annually', month: 7, day: 4 })
    // Independence Day of 2026 is kept on Friday 3 July.
    expect(due(annually, clock('2026-07-02T15:00:00Z'), '2025')).toBe('2026')
  })

  it('makes up once for the latest of what was missed, at the next session with time left, or leaves it out', () => {
    expect(due(monthly(1), clock('2027-02-10T16:00:00Z'), '2026-10')).toBe('2027-02 late')
    expect(due(monthly(1), clock('2027-02-10T16:00:01Z'), '2027-02')).toBeNull()
    expect(due(monthly(1), clock('2027-02-10T20:50:00Z'), '2026-10')).toBeNull()
    expect(due(monthly(1), clock('2027-02-11T15:00:00Z'), '2026-10')).toBe('2027-02 late')
    expect(due(monthly(1, { missed: 'skip' }), clock('2027-02-10T16:00:00Z'), '2026-10')).toBeNull()
    expect(due(monthly(1, { missed: 'skip' }), clock('2027-03-01T16:00:00Z'), '2026-10')).toBe('2027-03')
  })

  it('does nothing while the exchange is closed, nor for a clock that was set back', () => {
    for (const closed of ['2026-11-28T16:00:00Z', '2026-11-26T16:00:00Z', '2026-11-30T22:00:00Z'])
      expect(due(schedule({ every: 'daily' }), clock(closed), '2026-11-20')).toBeNull()
    expect(due(monthly(1), clock('2026-11-10T16:00:00Z'), '2026-12')).toBeNull()
    expect(due(schedule({ every: 'daily' }), clock('2026-11-10T16:00:00Z'), '2026-11-11')).toBeNull()
  })

  it('counts, before anything was fired for, a period on its own day, that of the session and later ones alone', () => {
    expect(due(monthly(15), clock('2026-11-10T16:00:00Z'))).toBeNull()
    expect(due(monthly(1), clock('2026-11-10T16:00:00Z'))).toBe('2026-11 late')
    expect(due(monthly(1), clock('2026-10-30T15:00:00Z'))).toBe('2026-11')
    // Sunday 8 November follows into the next week, which is the only chance of its own.
    const sunday = schedule({ every: 'weekly', weekday: 'sunday', nonTradingDay: 'following' })
    expect(due(sunday, clock('2026-11-09T15:00:00Z'))).toBe('2026-W45')
    expect(due(sunday, clock('2026-11-10T15:00:00Z'))).toBeNull()
    expect(due(sunday, bar('2026-11-09'))).toBe('2026-W45')
    expect(due(sunday, bar('2026-11-10'))).toBeNull()
  })

  it('keeps the zone and the sessions of the exchange it names', () => {
    // Chicago trades until noon on Labor Day 2026, when New York is closed; crypto trades on Sundays.
    const labor = (exchange: string) => due(monthly(7, { exchange }), clock('2026-09-07T15:30:00Z'), '2026-08')
    expect([labor('XCME'), labor('XNYS')]).toEqual(['2026-09', null])
    const sunday = schedule({ every: 'weekly', weekday: 'sunday', exchange: '24/7', at: '23:45' })
    expect(due(sunday, clock('2026-11-29T23:44:59Z'), '2026-W47')).toBeNull()
    expect(due(sunday, clock('2026-11-29T23:45:00Z'), '2026-W47')).toBe('2026-W48')
  })

  it('is refused where the calendar of its exchange does not reach, with the dates it does reach', () => {
    for (const iso of ['2036-01-02T16:00:00Z', '2009-12-31T16:00:00Z'])
      expect(calendarDue(monthly(1), clock(iso), '2009-11')).toEqual({
        ok: false,
        refusal: {
          code: 'beyond_horizon',
          message: `the calendar of XNYS reaches from 2010-01-01 to 2035-12-31, not to ${iso.slice(0, 10)}`,
        },
      })
    expect(due(monthly(31), clock('2035-12-31T15:00:00Z'), '2035-11')).toBe('2035-12')
    expect(due(monthly(1), clock('2035-12-31T15:00:00Z'), '2035-12')).toBeNull()
    expect(due(monthly(1), clock('2010-01-04T15:00:00Z'), '2009-12')).toBe('2010-01')
    expect(calendarDue(monthly(1, { exchange: 'XLON' }), clock('2026-11-02T16:00:00Z'), '')).toMatchObject({
      refusal: { code: 'beyond_horizon', message: 'there is no calendar of the exchange XLON' },
    })
  })
})
