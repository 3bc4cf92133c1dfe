import { describe, expect, it } from 'vitest'
import type { CalendarPolicy } from '#domain/calendar/schedule.js'
import type { MarketView } from '#domain/market.js'
import type { Run } from '#domain/run.js'
import { due } from '#domain/trigger.js'
import { onTriggered } from '#domain/trigger-memory.js'
import { encode } from '#units/canonical.js'
import { orderId } from '#units/ids.js'
import { money } from '#units/money.js'
import { DAY_MS, type Instant, instant, later, sessionDate } from '#units/time.js'
import { monthly, schedule } from '../calendar/calendars.js'
import { byId, id } from '../targets/fixtures.js'
import { calm, type Given, halves, market, NOW, portfolio, TODAY } from './fixtures.js'

describe('what is due', () => {
  it('is nothing when all is at target', () => {
    expect(due(portfolio(), market())).toEqual({ trigger: null, blocked: [] })
  })

  it('is drift at a breached band, told in percent', () => {
    const { trigger } = due(portfolio({ shares: { GOOG: '500', MSFT: '312' }, cash: '188' }), market())
    expect(trigger).toMatchObject({
      kind: 'drift',
      at: NOW,
      session: TODAY,
      why: 'MSFT 31.2 % against 25.0 %, band 5.0 %',
      evidence: { instrument: 'MSFT', held: 0.312, target: 0.25, band: 0.05, bandType: 'absolute', breaches: 1 },
    })
    expect(() => encode(trigger)).not.toThrow()
  })

  it('tells a relative band and the number of further breaches', () => {
    const relative = {
      type: 'relative',
      band: 0.05,
      relativeFloor: 0.01,
      perInstrument: {},
      includeCash: false,
    } as const
    const given = portfolio({ shares: { GOOG: '530', MSFT: '300' }, cash: '170', triggers: { drift: relative } })
    expect(due(given, market()).trigger!.why).toBe('MSFT 30.0 % against 25.0 %, band 5.0 % of the target and 1 more')
  })

  it('is no drift without effective targets, nor without a band', () => {
    const drifted = { shares: { GOOG: '900' }, cash: '100' }
    expect(due(portfolio({ ...drifted, effective: null }), market()).trigger).toBeNull()
    expect(due(portfolio({ ...drifted, triggers: { drift: null } }), market()).trigger).toBeNull()
  })

  it('is the calendar when its period has come', () => {
    const { trigger } = due(portfolio({ memory: { calendarPeriod: '2008-08' } }), market())
    expect(trigger).toMatchObject({
      kind: 'calendar',
      why: 'monthly, first session on or after day 1 of 2008-09',
      evidence: { period: '2008-09' },
    })
  })

  it('is the calendar of an exchange, told with its period, when that was due and what is made up for', () => {
    const at = instant(Date.parse('2026-11-04T16:00:00Z'))
    const view = (session: string, barSize: MarketView['barSize']) => ({
      ...market({}, at, sessionDate(session)),
      barSize,
    })
    const whyOf = (calendar: CalendarPolicy, seen: MarketView, last: string) =>
      due(portfolio({ memory: { calendarPeriod: last }, triggers: { calendar } }), seen).trigger
    const late = whyOf(monthly(1), view('2026-11-04', '1m'), '2026-10')
    expect(late).toMatchObject({
      kind: 'calendar',
      why: 'monthly on day 1: 2026-11 is due on 2026-10-30 from 10:00 in XNYS, made up for on 2026-11-04',
      evidence: { period: '2026-11', due: '2026-10-30' },
    })
    expect(onTriggered(calm, late!, market()).calendarPeriod).toBe('2026-11')
    const weekly = schedule({ every: 'weekly', weekday: 'wednesday' })
    expect(whyOf(weekly, view('2026-11-04', '1d'), '2026-W44')!.why).toBe(
      'weekly on wednesday: 2026-W45 is due at the close of 2026-11-04',
    )
    const annually = schedule({ every: 'annually', month: 11, day: 2 })
    expect(whyOf(annually, view('2026-11-04', '1mo'), '2025')!.why).toBe(
      'annually on 2 November: 2026 is due from 2026-11-02 on',
    )
    const daily = schedule({ every: 'daily' })
    expect(whyOf(daily, view('2026-11-04', '1d'), '2026-11-03')!.why).toBe(
      'daily: 2026-11-04 is due at the close of 2026-11-04',
    )
  })

  it('is targets when they changed, the first ones too', () => {
    const changed = { memory: { targetsChanged: true } }
    expect(due(portfolio(changed), market()).trigger).toMatchObject({ kind: 'targets' })
    const first = due(portfolio({ ...changed, shares: {}, cash: '1000', effective: null }), market())
    expect(first.trigger).toMatchObject({ kind: 'targets', why: 'first targets of this portfolio' })
  })

  it('prefers targets to calendar, calendar to drift, drift to cash', () => {
    const all = {
      shares: { GOOG: '100' },
      cash: '900',
      memory: { calendarPeriod: '', targetsChanged: true, depositPending: true },
    }
    const kindOf = (given: Given) => due(portfolio(given), market()).trigger?.kind
    expect(kindOf(all)).toBe('targets')
    expect(kindOf({ ...all, memory: { ...all.memory, targetsChanged: false } })).toBe('calendar')
    expect(kindOf({ ...all, memory: { depositPending: true } })).toBe('drift')
    expect(kindOf({ ...all, memory: { depositPending: true }, triggers: { drift: null } })).toBe('cash')
  })

  it('is nothing on a view already triggered on, or older', () => {
    const changed = (lastViewAt: Instant) => portfolio({ memory: { targetsChanged: true, lastViewAt } })
    expect(due(changed(NOW), market()).trigger).toBeNull()
    expect(due(changed(later(NOW, 1)), market()).trigger).toBeNull()
    expect(due(changed(later(NOW, -1)), market()).trigger).not.toBeNull()
  })

  it('is nothing while a run is in progress, and something after it', () => {
    const changed = (status: Run['status']) => portfolio({ memory: { targetsChanged: true }, run: { status } })
    for (const status of ['ANALYSING', 'BUYING', 'UNWINDING'] as const)
      expect(due(changed(status), market())).toEqual({ trigger: null, blocked: [] })
    expect(due(changed('ROLLED_BACK'), market()).trigger).not.toBeNull()
  })

  it('is nothing before any member of the universe has a price', () => {
    const given = portfolio({ memory: { targetsChanged: true }, shares: {}, effective: null, cash: '1000' })
    expect(due(given, { ...market(), quotes: {} })).toEqual({ trigger: null, blocked: [] })
    expect(due(given, { ...market(), quotes: byId({ XOM: market().quotes[id('XOM')]! }) }).trigger).not.toBeNull()
  })
})

