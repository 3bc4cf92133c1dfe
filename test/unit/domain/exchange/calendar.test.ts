import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExchangeCalendar, TradingSession } from '#domain/exchange/calendar.js'
import { dayOf, goodFriday, lastWeekday, nthWeekday, observed } from '#domain/exchange/dates.js'
import { exchanges } from '#domain/exchange/registry.js'
import type { Outcome } from '#units/outcome.js'
import { addDays, DAY_MS, HOUR_MS, instant, type SessionDate, sessionDate, toIso, weekday } from '#units/time.js'

const REFERENCE = fileURLToPath(new URL('../../../../../shared/data/reference/', import.meta.url))
const absent = !existsSync(REFERENCE)

const calendar = (id: string): ExchangeCalendar => exchanges.get(id)!
const known = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}
const day = (text: string): SessionDate => sessionDate(text)
const hours = (session: TradingSession | null) => session && [toIso(session.open), toIso(session.close)]

describe('dates that move', () => {
  it('knows Good Friday, also in the years whose Easter is earliest, latest and an exception of the old rules', () => {
    const fridays = ['1818-03-20', '1943-04-23', '1954-04-16', '1961-03-31', '1981-04-17', '2008-03-21', '2024-03-29']
    for (const date of [...fridays, '2025-04-18', '2038-04-23', '2049-04-16', '2076-04-17'])
      expect(goodFriday(Number(date.slice(0, 4)))).toBe(date)
  })

  it('is always a Friday between 20 March and 23 April', () => {
    for (let year = 1583; year <= 2500; year += 1) {
      const date = goodFriday(year)
      expect(weekday(date)).toBe(5)
      expect(date.slice(5) >= '03-20' && date.slice(5) <= '04-23', date).toBe(true)
    }
  })

  it('counts weekdays of a month from its start and from its end', () => {
    expect(nthWeekday(2026, 1, 1, 3)).toBe('2026-01-19')
    expect(nthWeekday(2026, 11, 4, 4)).toBe('2026-11-26')
    expect([lastWeekday(2026, 5, 1), lastWeekday(2027, 5, 1)]).toEqual(['2026-05-25', '2027-05-31'])
    expect(['2027-06-19', '2027-07-04', '2026-12-25'].map((date) => observed(day(date)))).toEqual([
      '2027-06-18',
      '2027-07-05',
      '2026-12-25',
    ])
    expect(dayOf(2026, 2, 3)).toBe('2026-02-03')
  })
})

describe('New York', () => {
  const nyse = calendar('XNYS')

  it('trades by local time on both sides of a change to and from daylight saving', () => {
    for (const [date, open, close] of [
      ['2026-03-06', '14:30', '21:00'],
      ['2026-03-09', '13:30', '20:00'],
      ['2026-10-30', '13:30', '20:00'],
      ['2026-11-02', '14:30', '21:00'],
    ])
      expect(hours(known(nyse.on(day(date!))))).toEqual([`${date}T${open}:00.000Z`, `${date}T${close}:00.000Z`])
  })

  it('closes early, and says why', () => {
    const session = known(nyse.on(day('2026-11-27')))
    expect(hours(session)![1]).toBe('2026-11-27T18:00:00.000Z')
    expect(session!.early).toBe('day after Thanksgiving')
    expect([nyse.why(day('2026-11-26')), nyse.why(day('2026-11-28')), nyse.why(day('2026-11-25'))]).toEqual([
      'Thanksgiving Day',
      'weekend',
      '',
    ])
  })

  it('finds the session before and after, over holidays and weekends', () => {
    expect(known(nyse.after(day('2026-12-24'))).date).toBe('2026-12-28')
    expect(known(nyse.before(day('2026-12-28'))).date).toBe('2026-12-24')
    expect(known(nyse.after(day('2012-10-26'))).date).toBe('2012-10-31')
  })

  it('knows whether it trades at an instant: the open does, the close does not', () => {
    const { open, close, date } = known(nyse.on(day('2026-11-27')))!
    expect(known(nyse.at(open))?.date).toBe(date)
    expect(known(nyse.at(instant(close - 1)))?.date).toBe(date)
    expect([known(nyse.at(close)), known(nyse.at(instant(open - 1)))]).toEqual([null, null])
  })

  it('answers nothing beyond what is vouched for', () => {
    for (const date of ['2009-12-31', '2036-01-01'])
      expect(nyse.on(day(date))).toEqual({
        ok: false,
        refusal: {
          code: 'beyond_horizon',
          message: `the calendar of XNYS reaches from 2010-01-01 to 2035-12-31, not to ${date}`,
        },
      })
    expect(nyse.after(day('2035-12-31')).ok).toBe(false)
    expect(nyse.between(day('2035-12-01'), day('2036-01-05')).ok).toBe(false)
    expect(nyse.at(instant(Date.parse('2036-02-01T15:00Z'))).ok).toBe(false)
  })

  it.skipIf(absent)(
    'agrees day for day with the published holidays and early closes of 2010 to 2028 (skipped without ../shared/data)',
    () => {
      const published = readFileSync(`${REFERENCE}nyse_holidays_2010_2028.csv`, 'utf8').trim().split('\n').slice(1)
      const theirs = published.map((line) => line.split(',').slice(0, 3).join(' '))
      const ours: string[] = []
      for (let date = day('2010-01-01'); date <= '2028-12-31'; date = addDays(date, 1)) {
        const session = known(nyse.on(date))
        if (session === null) ours.push(...(nyse.why(date) === 'weekend' ? [] : [`${date} holiday `]))
        else if (session.early !== '') ours.push(`${date} early_close 13:00`)
        if (session !== null) {
          const length = session.close - session.open
          expect(length).toBe((session.early === '' ? 6.5 : 3.5) * HOUR_MS)
        }
      }
      expect(ours.filter((row) => !theirs.includes(row))).toEqual([])
      expect(theirs.filter((row) => !ours.includes(row))).toEqual([])
    },
  )

  it('has as many sessions a year as it ever had: 250 to 253', () => {
    for (let year = 2010; year <= 2035; year += 1) {
      const sessions = known(nyse.between(dayOf(year, 1, 1), dayOf(year, 12, 31)))
      expect(sessions.length).toBeGreaterThanOrEqual(year === 2012 ? 250 : 249)
      expect(sessions.length).toBeLessThanOrEqual(253)
    }
  })
})

