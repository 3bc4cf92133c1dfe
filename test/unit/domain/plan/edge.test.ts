import { describe, expect, it } from 'vitest'
import { type CashRange, edgeTargets } from '#domain/plan/edge.js'
import { planRebalance } from '#domain/plan/rebalance.js'
import type { DriftBand } from '#domain/policy.js'
import { money } from '#units/money.js'
import { byId, freeCosts, type PlanCase, planInput } from '../../../support/books.js'

const absolute: DriftBand = {
  type: 'absolute',
  band: 0.05,
  relativeFloor: 0.01,
  perInstrument: {},
  includeCash: false,
}
const ANY: CashRange = [0, 1]

/** A book of 100,000 in units at 100, thousandths of them tradable; three names wanted at 30 %, 10 % cash. */
function book(held: Readonly<Record<string, number>>, changes: Partial<PlanCase> = {}) {
  const units = Object.entries(held).map(([id, weight]) => [id, Math.round(weight * 1000)] as const)
  const invested = units.reduce((sum, [, count]) => sum + count, 0)
  return planInput({
    cash: String((1000 - invested) * 100),
    positions: Object.fromEntries(units.map(([id, count]) => [id, [String(count), '100'] as const])),
    prices: { AAA: '100', BBB: '100', CCC: '100' },
    targets: { AAA: 0.3, BBB: 0.3, CCC: 0.3 },
    cashTarget: 0.1,
    terms: { lot: '0.001' },
    orders: { collar: 0, minOrder: money('0') },
    costs: freeCosts,
    ...changes,
  })
}

/** Weights and cash to five digits: a lot is a millionth. */
function edges(input: ReturnType<typeof book>, band = absolute, range = ANY): Readonly<Record<string, number>> {
  const { weights, cash } = edgeTargets(input, band, range)
  const all = Object.entries({ ...weights, cash })
  return Object.fromEntries(all.map(([id, weight]) => [id, Number(weight.toFixed(5))]))
}

