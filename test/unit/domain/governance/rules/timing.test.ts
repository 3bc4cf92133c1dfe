import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import type { Occasion, RuleContext } from '#domain/governance/rule.js'
import { instant, toIso } from '#units/time.js'
import { simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const context = contextOf({ cash: '10000', prices: { AAA: '10' } }, { AAA: '10' })
const minutes = { ...context, view: { ...context.view, barSize: '1m' as const } }
const at = (time: string): RuleContext => ({ ...minutes, at: instant(Date.parse(time)) })
const refused = (given: RuleContext, name: string, params: object = {}) => {
  const { refused: reason, retryAt, legs } = govern(given, [{ name, params: { ...params } }], simpleCosts)
  expect(legs.length).toBe(reason === null ? given.plan.legs.length : 0)
  return [reason, retryAt === undefined ? null : toIso(retryAt)]
}

describe('market hours', () => {
  const closed = (time: string, params?: object) => refused(at(time), 'market-hours', params)

  it('let a plan through from the open until right before the close', () => {
    expect(closed('2024-03-05T14:30:00Z')).toEqual([null, null])
    expect(closed('2024-03-05T20:59:59Z')).toEqual([null, null])
  })

  it.each([
    ['before the open', '2024-03-05T14:29:59Z', '2024-03-05T14:30:00.000Z'],
    ['at the close', '2024-03-05T21:00:00Z', '2024-03-06T14:30:00.000Z'],
    ['on a weekend, over a change of the clocks', '2024-03-09T15:00:00Z', '2024-03-11T13:30:00.000Z'],
    ['on a holiday', '2024-07-04T15:00:00Z', '2024-07-05T13:30:00.000Z'],
    ['after an early close', '2024-07-03T17:00:00Z', '2024-07-05T13:30:00.000Z'],
  ])('put it off %s', (_when, time, opens) => {
    expect(closed(time)).toEqual([`market-hours: XNYS is closed until ${opens}`, opens])
  })

  it('never close where markets do not', () => {
    expect(closed('2024-03-09T15:00:00Z', { exchange: '24/7' })).toEqual([null, null])
  })

  it('have nothing to say of bars that are a close themselves', () => {
    expect(refused(context, 'market-hours')).toEqual([null, null])
  })

  it('refuse what lies beyond the calendar, and do not promise another time', () => {
    const [reason, retryAt] = closed('2090-03-05T15:00:00Z')
    expect(reason).toMatch(/^market-hours: the calendar of XNYS reaches/)
    expect(retryAt).toBeNull()
  })
})

describe('the frequency of rebalances', () => {
  const runs = (automaticRuns: number, trigger: Occasion['trigger'], maxRuns = 1) =>
    refused({ ...context, occasion: { ...context.occasion, automaticRuns, trigger } }, 'rebalance-frequency', {
      maxRuns,
    })

  it('lets so many automatic runs of a session through, and puts one more off to the next day', () => {
    expect(runs(1, 'drift')).toEqual([null, null])
    expect(runs(2, 'calendar')).toEqual([
      'rebalance-frequency: this is automatic run 2 of session 2024-03-01, more than 1',
      '2024-03-02T00:00:00.000Z',
    ])
    expect(runs(2, 'targets', 2)).toEqual([null, null])
  })

  it.each(['manual', 'cash', 'risk'] as const)('exempts runs begun by %s', (trigger) => {
    expect(runs(9, trigger)).toEqual([null, null])
  })
})

describe('a plan that is put off', () => {
  it('is put off until the last of what refuses it is over, and not at all if something else refuses it', () => {
    const late = { ...at('2024-03-05T12:00:00Z'), occasion: { ...context.occasion, automaticRuns: 2 } }
    const [hours, often] = ['market-hours', 'rebalance-frequency'].map((name) => ({ name, params: {} }))
    const both = govern(late, [hours!, often!], simpleCosts)
    expect(both.refused).toMatch(/^market-hours/)
    expect(toIso(both.retryAt!)).toBe('2024-03-05T14:30:00.000Z')
    expect(govern(late, [hours!, { name: 'full-moon', params: {} }], simpleCosts)).not.toHaveProperty('retryAt')
  })
})
