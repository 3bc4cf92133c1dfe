import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { type PlanCase, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const judge = (context: RuleContext, max = 0.25) =>
  govern(context, [{ name: 'position-limit', params: { max } }], simpleCosts)
const left = (context: RuleContext, max?: number) =>
  Object.fromEntries(judge(context, max).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const says = (context: RuleContext) => judge(context).judgements.map((row) => `${row.leg ?? 'plan'} ${row.verdict}`)

const cash: Omit<PlanCase, 'targets'> = { cash: '10000', prices: { AAA: '100', BBB: '30' } }

describe('the position limit', () => {
  it('lets a position reach exactly the limit', () => {
    const context = contextOf(cash, { AAA: '25' })
    expect(left(context)).toEqual({ 'buy-AAA': 25 })
    expect(says(context)).toEqual(['plan allow'])
  })

  it('cuts a buy to the whole lots that stay within it', () => {
    const context = contextOf(cash, { AAA: '70', BBB: '100' })
    expect(left(context)).toEqual({ 'buy-AAA': 25, 'buy-BBB': 83 })
    expect(judge(context).judgements[0]!.reason).toBe('AAA would weigh 70.0 %, more than 25.0 %')
  })

  it('loses no lot to the rounding of its multiplier: 30 of 70 stays 30', () => {
    expect(left(contextOf(cash, { AAA: '70' }), 0.3)).toEqual({ 'buy-AAA': 30 })
  })

  it('counts what is held already', () => {
    const held = { ...cash, cash: '8000', positions: { AAA: ['20', '100'] as const } }
    expect(left(contextOf(held, { AAA: '10' }))).toEqual({ 'buy-AAA': 5 })
  })

  it('drops a buy of what is over already', () => {
    const over = { ...cash, cash: '6000', positions: { AAA: ['40', '100'] as const } }
    const governed = judge(contextOf(over, { AAA: '1', BBB: '10' }))
    expect(governed.legs.map((leg) => leg.id)).toEqual(['buy-BBB'])
    expect(governed.dropped.map((leg) => [leg.instrument, leg.reason])).toEqual([['AAA', 'governed']])
  })

  it('lets a position over the limit be reduced, with a warning while it stays over', () => {
    const over = { ...cash, cash: '6000', positions: { AAA: ['40', '100'] as const } }
    expect(left(contextOf(over, { AAA: '-5' }))).toEqual({ 'sell-AAA': 5 })
    expect(says(contextOf(over, { AAA: '-5' }))).toEqual(['sell-AAA warn'])
    expect(says(contextOf(over, { AAA: '-15' }))).toEqual(['plan allow'])
  })

  it('warns of a position over the limit that is not traded', () => {
    const over = { ...cash, cash: '6000', positions: { AAA: ['40', '100'] as const } }
    expect(says(contextOf(over, { BBB: '1' }))).toEqual(['plan warn'])
    expect(left(contextOf(over, { BBB: '1' }))).toEqual({ 'buy-BBB': 1 })
  })

  it('caps a short as it caps a long, also through zero', () => {
    const shortable = { ...cash, terms: { shortable: true } }
    expect(left(contextOf(shortable, { AAA: '-40' }))).toEqual({ 'sell-AAA': 25 })
    const over = { ...shortable, cash: '6000', positions: { AAA: ['40', '100'] as const } }
    expect(left(contextOf(over, { AAA: '-80' }))).toEqual({ 'sell-AAA': 65 })
  })

  it('lets holdings be reduced without equity, and nothing else', () => {
    const bust = {
      ...cash,
      terms: { shortable: true },
      cash: '-3000',
      positions: { AAA: ['10', '100'] as const, BBB: ['-5', '100'] as const },
    }
    expect(left(contextOf(bust, { AAA: '-10' }))).toEqual({ 'sell-AAA': 10 })
    expect(left(contextOf(bust, { AAA: '-15', BBB: '3' }))).toEqual({ 'sell-AAA': 10, 'buy-BBB': 3 })
    const mixed = judge(contextOf(bust, { AAA: '-4', BBB: '-2' }))
    expect(mixed.legs.map(({ id }) => id)).toEqual(['sell-AAA'])
    expect(mixed.dropped[0]?.detail).toBe('position-limit: equity is not positive: BBB may only be reduced')
    expect(judge(contextOf(bust, { BBB: '-2' })).refused).toContain('equity is not positive')
  })
})