describe('first targets of a portfolio with a schedule', () => {
  const bought = (memory: Given['memory'], effective: Given['effective'] = null) =>
    due(
      portfolio({ memory: { targetsChanged: true, ...memory }, effective, triggers: { calendar: monthly(1) } }),
      market(),
    ).trigger!

  it('name the period under way, which they do for', () => {
    const trigger = bought({ calendarPeriod: '' })
    expect(trigger).toMatchObject({ kind: 'targets', evidence: { period: '2008-09' } })
    const memory = onTriggered({ ...calm, calendarPeriod: '' }, trigger, market())
    expect(memory.calendarPeriod).toBe('2008-09')
    const month = market({}, later(NOW, 20 * DAY_MS), sessionDate('2008-09-30'))
    expect(due(portfolio({ memory, triggers: { calendar: monthly(1) } }), month).trigger).toBeNull()
  })

  it('name none once there was one, nor when they are not the first', () => {
    expect(bought({ calendarPeriod: '2008-08' }).evidence).toEqual({})
    expect(bought({ calendarPeriod: '' }, halves).evidence).toEqual({})
  })
})

describe('cash to invest', () => {
  const deposit = { memory: { depositPending: true }, triggers: { drift: null } }
  const kindAt = (cash: string, given: Given = {}) =>
    due(portfolio({ ...deposit, cash, ...given }), market()).trigger?.kind ?? null

  it('is due when what exceeds the target cash reaches the minimum', () => {
    // Equity 750 + cash, target cash a quarter of it: 263.34 leaves 10.005 to invest, 263.33 leaves 9.9975.
    expect(kindAt('263.34')).toBe('cash')
    expect(kindAt('263.33')).toBeNull()
  })

  it('is due at exactly the minimum', () => {
    // Half of 750 + 770 is 760.
    expect(kindAt('770', { effective: { weights: byId({ GOOG: 0.5 }), cash: 0.5 } })).toBe('cash')
  })

  it('keeps the reserve when it is larger than the target cash', () => {
    const policy = { targets: { name: 'fixed', params: {}, cashReserve: 0.3, minWeight: 0.001 } }
    // 0.3·(750 + 340) = 327 leaves 13; 0.3·(750 + 335) = 325.5 leaves 9.5.
    expect(kindAt('340', { policy })).toBe('cash')
    expect(kindAt('335', { policy })).toBeNull()
  })

  it('is not due without a deposit, a cash trigger or effective targets', () => {
    expect(kindAt('900', { memory: {} })).toBeNull()
    expect(kindAt('900', { triggers: { drift: null, cash: null } })).toBeNull()
    expect(kindAt('900', { effective: null })).toBeNull()
  })

  it('does not count cash promised to open orders', () => {
    const state = portfolio({ ...deposit, cash: '300' })
    const reserved = { ...state.book, reservations: { [orderId('A'.repeat(26))]: money('40') } }
    expect(due(state, market()).trigger?.kind).toBe('cash')
    expect(due({ ...state, book: reserved }, market()).trigger).toBeNull()
  })

  it('says how much, to the cent', () => {
    expect(due(portfolio({ ...deposit, cash: '350' }), market()).trigger).toMatchObject({
      why: '75.00 USD to invest after a deposit, at least 10.00 needed',
      evidence: { investable: '75.00' },
    })
  })

  it('ignores cooldown, the run cap and a stale price', () => {
    const memory = {
      depositPending: true,
      cooldownUntil: sessionDate('2008-12-31'),
      runsToday: { session: TODAY, count: 9 },
    }
    expect(kindAt('900', { memory })).toBe('cash')
    expect(due(portfolio({ ...deposit, cash: '900' }), market({ MSFT: '' })).trigger?.kind).toBe('cash')
  })

  it('waits while equity is unknown', () => {
    const quotes = { ...market().quotes }
    delete (quotes as Record<string, unknown>).MSFT
    expect(due(portfolio({ ...deposit, cash: '900' }), { ...market(), quotes })).toEqual({
      trigger: null,
      blocked: [{ kind: 'cash', code: 'no_equity', reason: 'no price for MSFT: equity is unknown' }],
    })
  })
})
