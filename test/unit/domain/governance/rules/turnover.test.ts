import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import type { Occasion, RuleContext } from '#domain/governance/rule.js'
import { specsOf } from '#domain/instrument/registry.js'
import { money, noMoney } from '#units/money.js'
import { type PlanCase, shareSpec, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const judge = (context: RuleContext, max = 0.2) => govern(context, [{ name: 'turnover', params: { max } }], simpleCosts)
const left = (context: RuleContext, max?: number) =>
  Object.fromEntries(judge(context, max).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const on = (context: RuleContext, occasion: Partial<Occasion>): RuleContext => ({
  ...context,
  occasion: { ...context.occasion, ...occasion },
})

const cash: Omit<PlanCase, 'targets'> = { cash: '10000', prices: { AAA: '10', BBB: '10', CCC: '10' } }

describe('the limit on turnover', () => {
  it('lets a run trade exactly so much of each side', () => {
    const held = { ...cash, cash: '8000', positions: { CCC: ['200', '10'] } as const }
    const context = contextOf(held, { AAA: '200', CCC: '-200' })
    expect(left(context)).toEqual({ 'sell-CCC': 200, 'buy-AAA': 200 })
  })

  it('carries out the largest trades whole, cuts one, and leaves the rest to another run', () => {
    const context = contextOf(cash, { AAA: '60', BBB: '150', CCC: '90' })
    expect(left(context)).toEqual({ 'buy-BBB': 150, 'buy-CCC': 50 })
    expect(judge(context).judgements[0]!.reason).toBe('the run would buy 30.0 % of equity, more than 20.0 %')
  })

  it('never leaves nothing of many small trades, as a part of each would', () => {
    const names = Array.from({ length: 50 }, (_, i) => `N${String(i).padStart(2, '0')}`)
    const many = { cash: '10000', prices: Object.fromEntries(names.map((name) => [name, '100'])) }
    const context = contextOf(many, Object.fromEntries(names.map((name) => [name, '1'])))
    expect(Object.keys(left(context))).toHaveLength(20)
    const small = govern(
      context,
      [
        { name: 'turnover', params: { max: 0.2 } },
        { name: 'minimum-trade', params: { minValue: '90' } },
      ],
      simpleCosts,
    )
    expect(small.legs).toHaveLength(20)
  })

  it('is not held up by a lot that is dearer than all it may trade', () => {
    const dear = { ...cash, prices: { AAA: '3000', BBB: '10', CCC: '900' } }
    expect(left(contextOf(dear, { AAA: '1', BBB: '150', CCC: '1' }))).toEqual({ 'buy-BBB': 150 })
    expect(left(contextOf(dear, { AAA: '1', CCC: '2' }))).toEqual({ 'buy-CCC': 2 })
  })

  it('counts what the run has traded before', () => {
    const traded = { buy: money('1500'), sell: noMoney }
    expect(left(on(contextOf(cash, { AAA: '100' }), { traded }))).toEqual({ 'buy-AAA': 50 })
    expect(left(on(contextOf(cash, { AAA: '100' }), { traded: { buy: money('2500'), sell: noMoney } }))).toEqual({})
  })

  it.each<Partial<Occasion>>([
    { funds: true },
    { type: 'liquidate' },
    { type: 'invest-cash' },
    { type: 'withdraw-cash' },
    { trigger: 'cash' },
    { trigger: 'risk' },
  ])('does not apply where %o', (occasion) => {
    expect(left(on(contextOf(cash, { AAA: '900' }), occasion))).toEqual({ 'buy-AAA': 900 })
  })

  it('refuses legs without a value, and what adds where equity is not positive', () => {
    const context = contextOf(cash, { AAA: '1', BBB: '1' })
    const legs = context.plan.legs.map((leg) => (leg.instrument === 'AAA' ? { ...leg, value: money('NaN') } : leg))
    expect(left({ ...context, plan: { ...context.plan, legs } })).toEqual({ 'buy-BBB': 1 })
    const bust = {
      ...cash,
      cash: '-5000',
      specs: specsOf([shareSpec('AAA')]),
      positions: { AAA: ['10', '10'] } as const,
    }
    expect(left(contextOf(bust, { AAA: '5' }))).toEqual({})
    expect(left(contextOf(bust, { AAA: '-5' }))).toEqual({ 'sell-AAA': 5 })
  })
})
