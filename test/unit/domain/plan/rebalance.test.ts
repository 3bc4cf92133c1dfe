import { describe, expect, it } from 'vitest'
import { evolve } from '#domain/book/evolve.js'
import { planRebalance, planSells } from '#domain/plan/rebalance.js'
import { orderId } from '#units/ids.js'
import { money } from '#units/money.js'
import { freeCosts, type PlanCase, planInput, sharesOf, targetsOf } from '../../../support/books.js'
import { buysOf, reasons, trades } from '../../../support/plans.js'

/** $10,000: 40 % AAA, 20 % BBB, 40 % cash. */
const mixed: PlanCase = {
  cash: '4000',
  positions: { AAA: ['40', '100'], BBB: ['20', '100'] },
  prices: { AAA: '100', BBB: '100', CCC: '50' },
  targets: { AAA: 0.25, BBB: 0.3, CCC: 0.25 },
  costs: freeCosts,
}

describe('planning a rebalance', () => {
  it('sells what is overweight, then buys what is underweight, the larger trade first', () => {
    const plan = planRebalance(planInput(mixed))
    expect(plan.legs.map((leg) => [leg.id, leg.quantity.toFixed(), leg.value.toFixed()])).toEqual([
      ['sell-AAA', '15', '1500'],
      ['buy-CCC', '50', '2500'],
      ['buy-BBB', '10', '1000'],
    ])
    expect(plan.turnover).toBeCloseTo(0.35, 12)
    expect(plan.skipped).toEqual([])
  })

  it('breaks ties of value by instrument', () => {
    const plan = planRebalance(
      planInput({
        cash: '1000',
        prices: { CCC: '10', AAA: '10', BBB: '10' },
        targets: { CCC: 0.2, BBB: 0.2, AAA: 0.2 },
      }),
    )
    expect(plan.legs.map((leg) => leg.id)).toEqual(['buy-AAA', 'buy-BBB', 'buy-CCC'])
  })

  it('names the legs by their content, whatever else is in the book', () => {
    expect(planRebalance(planInput(mixed)).hash).toBe(planRebalance(planInput(mixed)).hash)
    const other = planRebalance(planInput({ ...mixed, targets: { ...mixed.targets, BBB: 0.31 } }))
    expect(other.hash).not.toBe(planRebalance(planInput(mixed)).hash)
  })

  it('rounds quantities toward zero, so that no trade passes its target', () => {
    const plan = planRebalance(
      planInput({
        cash: '599',
        positions: { AAA: ['4', '100.25'] },
        prices: { AAA: '100.25', BBB: '99' },
        targets: { AAA: 0.25, BBB: 0.5 },
        cashTarget: 0.1,
      }),
    )
    expect(trades(plan)).toEqual({ 'sell-AAA': 1, 'buy-BBB': 5 })
  })

  it.each([
    ['7.3', '31.07'],
    ['13.7', '7.777777777777777777777777777777777'], // 34 digits: value / price falls a hair short of the units
  ])('sells an untargeted holding of %s at %s whole', (units, at) => {
    const plan = planRebalance(
      planInput({
        cash: '0',
        positions: { OLD: [units, '33.33'] },
        prices: { OLD: at },
        targets: {},
        terms: { lot: '0.1' },
      }),
    )
    expect(trades(plan)).toEqual({ 'sell-OLD': Number(units) })
  })

  it('keeps a frozen, a stale and an unpriced instrument out, each with its reason and residual', () => {
    const plan = planRebalance(
      planInput({
        cash: '0',
        positions: { AAA: ['10', '100'], BBB: ['10', '100'], GONE: ['1', '100'] },
        prices: { AAA: '100', BBB: '100', CCC: '50' },
        old: { BBB: 2 },
        frozen: ['AAA'],
        targets: { CCC: 0.9 },
        specs: sharesOf(['AAA', 'BBB', 'CCC', 'GONE']),
      }),
    )
    expect(plan.legs).toEqual([])
    expect(reasons(plan)).toEqual(['AAA sell frozen', 'BBB sell frozen', 'CCC buy no_cash', 'GONE sell frozen'])
    expect(plan.skipped.map((leg) => leg.residualWeight)).toEqual([-0.5, -0.5, 0.9, 0])
    expect(plan.skipped[1]!.detail).toContain('last priced 2 sessions')
  })

  it('cannot trade what is not in the universe', () => {
    const plan = planRebalance(
      planInput({
        cash: '0',
        positions: { OLD: ['1', '100'] },
        prices: { OLD: '100' },
        targets: {},
        specs: sharesOf([]),
      }),
    )
    expect(reasons(plan)).toEqual(['OLD sell frozen'])
  })

  it('plans nothing without positive equity', () => {
    const plan = planRebalance(planInput({ cash: '0', prices: { AAA: '10' }, targets: { AAA: 0.5 } }))
    expect([plan.legs, plan.skipped, plan.turnover]).toEqual([[], [], 0])
  })
})

