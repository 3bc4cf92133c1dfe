import { describe, expect, it } from 'vitest'
import { cappedShares } from '#domain/sizing/caps.js'
import { closeBudget } from '#domain/targets/close.js'
import { InvariantBroken } from '#units/assert.js'
import { id } from './fixtures.js'

const wanted = (weights: Record<string, number>) => new Map(Object.entries(weights).map(([name, w]) => [id(name), w]))

describe('closing a budget', () => {
  it('sorts names, leaves zeros out and keeps the rest of one in cash', () => {
    const { targets } = closeBudget(wanted({ B: 0.25, C: 0, A: 0.5 }), 0.001)
    expect(JSON.stringify(targets)).toBe('{"weights":{"A":0.5,"B":0.25},"cash":0.25}')
  })

  it('scales back what rounding overspent', () => {
    const { targets } = closeBudget(wanted({ A: 0.5, B: 0.5 + 8e-10 }), 0)
    expect(targets.weights[id('A')]! + targets.weights[id('B')]!).toBeCloseTo(1, 15)
    expect(targets.cash).toBe(0)
  })

  it('scales back what a dropped small short had paid for', () => {
    const { targets, dropped } = closeBudget(wanted({ A: 1.0005, B: -0.0005 }), 0.001)
    expect(targets).toEqual({ weights: { A: 1 }, cash: 0 })
    expect(dropped).toEqual([{ instrument: 'B', weight: -0.0005 }])
  })

  it.each([{ A: 1.1 }, { A: Number.NaN }, { A: Number.POSITIVE_INFINITY }])('is a bug on %j', (weights) => {
    expect(() => closeBudget(wanted(weights), 0.001)).toThrow(InvariantBroken)
  })
})

describe('shares under caps', () => {
  it('are proportional where no cap binds', () => {
    expect(cappedShares([1, 3], [1, 1], 0.8)).toEqual([expect.closeTo(0.2, 15), expect.closeTo(0.6, 15)])
  })

  it('meet every cap when the caps together do not reach the budget', () => {
    expect(cappedShares([1, 100], [0.2, 0.3], 1)).toEqual([0.2, 0.3])
  })

  it('give nothing without a signal, whatever the room', () => {
    expect(cappedShares([0, 1], [1, 0.4], 1)).toEqual([0, 0.4])
  })

  it('give nothing under a cap of zero or less', () => {
    expect(cappedShares([1, 1], [-0.1, 1], 1)).toEqual([0, 1])
  })
})