describe('equity index futures in Chicago', () => {
  const cme = calendar('XCME')

  it('opens on the evening before, across the weekend and daylight saving too', () => {
    expect(hours(known(cme.on(day('2026-03-09'))))).toEqual(['2026-03-08T22:00:00.000Z', '2026-03-09T21:00:00.000Z'])
    expect(hours(known(cme.on(day('2026-03-06'))))).toEqual(['2026-03-05T23:00:00.000Z', '2026-03-06T22:00:00.000Z'])
    expect(known(cme.at(instant(Date.parse('2026-03-08T23:00Z'))))?.date).toBe('2026-03-09')
    expect(known(cme.at(instant(Date.parse('2026-03-09T21:30Z'))))).toBeNull()
    expect(known(cme.at(instant(Date.parse('2026-03-07T12:00Z'))))).toBeNull()
  })

  /** Shortened days our reference does not list, though the exchange's own lists of those years have them. */
  const UNLISTED = ['2018-12-05', '2023-07-03', '2024-07-03', '2024-11-29', '2025-01-09']

  it.skipIf(absent)('agrees with the published shortened days of 2015 to 2026 (skipped without ../shared/data)', () => {
    const { entries } = JSON.parse(readFileSync(`${REFERENCE}market_hours_subset.json`, 'utf8')) as {
      entries: Record<string, { earlyCloses: Record<string, string> }>
    }
    const iso = (text: string): string => {
      const [month, date, year] = text.split('/')
      return `${year}-${month!.padStart(2, '0')}-${date!.padStart(2, '0')}`
    }
    const theirs = Object.entries(entries['Future-cme-ES']!.earlyCloses)
      .map(([date, time]) => `${iso(date)} ${time.slice(0, 5)}`)
      // Five in the afternoon is the usual end of a session: these have no evening after them.
      .filter((row) => row >= '2015' && row < '2027' && !row.endsWith('17:00'))
      .sort()
    const ours: string[] = []
    for (let date = day('2015-01-01'); date <= '2026-12-31'; date = addDays(date, 1)) {
      const session = known(cme.on(date))
      if (session === null || session.early === '' || UNLISTED.includes(date)) continue
      const inNewYork = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', timeStyle: 'short' })
      ours.push(`${date} ${inNewYork.format(session.close)}`)
    }
    expect(ours).toEqual(theirs)
  })

  it('is closed on three holidays; Good Friday has a morning when employment figures come', () => {
    expect(['2026-01-01', '2026-12-25', '2025-04-18'].map((date) => known(cme.on(day(date))))).toEqual([
      null,
      null,
      null,
    ])
    expect(hours(known(cme.on(day('2026-04-03'))))![1]).toBe('2026-04-03T13:15:00.000Z')
  })
})

describe('every calendar', () => {
  it('has sessions that follow each other and never meet, each found again by its open', () => {
    fc.assert(
      fc.property(fc.constantFrom(...exchanges.values()), fc.integer({ min: 0, max: 20 * 365 }), (exchange, days) => {
        const date = addDays(day('2015-01-05'), days)
        const next = known(exchange.after(date))
        const later = known(exchange.after(next.date))
        expect(next.open).toBeLessThan(next.close)
        expect(next.close).toBeLessThanOrEqual(later.open)
        expect(later.open - next.open).toBeLessThan(6 * DAY_MS)
        expect(known(exchange.before(later.date))).toEqual(next)
        expect(known(exchange.at(next.open))).toEqual(next)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never closes where nothing closes', () => {
    const sessions = known(calendar('24/7').between(day('2024-02-28'), day('2024-03-01')))
    expect(sessions.map(({ open, close }) => close - open)).toEqual([DAY_MS, DAY_MS, DAY_MS])
  })
})