describe('a trade too small', () => {
  const given: PlanCase = { cash: '1000', prices: { AAA: '10' }, targets: { AAA: 0.0019 }, terms: { lot: '0.01' } }

  it('is left out under the smallest order, and made at exactly it', () => {
    expect(trades(planRebalance(planInput({ ...given, orders: { minOrder: money('1.9') } })))).toEqual({
      'buy-AAA': 0.19,
    })
    const plan = planRebalance(planInput({ ...given, orders: { minOrder: money('1.91') } }))
    expect(reasons(plan)).toEqual(['AAA buy below_min_order'])
    expect(plan.skipped[0]!.residualWeight).toBeCloseTo(0.0019, 15)
  })

  it('is left out under the venue minimum of the instrument', () => {
    const plan = planRebalance(planInput({ ...given, terms: { lot: '0.01', minNotional: '5' } }))
    expect(reasons(plan)).toEqual(['AAA buy below_min_order'])
  })

  it('is left out when it is less than a lot', () => {
    expect(reasons(planRebalance(planInput({ ...given, terms: { lot: '1' } })))).toEqual(['AAA buy below_lot'])
  })

  it('is left out when lots bring it under the smallest order', () => {
    const plan = planRebalance(
      planInput({
        cash: '980',
        positions: { AAA: ['2', '10'] },
        prices: { AAA: '10' },
        targets: { AAA: 0.001 },
        orders: { minOrder: money('15') },
      }),
    )
    expect(reasons(plan)).toEqual(['AAA sell below_min_order'])
    expect(plan.skipped[0]!.detail).toBe('10 after lots, less than 15')
  })

  it('is no trade at all under half a cent', () => {
    const plan = planRebalance(planInput({ ...given, targets: { AAA: 0.000004 } }))
    expect([plan.legs, plan.skipped]).toEqual([[], []])
  })
})

describe('cash for buys', () => {
  it('counts the expected proceeds of sells, less what they cost', () => {
    const swap: PlanCase = {
      cash: '0',
      positions: { AAA: ['100', '100'] },
      prices: { AAA: '100', BBB: '1' },
      targets: { BBB: 1 },
      orders: { collar: 0 },
    }
    // 10,000 less 10 bps leaves 9,990; each share takes 1.001.
    expect(trades(planRebalance(planInput(swap)))).toEqual({ 'sell-AAA': 100, 'buy-BBB': 9980 })
    const settled = planRebalance(planInput({ ...swap, orders: { collar: 0, allowUnsettled: false } }))
    expect(trades(settled)).toEqual({ 'sell-AAA': 100 })
    expect(reasons(settled)).toEqual(['BBB buy no_cash'])
  })

  it('counts what settles at once also where unsettled proceeds may not be spent', () => {
    const plan = planRebalance(
      planInput({
        cash: '0',
        positions: { AAA: ['100', '100'] },
        prices: { AAA: '100', BBB: '1' },
        targets: { BBB: 1 },
        costs: freeCosts,
        orders: { collar: 0, allowUnsettled: false },
        terms: { settlementDays: 0 },
      }),
    )
    expect(trades(plan)).toEqual({ 'sell-AAA': 100, 'buy-BBB': 10000 })
  })

  it('reserves at the limit price: a 2 % collar on all the cash leaves the last 2 % unspent', () => {
    const plan = planRebalance(
      planInput({ cash: '10200', prices: { AAA: '1' }, targets: { AAA: 1 }, costs: freeCosts }),
    )
    expect(trades(plan)).toEqual({ 'buy-AAA': 10000 })
  })

  it('keeps the targets’ own cash weight at arrival prices, once', () => {
    const frozenOver: PlanCase = {
      cash: '5000',
      positions: { AAA: ['50', '100'] },
      prices: { AAA: '100', BBB: '1' },
      old: { AAA: 2 },
      targets: { AAA: 0.1, BBB: 0.6 },
      costs: freeCosts,
    }
    // AAA cannot be sold, so of 5,000 only what is beyond 30 % of 10,000 buys BBB.
    expect(trades(planRebalance(planInput(frozenOver)))).toEqual({ 'buy-BBB': 2000 })
    expect(trades(buysOf(frozenOver, '5000'))).toEqual({ 'buy-BBB': 2000 })
    expect(trades(buysOf(frozenOver, '2040'))).toEqual({ 'buy-BBB': 2000 })
  })

  it('pays costs out of the cash target rather than stop a whole lot', () => {
    const plan = planRebalance(planInput({ cash: '1000', prices: { AAA: '100' }, targets: { AAA: 0.1 } }))
    expect(trades(plan)).toEqual({ 'buy-AAA': 1 })
  })

  it('is not promised twice', () => {
    const input = planInput({
      cash: '1000',
      prices: { AAA: '1' },
      targets: { AAA: 1 },
      costs: freeCosts,
      orders: { collar: 0 },
    })
    const id = orderId('B'.repeat(26))
    const book = evolve(input.book, { type: 'reserved', orderId: id, amount: money('400') })
    expect(trades(planRebalance({ ...input, book }))).toEqual({ 'buy-AAA': 600 })
    const keeping = { ...input, book, targets: targetsOf({ AAA: 0.7 }, 0.3) }
    expect(trades(planRebalance(keeping))).toEqual({ 'buy-AAA': 300 })
  })
})

