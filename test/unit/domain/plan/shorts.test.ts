import { describe, expect, it } from 'vitest'
import { planBuys, planRebalance } from '#domain/plan/rebalance.js'
import { money } from '#units/money.js'
import { freeCosts, type PlanCase, planInput } from '../../../support/books.js'
import { buysOf, reasons, trades } from '../../../support/plans.js'

describe('short targets', () => {
  const given: PlanCase = {
    cash: '1000',
    positions: { AAA: ['10', '100'] },
    prices: { AAA: '100' },
    targets: { AAA: -0.25 },
    costs: freeCosts,
  }

  it('cross zero in one sale where the instrument may be shorted', () => {
    const plan = planRebalance(planInput({ ...given, terms: { shortable: true } }))
    expect(trades(plan)).toEqual({ 'sell-AAA': 15 })
    expect(plan.skipped).toEqual([])
  })

  it('sell to zero where it may not, and say what is left', () => {
    const plan = planRebalance(planInput(given))
    expect(trades(plan)).toEqual({ 'sell-AAA': 10 })
    expect(reasons(plan)).toEqual(['AAA sell not_shortable'])
    expect(plan.skipped[0]!.residualWeight).toBe(-0.25)
  })

  it('cover a short that is too deep, and never deepen one that may not be shorted', () => {
    const short: PlanCase = { ...given, cash: '3000', positions: { AAA: ['-10', '100'] } }
    expect(trades(planRebalance(planInput({ ...short, targets: { AAA: -0.25 } })))).toEqual({ 'buy-AAA': 5 })
    const deeper = planRebalance(planInput({ ...short, targets: { AAA: -0.75 } }))
    expect([deeper.legs, reasons(deeper)]).toEqual([[], ['AAA sell not_shortable']])
  })

  it('leave the buys that the same run makes once they are sold: their proceeds are in the cash target', () => {
    const shorts: PlanCase = {
      cash: '1000',
      prices: { AAA: '100', BBB: '10' },
      targets: { AAA: -0.3, BBB: 0.7 },
      cashTarget: 0.6,
      costs: freeCosts,
      orders: { collar: 0 },
      terms: { shortable: true },
    }
    const planned = trades(planRebalance(planInput(shorts)))
    expect(planned).toEqual({ 'sell-AAA': 3, 'buy-BBB': 70 })
    const sold = planInput({ ...shorts, cash: '1300', positions: { AAA: ['-3', '100'] } })
    const later = planBuys({ ...sold, available: money('1300'), exclude: new Set() })
    expect(trades(later)).toEqual({ 'buy-BBB': planned['buy-BBB'] })
  })

  it('bring no cash for buys', () => {
    const plan = planRebalance(
      planInput({
        cash: '1000',
        prices: { AAA: '100', BBB: '10' },
        targets: { AAA: -1, BBB: 2 },
        cashTarget: 0,
        costs: freeCosts,
        orders: { collar: 0 },
        terms: { shortable: true },
      }),
    )
    expect(trades(plan)).toEqual({ 'sell-AAA': 10, 'buy-BBB': 100 })
  })

  const lent: PlanCase = {
    cash: '2000',
    positions: { AAA: ['-10', '100'] },
    prices: { AAA: '100', BBB: '10' },
    targets: { AAA: -1, BBB: 2 },
    cashTarget: 0,
    costs: freeCosts,
    orders: { collar: 0 },
    terms: { shortable: true },
  }

  it('bring none once they are filled either, in this wave or a later run', () => {
    expect(trades(buysOf(lent, '2000'))).toEqual({ 'buy-BBB': 100 })
    const bought = { ...lent, cash: '1000', positions: { ...lent.positions, BBB: ['100', '10'] as const } }
    const again = buysOf(bought, '1000')
    expect([again.legs, reasons(again)]).toEqual([[], ['BBB buy no_cash']])
  })

  it('tie up what they are worth when that is more than they brought', () => {
    expect(trades(buysOf({ ...lent, prices: { AAA: '150', BBB: '10' } }, '2000'))).toEqual({
      'buy-AAA': 6,
      'buy-BBB': 50,
    })
    expect(trades(buysOf({ ...lent, prices: { AAA: '50', BBB: '10' } }, '2000'))).toEqual({ 'buy-BBB': 100 })
  })

  it('are bought back first, with any cash there is, and free what that leaves for the next wave', () => {
    const closing = { ...lent, targets: { BBB: 1 } }
    expect(trades(buysOf(closing, '2000'))).toEqual({ 'buy-AAA': 10, 'buy-BBB': 100 })
    // A cover that costs 500 more than its collateral leaves 500 of the 1,000 to longs.
    const dear = { ...closing, prices: { AAA: '150', BBB: '10' } }
    expect(trades(buysOf(dear, '2000'))).toEqual({ 'buy-AAA': 10, 'buy-BBB': 50 })
    // One that costs less frees the rest when it is filled, not before.
    const cheap = { ...closing, prices: { AAA: '50', BBB: '10' } }
    expect(trades(buysOf(cheap, '2000'))).toEqual({ 'buy-AAA': 10, 'buy-BBB': 100 })
    const without = { ...cheap, cash: '1500', positions: {} }
    expect(trades(buysOf(without, '1500'))).toEqual({ 'buy-BBB': 150 })
  })

  it('are bought back in the order that goes on to a long', () => {
    const through = { ...lent, cash: '3000', targets: { AAA: 0.5, BBB: 0.5 } }
    expect(trades(buysOf(through, '3000'))).toEqual({ 'buy-AAA': 20, 'buy-BBB': 100 })
    // Where the cash is all collateral, only the short is bought back.
    const poor = { ...lent, cash: '1000', positions: { ...lent.positions, BBB: ['100', '10'] as const } }
    expect(trades(buysOf({ ...poor, targets: { AAA: 0.5, BBB: 0.5 } }, '1000'))).toEqual({ 'buy-AAA': 10 })
  })

  it('are bought back even where shorts have lost more cash than is left to longs', () => {
    const under = { ...lent, cash: '1000', positions: { ...lent.positions, BBB: ['100', '10'] as const } }
    const worse = { ...under, prices: { AAA: '110', BBB: '10' }, targets: { AAA: -0.5, BBB: 1.5 } }
    const plan = buysOf(worse, '1000')
    expect(trades(plan)).toEqual({ 'buy-AAA': 5 })
    expect(reasons(plan)).toEqual(['BBB buy no_cash'])
  })
})
