import { describe, expect, it } from 'vitest'
import { manualTrigger } from '#domain/manual-trigger.js'
import { due, type Trigger } from '#domain/trigger.js'
import { onCommitted, onEnded, onTriggered } from '#domain/trigger-memory.js'
import { DAY_MS, later, sessionDate } from '#units/time.js'
import { calm, market, NOW, portfolio, TODAY } from './fixtures.js'

describe('what triggers remember', () => {
  const trigger = (kind: Trigger['kind'], evidence: Trigger['evidence'] = {}): Trigger => ({
    kind,
    at: NOW,
    session: TODAY,
    why: '',
    evidence,
  })

  it('uses the view up', () => {
    const memory = onTriggered({ ...calm, targetsChanged: true }, trigger('drift'), market())
    expect(memory.lastViewAt).toBe(NOW)
    expect(due({ ...portfolio({ memory: { ...memory, targetsChanged: true } }) }, market()).trigger).toBeNull()
  })

  it('sets the period of a calendar trigger, and of no other', () => {
    expect(onTriggered(calm, trigger('calendar', { period: '2008-10' }), market()).calendarPeriod).toBe('2008-10')
    expect(onTriggered(calm, trigger('drift', { period: '2008-10' }), market()).calendarPeriod).toBe('2008-09')
  })

  it('sets the period that first targets do for, once', () => {
    const named = trigger('targets', { period: '2008-10' })
    expect(onTriggered({ ...calm, calendarPeriod: '' }, named, market()).calendarPeriod).toBe('2008-10')
    expect(onTriggered(calm, named, market()).calendarPeriod).toBe('2008-09')
    expect(onTriggered({ ...calm, calendarPeriod: '' }, trigger('targets'), market()).calendarPeriod).toBe('')
  })

  it('counts runs of targets, calendar and drift a session, not those of cash, risk and people', () => {
    const twice = ['targets', 'drift'] as const
    const memory = twice.reduce((before, kind) => onTriggered(before, trigger(kind), market()), calm)
    expect(memory.runsToday).toEqual({ session: TODAY, count: 2 })
    for (const kind of ['cash', 'manual', 'risk'] as const)
      expect(onTriggered(memory, trigger(kind), market()).runsToday).toEqual(memory.runsToday)
    const tomorrow = sessionDate('2008-09-11')
    const next = onTriggered(memory, trigger('calendar'), market({}, later(NOW, DAY_MS), tomorrow))
    expect(next.runsToday).toEqual({ session: tomorrow, count: 1 })
  })

  it('answers changed targets by a targets run only, and a deposit by any run', () => {
    const pending = { ...calm, targetsChanged: true, depositPending: true }
    expect(onTriggered(pending, trigger('targets'), market())).toMatchObject({
      targetsChanged: false,
      depositPending: false,
    })
    expect(onTriggered(pending, trigger('drift'), market())).toMatchObject({
      targetsChanged: true,
      depositPending: false,
    })
  })

  it('keeps what arrives during a run for after it', () => {
    const started = onTriggered({ ...calm, targetsChanged: true }, trigger('targets'), market())
    const during = { ...started, targetsChanged: true, depositPending: true }
    expect(onEnded(onCommitted(during, TODAY, 7))).toMatchObject({ targetsChanged: true, depositPending: true })
  })

  it('rests for calendar days after a committed run', () => {
    expect(onCommitted(calm, TODAY, 7).cooldownUntil).toBe('2008-09-17')
    const none = onCommitted(calm, TODAY, 0)
    expect(due(portfolio({ shares: { GOOG: '900' }, memory: none }), market()).trigger?.kind).toBe('drift')
  })

  it('brings back the cash an uncommitted run was to invest, and nothing else', () => {
    expect(onEnded(calm, trigger('cash')).depositPending).toBe(true)
    expect(onEnded(calm, trigger('targets'))).toEqual(calm)
    expect(onEnded(calm)).toEqual(calm)
  })
})

describe('a manual trigger', () => {
  it('names who asked and why', () => {
    expect(manualTrigger(NOW, TODAY, 'alice', 'quarter end')).toEqual({
      kind: 'manual',
      at: NOW,
      session: TODAY,
      why: 'alice: quarter end',
      evidence: { actor: 'alice' },
    })
  })
})
