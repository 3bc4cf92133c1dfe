import { describe, expect, it } from 'vitest'
import type { Plan } from '#domain/plan/plan.js'
import { planWithdrawCash } from '#domain/plan/withdraw-cash.js'
import { money } from '#units/money.js'
import type { Outcome } from '#units/outcome.js'
import { freeCosts, type PlanCase, planInput } from '../../../support/books.js'
import { trades } from '../../../support/plans.js'

const withdraw = (given: PlanCase, amount: string, kept = given.cashTarget ?? 0): Outcome<Plan> =>
  planWithdrawCash({ ...planInput(given), amount: money(amount), kept, reserve: 0 })

function planned(given: PlanCase, amount: string, kept?: number): Plan {
  const outcome = withdraw(given, amount, kept)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

/** $1,000: AAA 600, BBB 400, no cash; targets half and half. */
const half: PlanCase = {
  cash: '0',
  positions: { AAA: ['600', '1'], BBB: ['400', '1'] },
  prices: { AAA: '1', BBB: '1' },
  targets: { AAA: 0.5, BBB: 0.5 },
  costs: freeCosts,
  orders: { collar: 0 },
}

describe('withdrawing cash', () => {
  it('takes it from the most overweight alone while that is enough', () => {
    expect(trades(planned(half, '100'))).toEqual({ 'sell-AAA': 100 })
  })

  it('brings all down to the same share of their targets once it is not: 500 leaves 250 of either', () => {
    expect(trades(planned(half, '500'))).toEqual({ 'sell-AAA': 350, 'sell-BBB': 150 })
  })

  it('sells only what cash does not cover', () => {
    const rich = { ...half, cash: '300' }
    expect(trades(planned(rich, '300'))).toEqual({})
    expect(trades(planned(rich, '350'))).toEqual({ 'sell-AAA': 50 })
  })

  it('keeps the reserve of what is left: 5 % of 900 beside the 100', () => {
    expect(trades(planned(half, '100', 0.05))).toEqual({ 'sell-AAA': 145 })
  })

  it('raises its own costs as well', () => {
    // 10 bps of 100.11 are 0.10011: what is left after them covers the 100, a unit less would not.
    const plan = planned({ ...half, costs: { name: 'simple', params: {} }, terms: { lot: '0.01' } }, '100')
    const [leg] = plan.legs
    expect(leg!.value.minus(plan.cost.total).gte('100')).toBe(true)
    expect(leg!.value.lt('100.12')).toBe(true)
  })

  it('sells what has no target before anything that has one', () => {
    const stray: PlanCase = {
      ...half,
      positions: { AAA: ['500', '1'], BBB: ['400', '1'], CCC: ['100', '1'] },
      prices: { AAA: '1', BBB: '1', CCC: '1' },
    }
    expect(trades(planned(stray, '60'))).toEqual({ 'sell-CCC': 60 })
    expect(trades(planned(stray, '150'))).toEqual({ 'sell-CCC': 100, 'sell-AAA': 50 })
  })

  it('sells a lot too much rather than a cent too little', () => {
    expect(trades(planned({ ...half, terms: { lot: '7' } }, '100'))).toEqual({ 'sell-AAA': 105 })
  })

  it('measures an odd lot that cannot be sold like the rest of its name', () => {
    // Beside the short's 72.48 about 14.1 are left, goals 4 and 1: to one level, 17 times either, CCC gives 96 of its 113 and
    // AAA 10 of its 79.38.
    const odd: PlanCase = {
      cash: '72.48',
      positions: { AAA: ['21', '3.78'], BBB: ['-3', '24.16'], CCC: ['50', '2.26'] },
      prices: { AAA: '3.78', BBB: '24.16', CCC: '2.26' },
      targets: { AAA: 2 / 7, BBB: 1 / 7, CCC: 1 / 14 },
      terms: { lot: '10' },
      orders: { collar: 0, minOrder: money('0') },
    }
    expect(trades(planned(odd, '105.76', 0))).toEqual({ 'sell-CCC': 40, 'sell-AAA': 10 })
  })

  it('leaves frozen names alone and takes their part from the others', () => {
    const plan = planned({ ...half, frozen: ['AAA'] }, '100')
    expect(trades(plan)).toEqual({ 'sell-BBB': 100 })
    expect(plan.skipped.map(({ instrument, reason }) => `${instrument} ${reason}`)).toEqual(['AAA frozen'])
  })

  it('drops a sale under the smallest order and sells more of the others', () => {
    // To the level it would be 255 of AAA and 55 of BBB.
    const plan = planned({ ...half, orders: { collar: 0, minOrder: money('60') } }, '310')
    expect(trades(plan)).toEqual({ 'sell-AAA': 310 })
  })

  it('lifts a sale to the smallest order when nothing else can bring it', () => {
    expect(trades(planned({ ...half, orders: { collar: 0, minOrder: money('60') } }, '5'))).toEqual({ 'sell-AAA': 60 })
  })

  it('neither covers a short nor sells more of it, and leaves it its collateral', () => {
    const beside: PlanCase = {
      ...half,
      cash: '700',
      positions: { AAA: ['600', '1'], BBB: ['-300', '1'] },
      targets: { AAA: 0.5, BBB: -0.3 },
      terms: { shortable: true },
    }
    // Of the 700 in cash 300 are the short's: they stay.
    expect(trades(planned(beside, '800', 0))).toEqual({ 'sell-AAA': 400 })
  })

  it('is refused when all that may be sold does not bring it, with what stands in the way', () => {
    const refusal = (given: PlanCase, amount: string) => {
      const outcome = withdraw(given, amount)
      return outcome.ok ? null : outcome.refusal
    }
    expect(refusal(half, '1000.01')).toEqual({
      code: 'CASH_NOT_RAISABLE',
      message: '1,000.01 cannot be freed: 0.01 is missing when all is sold that may be',
    })
    expect(refusal({ ...half, frozen: ['AAA'] }, '450')?.message).toBe(
      '450.00 cannot be freed: 50.00 is missing when all is sold that may be (AAA is frozen)',
    )
    expect(refusal(half, '1000')).toBeNull()
  })
})
