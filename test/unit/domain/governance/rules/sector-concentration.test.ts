import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { specsOf } from '#domain/instrument/registry.js'
import { price } from '#units/money.js'
import { byId, type PlanCase, shareSpec, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const SECTORS: Readonly<Record<string, string | null>> = { AAA: 'Energy', BBB: 'Energy', CCC: 'Health Care', DDD: null }
const specs = specsOf(Object.entries(SECTORS).map(([name, sector]) => shareSpec(name, { sector, shortable: true })))
const prices = { AAA: '100', BBB: '30', CCC: '10', DDD: '10' }
const cash: Omit<PlanCase, 'targets'> = { cash: '10000', prices, specs }

const judge = (context: RuleContext, params: object = {}) =>
  govern(context, [{ name: 'sector-concentration', params: { ...params } }], simpleCosts)
const left = (context: RuleContext, params?: object) =>
  Object.fromEntries(judge(context, params).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const says = (context: RuleContext) =>
  judge(context).judgements.map((row) => `${row.leg ?? 'plan'} ${row.verdict}: ${row.reason}`)
const sellsFirst = (context: RuleContext): RuleContext => ({
  ...context,
  occasion: { ...context.occasion, sellsFirst: true },
})

describe('the limit on a sector', () => {
  it('lets a sector reach exactly the limit', () => {
    expect(left(contextOf(cash, { AAA: '15', BBB: '50' }))).toEqual({ 'buy-AAA': 15, 'buy-BBB': 50 })
  })

  it('cuts its buys pro rata to whole lots, and no other sector’s', () => {
    const context = contextOf(cash, { AAA: '30', BBB: '100', CCC: '300' })
    expect(left(context)).toEqual({ 'buy-AAA': 15, 'buy-BBB': 50, 'buy-CCC': 300 })
    expect(says(context)).toEqual([
      'buy-AAA resize: exposure to Energy would be 60.0 % of equity, more than 30.0 %',
      'buy-BBB resize: exposure to Energy would be 60.0 % of equity, more than 30.0 %',
    ])
  })

  it('takes names without a sector as one sector, UNKNOWN', () => {
    expect(left(contextOf(cash, { DDD: '400' }))).toEqual({ 'buy-DDD': 300 })
    expect(judge(contextOf(cash, { DDD: '400' })).judgements[0]!.reason).toContain('exposure to UNKNOWN')
  })

  it('has limits of single sectors', () => {
    const context = contextOf(cash, { AAA: '30', CCC: '400' })
    expect(left(context, { perSector: { Energy: 0.1 } })).toEqual({ 'buy-AAA': 10, 'buy-CCC': 300 })
  })

  const held = { ...cash, cash: '7000', positions: { AAA: ['30', '100'] as const } }

  it('credits a sale of the sector only where it is done before the buys are judged again', () => {
    const swap = contextOf(held, { AAA: '-10', BBB: '30' })
    expect(left(swap)).toEqual({ 'sell-AAA': 10 })
    expect(left(sellsFirst(swap))).toEqual({ 'sell-AAA': 10, 'buy-BBB': 30 })
    expect(left(sellsFirst(contextOf(held, { AAA: '-10', BBB: '60' })))).toEqual({ 'sell-AAA': 10, 'buy-BBB': 33 })
  })

  it('credits no cover to what opens a short: it comes last', () => {
    const short = { ...cash, cash: '13000', positions: { AAA: ['-30', '100'] as const } }
    const swap = sellsFirst(contextOf(short, { AAA: '10', BBB: '-30' }))
    expect(left(swap)).toEqual({ 'buy-AAA': 10 })
  })

  it('lets a sector over its limit be reduced, and warns while it is', () => {
    const over = { ...cash, cash: '5000', positions: { AAA: ['50', '100'] as const } }
    expect(left(contextOf(over, { AAA: '-1', BBB: '1' }))).toEqual({ 'sell-AAA': 1 })
    expect(says(contextOf(over, { AAA: '-1' }))).toEqual([
      'plan warn: exposure to Energy is 50.0 % of equity already, more than 30.0 %',
    ])
  })

  it('caps the shorts of a sector on their own, also through zero', () => {
    expect(left(contextOf(held, { AAA: '-70' }))).toEqual({ 'sell-AAA': 60 })
    expect(left(contextOf(cash, { AAA: '-40', BBB: '10' }))).toEqual({ 'sell-AAA': 30, 'buy-BBB': 10 })
  })

  it('refuses to add to a sector in which something held has no price to rely on, not to reduce it', () => {
    const stale = { ...held, old: { AAA: 2 } }
    expect(left(contextOf(stale, { AAA: '-1', BBB: '1', CCC: '1' }))).toEqual({ 'sell-AAA': 1, 'buy-CCC': 1 })
    const context = contextOf(held, { BBB: '1', CCC: '1' })
    const { AAA: _gone, ...quotes } = context.view.quotes as Record<string, (typeof context.view.quotes)[never]>
    const blind = { ...context, view: { ...context.view, quotes: byId(quotes) } }
    expect(left(blind)).toEqual({ 'buy-CCC': 1 })
    expect(judge(blind).judgements[0]!.reason).toBe('AAA has no price')
  })

  it('refuses a leg without a price or without terms, and everything that adds where equity is not positive', () => {
    const context = contextOf(cash, { AAA: '1', CCC: '1' })
    const legs = context.plan.legs.map((leg) => (leg.instrument === 'AAA' ? { ...leg, arrival: price('NaN') } : leg))
    expect(left({ ...context, plan: { ...context.plan, legs } })).toEqual({ 'buy-CCC': 1 })
    const { CCC, ...rest } = specs as Record<string, (typeof specs)[never]>
    expect(CCC).toBeDefined()
    expect(left({ ...context, specs: byId(rest) })).toEqual({ 'buy-AAA': 1 })
    const bust = { ...cash, cash: '-5000', positions: { AAA: ['10', '100'] as const } }
    expect(left(contextOf(bust, { AAA: '-5', CCC: '1' }))).toEqual({ 'sell-AAA': 5 })
  })
})
