import { describe, expect, it } from 'vitest'
import { due } from '#domain/trigger.js'
import { later, sessionDate } from '#units/time.js'
import { monthly } from '../calendar/calendars.js'
import { type Given, market, NOW, portfolio, TODAY } from './fixtures.js'

describe('what holds a trigger back', () => {
  const drifted: Given = { shares: { GOOG: '500', MSFT: '400' }, cash: '100' }
  const codes = (given: Given, view = market()) =>
    due(portfolio(given), view).blocked.map(({ kind, code }) => `${kind}:${code}`)

  it('is a stale price of anything held, for targets, calendar and drift, and it is named', () => {
    const given = { ...drifted, memory: { targetsChanged: true, calendarPeriod: '2008-08' } }
    const { trigger, blocked } = due(portfolio(given), market({ MSFT: '' }))
    expect(trigger).toBeNull()
    expect(blocked.map(({ kind, code }) => [kind, code])).toEqual([
      ['targets', 'stale_price'],
      ['calendar', 'stale_price'],
      ['drift', 'stale_price'],
    ])
    for (const { reason } of blocked) expect(reason).toContain('MSFT was last priced 2 sessions')
  })

  it('is a stale price of a targeted name not held, but not of a stranger', () => {
    const given = { shares: { GOOG: '500' }, cash: '500' }
    expect(codes(given, market({ MSFT: '' }))).toEqual(['drift:stale_price'])
    expect(due(portfolio(given), market({ XOM: '' })).trigger).toMatchObject({ kind: 'drift' })
  })

  it('is frozen exposure that could hide a breach, even when none shows', () => {
    expect(codes({}, market({ MSFT: '' }))).toEqual(['drift:stale_price'])
  })

  it('is a price that is zero or missing', () => {
    const quotes = { ...market().quotes }
    delete (quotes as Record<string, unknown>).GOOG
    expect(codes({}, { ...market(), quotes })).toEqual(['drift:stale_price'])
    expect(codes({}, market({ GOOG: '0' }))).toEqual(['drift:stale_price'])
  })

  it('is equity that is not positive', () => {
    const empty = { shares: {}, cash: '0', effective: null, memory: { targetsChanged: true } }
    expect(due(portfolio(empty), market())).toEqual({
      trigger: null,
      blocked: [{ kind: 'targets', code: 'no_equity', reason: 'equity is 0' }],
    })
  })

  it('is the cooldown until its day, for drift and calendar only', () => {
    const cooling = (until: string) => ({ calendarPeriod: '2008-08', cooldownUntil: sessionDate(until) })
    expect(codes({ ...drifted, memory: cooling('2008-09-11') })).toEqual(['calendar:cooldown', 'drift:cooldown'])
    expect(due(portfolio({ ...drifted, memory: cooling('2008-09-10') }), market()).trigger?.kind).toBe('calendar')
    const changed = { ...cooling('2008-09-11'), targetsChanged: true }
    expect(due(portfolio({ ...drifted, memory: changed }), market()).trigger?.kind).toBe('targets')
  })

  it('is the cap on automatic runs of this session, not of another', () => {
    const ran = (session: string) => ({ runsToday: { session: sessionDate(session), count: 1 } })
    expect(codes({ ...drifted, memory: ran('2008-09-10') })).toEqual(['drift:run_cap'])
    expect(due(portfolio({ ...drifted, memory: ran('2008-09-09') }), market()).trigger?.kind).toBe('drift')
    expect(
      due(portfolio({ ...drifted, memory: ran('2008-09-10'), triggers: { maxRunsPerDay: 2 } }), market()).trigger?.kind,
    ).toBe('drift')
  })

  it('is the end of the calendar of an exchange, for the calendar alone', () => {
    const view = market({}, later(NOW, 1), sessionDate('2036-01-02'))
    const given = { memory: { calendarPeriod: '2035-12' }, triggers: { calendar: monthly(1) } }
    expect(due(portfolio(given), view)).toEqual({
      trigger: null,
      blocked: [
        {
          kind: 'calendar',
          code: 'beyond_horizon',
          reason: 'the calendar of XNYS reaches from 2010-01-01 to 2035-12-31, not to 2036-01-02',
        },
      ],
    })
    expect(due(portfolio({ ...drifted, ...given }), view).trigger?.kind).toBe('drift')
  })

  it('is not told for what would not have fired', () => {
    const memory = { cooldownUntil: sessionDate('2008-12-31'), runsToday: { session: TODAY, count: 9 } }
    expect(due(portfolio({ memory }), market())).toEqual({ trigger: null, blocked: [] })
  })
})
