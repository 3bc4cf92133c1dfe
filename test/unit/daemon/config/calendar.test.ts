import { describe, expect, it } from 'vitest'
import { load, PORTFOLIO, portfolioProblems } from './workspace.js'

const file = (calendar: string): string => `${PORTFOLIO}triggers: {calendar: ${calendar}}\n`

/** The calendar of the policy that a file stands for. */
function read(calendar: string) {
  const loaded = load({ 'portfolios/core.yaml': file(calendar) })
  if (!loaded.ok) throw new Error(loaded.refusal.message)
  return loaded.value.portfolios[0]!.policy.triggers.calendar
}

const DEFAULTS = { at: '10:00', exchange: 'XNYS', missed: 'fire-once', nonTradingDay: 'preceding' }

describe('triggers.calendar', () => {
  it('takes files from before there were exchanges, with the defaults of today', () => {
    expect(read('{every: monthly, day: 1}')).toEqual({ every: 'monthly', day: 1, ...DEFAULTS })
    expect(read('{}')).toEqual({ every: 'monthly', day: 1, ...DEFAULTS })
    expect(read('null')).toBeNull()
  })

  it('has a shape for each kind of period', () => {
    expect(read('{every: daily, at: 15:30, missed: skip}')).toEqual({
      ...{ every: 'daily', at: '15:30', exchange: 'XNYS', missed: 'skip' },
    })
    expect(read('{every: weekly, weekday: sunday, exchange: 24/7, at: "23:45"}')).toEqual({
      ...{ ...DEFAULTS, every: 'weekly', weekday: 'sunday', exchange: '24/7', at: '23:45' },
    })
    expect(read('{every: quarterly, day: 31, non_trading_day: following}')).toEqual({
      ...{ ...DEFAULTS, every: 'quarterly', day: 31, nonTradingDay: 'following' },
    })
    expect(read('{every: annually, month: 7, day: 4, exchange: XCME, at: "00:00"}')).toEqual({
      ...{ ...DEFAULTS, every: 'annually', month: 7, day: 4, exchange: 'XCME', at: '00:00' },
    })
  })

  it.each([
    ['{every: month}', 'every', 'must be daily | weekly | monthly | quarterly | annually, got "month": write monthly'],
    ['{every: quarter, day: 2}', 'every', 'got "quarter": write quarterly'],
    ['{every: 3}', 'every', 'got 3'],
    ['{every: daily, day: 2}', 'day', 'unknown key'],
    ['{every: daily, non_trading_day: preceding}', 'non_trading_day', 'unknown key'],
    ['{every: weekly, weekday: mo}', 'weekday', 'must be sunday'],
    ['{every: annually, month: 13}', 'month', 'must be ≤ 12, got 13'],
    ['{at: "9:00"}', 'at', 'must be a time of day'],
    ['{at: "09:29"}', 'at', 'must be from 09:30 to 15:45 in XNYS, got 09:29'],
    ['{at: "15:46"}', 'at', 'must be from 09:30 to 15:45 in XNYS, got 15:46'],
    ['{exchange: XCME, at: "15:46"}', 'at', 'must be from 00:00 to 15:45 in XCME, got 15:46'],
    ['{exchange: 24/7, at: "23:46"}', 'at', 'must be from 00:00 to 23:45 in 24/7, got 23:46'],
    ['{exchange: XLON}', 'exchange', 'must be XNYS | XCME | 24/7, got "XLON"'],
    ['{missed: never}', 'missed', 'must be fire_once | skip'],
  ])('refuses %s at %s', (calendar, field, message) => {
    const [problem, ...others] = portfolioProblems(file(calendar))
    expect(others).toEqual([])
    expect(problem).toContain(`triggers.calendar.${field}: `)
    expect(problem).toContain(message)
  })
})
