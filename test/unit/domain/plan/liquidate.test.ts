import { describe, expect, it } from 'vitest'
import { planCovers, planLiquidation } from '#domain/plan/liquidate.js'
import { money } from '#units/money.js'
import { freeCosts, type PlanCase, planInput } from '../../../support/books.js'
import { trades } from '../../../support/plans.js'

const mixed: PlanCase = {
  cash: '500',
  positions: { AAA: ['600', '1'], BBB: ['-200', '1'], CCC: ['10', '1'] },
  prices: { AAA: '1', BBB: '1', CCC: '1' },
  targets: { AAA: 0.5 },
  costs: freeCosts,
  orders: { collar: 0 },
}

describe('a liquidation', () => {
  it('sells every long and buys every short back, whatever the targets are', () => {
    expect(trades(planLiquidation(planInput(mixed)))).toEqual({ 'sell-AAA': 600, 'sell-CCC': 10, 'buy-BBB': 200 })
  })

  it('keeps no cash back from a cover, not even where frozen longs tie it up', () => {
    const plan = planLiquidation(planInput({ ...mixed, frozen: ['AAA'] }))
    expect(trades(plan)).toEqual({ 'sell-CCC': 10, 'buy-BBB': 200 })
    expect(plan.skipped.map(({ instrument, side, reason }) => `${side} ${instrument} ${reason}`)).toEqual([
      'sell AAA frozen',
    ])
  })

  it('covers as far as cash goes', () => {
    const covers = planCovers({ ...planInput(mixed), available: money('150'), exclude: new Set() })
    expect(trades(covers)).toEqual({ 'buy-BBB': 150 })
  })

  it('tells what is too small to be sold', () => {
    const plan = planLiquidation(planInput({ ...mixed, orders: { collar: 0, minOrder: money('50') } }))
    expect(plan.skipped.map(({ instrument, reason }) => `${instrument} ${reason}`)).toEqual(['CCC below_min_order'])
  })
})
