import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { type PlanCase, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const judge = (context: RuleContext, params: object = {}) =>
  govern(context, [{ name: 'gross-net-leverage', params: { ...params } }], simpleCosts)
const left = (context: RuleContext, params?: object) =>
  Object.fromEntries(judge(context, params).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const sellsFirst = (context: RuleContext): RuleContext => ({
  ...context,
  occasion: { ...context.occasion, sellsFirst: true },
})

const cash: Omit<PlanCase, 'targets'> = {
  ...{ cash: '10000', prices: { AAA: '100', BBB: '100' }, terms: { shortable: true } },
}
/** 60 % long, 40 % short: gross 1, net 0.2. */
const hedged = { ...cash, cash: '8000', positions: { AAA: ['60', '100'], BBB: ['-40', '100'] } as const }

describe('the limits on gross, net and leverage', () => {
  it('let all of equity be invested, and not more', () => {
    expect(left(contextOf(cash, { AAA: '50', BBB: '50' }))).toEqual({ 'buy-AAA': 50, 'buy-BBB': 50 })
    const more = contextOf(cash, { AAA: '100', BBB: '100' })
    expect(left(more)).toEqual({ 'buy-AAA': 50, 'buy-BBB': 50 })
    expect(judge(more).judgements[0]!.reason).toBe('gross exposure would be 200.0 % of equity, more than 100.0 %')
  })

  it('add longs and shorts for gross, and set them off for net', () => {
    const spread = contextOf(cash, { AAA: '80', BBB: '-80' })
    expect(left(spread)).toEqual({ 'buy-AAA': 50, 'sell-BBB': 50 })
    expect(left(spread, { maxGross: 2 })).toEqual({ 'buy-AAA': 80, 'sell-BBB': 80 })
    expect(left(contextOf(cash, { BBB: '-80' }), { maxGross: 2, maxNet: 0.5 })).toEqual({ 'sell-BBB': 50 })
  })

  it('scale down both sides alike while nothing is confirmed, and each on its own where sells come first', () => {
    const both = contextOf(hedged, { AAA: '20', BBB: '-20' })
    expect(left(both, { maxGross: 1.2 })).toEqual({ 'buy-AAA': 10, 'sell-BBB': 10 })
    expect(left(sellsFirst(both), { maxGross: 1.2 })).toEqual({ 'sell-BBB': 20 })
  })

  it('credit what a sale takes off where it is done first', () => {
    const swap = contextOf(hedged, { AAA: '-30', BBB: '70' })
    // Through zero: 40 cover, 30 open; gross grows by nothing on the way.
    expect(left(swap)).toEqual({ 'sell-AAA': 30, 'buy-BBB': 70 })
    const full = { ...cash, cash: '0', positions: { AAA: ['100', '100'] } as const }
    expect(left(contextOf(full, { AAA: '-30', BBB: '30' }))).toEqual({ 'sell-AAA': 30 })
    expect(left(sellsFirst(contextOf(full, { AAA: '-30', BBB: '30' })))).toEqual({ 'sell-AAA': 30, 'buy-BBB': 30 })
  })

  it('limit the value of longs whatever is short beside them', () => {
    const params = { maxGross: 3, maxNet: 3, maxLeverage: 0.7 }
    expect(left(contextOf(hedged, { AAA: '20', BBB: '-10' }), params)).toEqual({ 'buy-AAA': 10, 'sell-BBB': 10 })
  })

  it('let a short be bought back although that raises the net', () => {
    const context = contextOf(hedged, { BBB: '40' })
    expect(left(context, { maxNet: 0.1 })).toEqual({ 'buy-BBB': 40 })
    expect(judge(context, { maxNet: 0.1 }).verdict).toBe('warn')
  })

  it('refuse what opens while anything held has no price to rely on', () => {
    const stale = { ...hedged, old: { BBB: 2 } }
    expect(left(contextOf(stale, { AAA: '1', BBB: '1' }), { maxGross: 3 })).toEqual({ 'buy-BBB': 1 })
  })
})