describe('buys that do not fit', () => {
  const given: PlanCase = {
    cash: '1000',
    prices: { AAA: '1', BBB: '1', CCC: '1' },
    targets: { AAA: 0.6, BBB: 0.3, CCC: 0.1 },
    cashTarget: 0,
    costs: freeCosts,
    orders: { collar: 0 },
  }

  it('are cut pro rata to the gap, so that none starves', () => {
    expect(trades(buysOf(given, '500'))).toEqual({ 'buy-AAA': 300, 'buy-BBB': 150, 'buy-CCC': 50 })
  })

  it('give the cash that rounding frees to whom the largest share is missing', () => {
    const dear: PlanCase = { ...given, prices: { AAA: '100', BBB: '100', CCC: '100' } }
    expect(trades(buysOf(dear, '500'))).toEqual({ 'buy-AAA': 3, 'buy-BBB': 1, 'buy-CCC': 1 })
  })

  it('leave when they end under the smallest order, and their cash goes to the others', () => {
    const plan = buysOf({ ...given, orders: { collar: 0, minOrder: money('60') } }, '500')
    expect(trades(plan)).toEqual({ 'buy-AAA': 333, 'buy-BBB': 167 })
    expect(reasons(plan)).toEqual(['CCC buy no_cash'])
  })

  it('leave by halves, so that some can be made where all would be too small', () => {
    const even: PlanCase = {
      ...given,
      prices: { AAA: '1', BBB: '1', CCC: '1', DDD: '1' },
      targets: { AAA: 0.2, BBB: 0.2, CCC: 0.2, DDD: 0.2 },
      orders: { collar: 0, minOrder: money('60') },
    }
    expect(trades(buysOf(even, '200'))).toEqual({ 'buy-CCC': 100, 'buy-DDD': 100 })
  })

  it('all leave without cash', () => {
    expect(reasons(buysOf(given, '0'))).toEqual(['AAA buy no_cash', 'BBB buy no_cash', 'CCC buy no_cash'])
    expect(reasons(buysOf(given, '-5'))).toHaveLength(3)
  })

  it('do not include what the run may not buy any more', () => {
    const plan = buysOf(given, '400', ['AAA'])
    expect(trades(plan)).toEqual({ 'buy-BBB': 300, 'buy-CCC': 100 })
    expect(reasons(plan)).toEqual(['AAA buy exhausted'])
  })
})

describe('one side of a rebalance', () => {
  it('holds that side only', () => {
    const frozen = { ...mixed, frozen: ['BBB'] }
    const sells = planSells(planInput(frozen))
    expect([trades(sells), reasons(sells)]).toEqual([{ 'sell-AAA': 15 }, []])
    const buys = buysOf(frozen, '4000')
    expect([trades(buys), reasons(buys)]).toEqual([{ 'buy-CCC': 40 }, ['BBB buy frozen']])
  })
})
