import { describe, expect, it } from 'vitest'
import { costSlope, estimateCost, noCost, sumCosts } from '#domain/cost/registry.js'
import { instrumentId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { ONE } from '../../../support/books.js'

const AAA = instrumentId('AAA')
const trade = (units: string) => ({ instrument: AAA, quantity: quantity(units), price: price('50'), multiplier: ONE })

describe('the simple cost model', () => {
  it('charges 5 bps spread and 5 bps slippage by default', () => {
    const cost = estimateCost({ name: 'simple', params: {} }, trade('200'))
    expect(cost.spread.toFixed()).toBe('5')
    expect(cost.temporary.toFixed()).toBe('5')
    expect(cost.commission.toFixed()).toBe('0')
    expect(cost.total.toFixed()).toBe('10')
    expect(cost.bps).toBeCloseTo(10, 12)
  })

  it('keeps commission apart from the spread', () => {
    const cost = estimateCost(
      { name: 'simple', params: { spreadBps: 1, slippageBps: 0, commissionBps: 2.5 } },
      trade('200'),
    )
    expect([cost.spread, cost.temporary, cost.permanent, cost.commission].map((part) => part.toFixed())).toEqual([
      '1',
      '0',
      '0',
      '2.5',
    ])
  })

  it('charges the optimiser its whole rate as a fraction', () => {
    expect(costSlope({ name: 'simple', params: {} }, AAA)).toBeCloseTo(0.001, 15)
    expect(costSlope({ name: 'simple', params: { commissionBps: 10 } }, AAA)).toBeCloseTo(0.002, 15)
  })

  it('stops on a model or parameters the configuration check should have refused', () => {
    expect(() => estimateCost({ name: 'constructor', params: {} }, trade('1'))).toThrow(
      'no cost model is called constructor',
    )
    expect(() => costSlope({ name: 'simple', params: { spreadBps: -1 } }, AAA)).toThrow('parameters of simple')
    expect(() => costSlope({ name: 'simple', params: { spread_bps: 1 } }, AAA)).toThrow('parameters of simple')
  })
})

describe('adding costs', () => {
  it('sums cause by cause and relates the sum to the value', () => {
    const one = estimateCost({ name: 'simple', params: {} }, trade('200'))
    const sum = sumCosts([one, one, noCost], money('20000'))
    expect(sum.spread.toFixed()).toBe('10')
    expect(sum.total.toFixed()).toBe('20')
    expect(sum.bps).toBeCloseTo(10, 12)
  })

  it('says 0 bps of nothing', () => {
    expect(sumCosts([], money('0'))).toEqual(noCost)
    expect(noCost.bps).toBe(0)
  })
})