describe('the edges of the bands', () => {
  it('are where a name past its band goes, on the side where it is; the others stay and cash makes up for it', () => {
    const high = edges(book({ AAA: 0.36, BBB: 0.27, CCC: 0.27 }))
    expect(high).toEqual({ AAA: 0.3495, BBB: 0.27, CCC: 0.27, cash: 0.1105 })
    const low = edges(book({ AAA: 0.24, BBB: 0.33, CCC: 0.33 }))
    expect(low).toEqual({ AAA: 0.2505, BBB: 0.33, CCC: 0.33, cash: 0.0895 })
  })

  it('are reached in whole lots where a name is bought to bring cash back, or the same run would begin again', () => {
    // Cash is 0.02 % beyond 15 %: to 14.95 % it is a seventh of a lot of 500, and one lot goes.
    const coarse = book(
      { AAA: 0.275, BBB: 0.29, CCC: 0.285 },
      { cash: '15020', terms: { lot: '5' }, orders: { collar: 0, minOrder: money('0') } },
    )
    const range: CashRange = [0.05, 0.1495]
    const { legs } = planRebalance({ ...coarse, targets: edgeTargets(coarse, absolute, range) })
    expect(legs.map(({ side, quantity }) => `${side} ${quantity}`)).toEqual(['buy 5'])
  })

  it('are at the band exactly what is past it: a gap equal to the band breaches, one below stays', () => {
    expect(edges(book({ AAA: 0.35, BBB: 0.3, CCC: 0.3 })).AAA).toBe(0.3495)
    expect(edges(book({ AAA: 0.349, BBB: 0.3, CCC: 0.3 })).AAA).toBe(0.349)
  })

  it('are a share of the target in a relative band, absolute below the floor, and a name’s own where it has one', () => {
    const relative: DriftBand = { ...absolute, type: 'relative', band: 0.1, perInstrument: byId({ BBB: 0.5 }) }
    const input = book({ AAA: 0.36, BBB: 0.36, CCC: 0.2 })
    expect(edges(input, relative)).toEqual({ AAA: 0.3297, BBB: 0.36, CCC: 0.2703, cash: 0.04 })
    const floored: DriftBand = { ...relative, relativeFloor: 0.5 }
    expect(edges(input, floored)).toEqual({ AAA: 0.3495, BBB: 0.3495, CCC: 0.2505, cash: 0.0505 })
  })

  it('are nowhere for a name that nobody wants: past its band it goes altogether, inside it stays', () => {
    const targets = { targets: { AAA: 0.45, BBB: 0.45 } }
    expect(edges(book({ AAA: 0.42, BBB: 0.42, CCC: 0.06 }, targets)).CCC).toBe(0)
    expect(edges(book({ AAA: 0.42, BBB: 0.42, CCC: 0.04 }, targets)).CCC).toBe(0.04)
  })

  it('come nearer on the side that is too high when cash would fall below its least, those nearest to a breach first', () => {
    // AAA wants 0.0305 more than it has and cash can give 0.01 of it: the rest comes from BBB, the furthest above.
    const input = book({ AAA: 0.22, BBB: 0.34, CCC: 0.31 }, { cashTarget: 0.1 })
    expect(edges(input, absolute, [0.12, 1])).toEqual({ AAA: 0.2505, BBB: 0.3195, CCC: 0.31, cash: 0.12 })
    // More than BBB alone has above the level of CCC: both come to the same share of their band.
    expect(edges(input, absolute, [0.14, 1])).toEqual({ AAA: 0.2505, BBB: 0.30475, CCC: 0.30475, cash: 0.14 })
  })

  it('come nearer on the side that is too low when cash would rise above its most', () => {
    const input = book({ AAA: 0.38, BBB: 0.26, CCC: 0.29 })
    expect(edges(input, absolute, [0, 0.08])).toEqual({ AAA: 0.3495, BBB: 0.2805, CCC: 0.29, cash: 0.08 })
  })

  it('are the targets where cash may be nothing but its own', () => {
    const input = book({ AAA: 0.38, BBB: 0.26, CCC: 0.29 })
    const exact = edges(input, absolute, [0.1, 0.1])
    expect(exact.cash).toBe(0.1)
    expect(exact.AAA).toBe(0.3495)
    expect(exact.BBB! + exact.CCC!).toBeCloseTo(0.5505, 5)
  })

  it('are reached in whole lots that end inside the band, and by no order under the smallest', () => {
    const whole = book({ AAA: 0.36, BBB: 0.27, CCC: 0.27 }, { terms: { lot: '7' } })
    const [sell] = planRebalance({ ...whole, targets: edgeTargets(whole, absolute, ANY) }).legs
    // 10.5 units would do: two lots of 7.
    expect(sell).toMatchObject({ id: 'sell-AAA' })
    expect(sell!.quantity.toFixed()).toBe('14')
    const dear = book({ AAA: 0.351, BBB: 0.27, CCC: 0.27 }, { orders: { collar: 0, minOrder: money('2000') } })
    expect(edges(dear).AAA).toBe(0.331)
    const coarse = book({ AAA: 0.36, BBB: 0.27, CCC: 0.27 }, { terms: { lot: '50' } })
    const legs = planRebalance({ ...coarse, targets: edgeTargets(coarse, absolute, ANY) }).legs
    expect(legs.map(({ id, quantity }) => [id, quantity.toFixed()])).toEqual([['sell-AAA', '50']])
    const coarser = book({ AAA: 0.36, BBB: 0.27, CCC: 0.27 }, { terms: { lot: '100' } })
    expect(planRebalance({ ...coarser, targets: edgeTargets(coarser, absolute, ANY) }).legs).toEqual([])
  })

  it('leave what may not be traded as it is', () => {
    const input = book({ AAA: 0.36, BBB: 0.36, CCC: 0.27 }, { frozen: ['AAA'] })
    expect(edges(input)).toEqual({ AAA: 0.36, BBB: 0.3495, CCC: 0.27, cash: 0.0205 })
  })

  it('are the targets of a portfolio that is worth nothing', () => {
    const input = planInput({ cash: '0', prices: { AAA: '100' }, targets: { AAA: 0.5 } })
    expect(edgeTargets(input, absolute, ANY)).toBe(input.targets)
  })
})
