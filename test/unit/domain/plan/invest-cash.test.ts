import { describe, expect, it } from 'vitest'
import { planInvestCash } from '#domain/plan/invest-cash.js'
import { waterLevel } from '#domain/plan/water-fill.js'
import { Decimal } from '#units/decimal.js'
import { money } from '#units/money.js'
import { freeCosts, type PlanCase, planInput } from '../../../support/books.js'
import { trades } from '../../../support/plans.js'

const invest = (given: PlanCase, available: string) =>
  planInvestCash({ ...planInput(given), available: money(available) })

/** $1,000: AAA 400, BBB 300, cash 300; targets half and half. */
const half: PlanCase = {
  cash: '300',
  positions: { AAA: ['400', '1'], BBB: ['300', '1'] },
  prices: { AAA: '1', BBB: '1' },
  targets: { AAA: 0.5, BBB: 0.5 },
  costs: freeCosts,
  orders: { collar: 0 },
}

describe('investing cash', () => {
  it('fills up to the targets when there is enough', () => {
    expect(trades(invest(half, '300'))).toEqual({ 'buy-AAA': 100, 'buy-BBB': 200 })
  })

  it('fills the emptiest first: 150 raises both to the level 0.85 of their targets', () => {
    expect(trades(invest(half, '150'))).toEqual({ 'buy-AAA': 25, 'buy-BBB': 125 })
  })

  it('gives all to one while the other is above the level', () => {
    const plan = invest(half, '60')
    expect(trades(plan)).toEqual({ 'buy-BBB': 60 })
    expect(plan.skipped.map((leg) => `${leg.instrument} ${leg.reason}`)).toEqual(['AAA no_cash'])
  })

  it('keeps the targets’ cash weight', () => {
    expect(trades(invest({ ...half, targets: { AAA: 0.4, BBB: 0.5 } }, '300'))).toEqual({ 'buy-BBB': 200 })
  })

  it('includes limit prices and costs in what it uses', () => {
    const plan = invest({ ...half, orders: { collar: 0.02 }, costs: { name: 'simple', params: {} } }, '102.102')
    expect(trades(plan)).toEqual({ 'buy-BBB': 100 })
  })

  it('uses the cash up where a coarse tick makes one limit closer than the other', () => {
    // Limits 0.64 (1.6 % over 0.63) and 34.41 (2 % over 33.74): what AAA does not need goes to both.
    const input = planInput({
      cash: '1926.32',
      positions: { DDD: ['14', '33.74'] },
      prices: { AAA: '0.63', DDD: '33.74' },
      targets: { AAA: 0.375, DDD: 0.625 },
      terms: { lot: '0.001' },
      costs: { name: 'simple', params: { spreadBps: 0 } },
    })
    const plan = planInvestCash({ ...input, available: money('1926.32') })
    const committed = plan.legs.reduce((sum, leg) => sum + leg.quantity.times(leg.limit).times('1.0005').toNumber(), 0)
    expect(committed).toBeLessThanOrEqual(1926.32)
    expect(committed).toBeGreaterThan(1926.32 - 0.0011 * (0.64 + 34.41))
  })

  it('drops a buy under the smallest order and refills the others', () => {
    const plan = invest({ ...half, orders: { collar: 0, minOrder: money('30') } }, '150')
    expect(trades(plan)).toEqual({ 'buy-BBB': 150 })
  })

  it('buys whole lots of the few it can afford', () => {
    const dear: PlanCase = {
      cash: '500',
      prices: { AAA: '200', BBB: '201', CCC: '202' },
      targets: { AAA: 0.34, BBB: 0.33, CCC: 0.33 },
      positions: { AAA: ['10', '200'], BBB: ['10', '201'], CCC: ['10', '202'] },
      costs: freeCosts,
      orders: { collar: 0 },
    }
    expect(trades(invest(dear, '500'))).toEqual({ 'buy-AAA': 1 })
  })

  it('never sells, whatever is overweight or untargeted', () => {
    const plan = invest({ ...half, targets: { AAA: 0.1, CCC: 0.5 }, prices: { AAA: '1', BBB: '1', CCC: '1' } }, '300')
    expect(plan.legs.map((leg) => leg.side)).toEqual([])
    const roomy = invest(
      { ...half, targets: { AAA: 0.1, CCC: 0.8 }, cashTarget: 0.1, prices: { AAA: '1', BBB: '1', CCC: '1' } },
      '300',
    )
    expect(trades(roomy)).toEqual({ 'buy-CCC': 200 })
  })
})

describe('investing cash beside a short', () => {
  it('does not cover it', () => {
    const plan = invest(
      { ...half, cash: '800', positions: { AAA: ['-400', '1'] }, targets: { AAA: -0.5, BBB: 1 } },
      '300',
    )
    expect(trades(plan)).toEqual({ 'buy-BBB': 300 })
  })
})

describe('the water level', () => {
  const vessel = (slope: string, offset: string) => ({ slope: new Decimal(slope), offset: new Decimal(offset) })

  it('is 1 without vessels and with more than they hold', () => {
    expect(waterLevel([], new Decimal('5')).toFixed()).toBe('1')
    expect(waterLevel([vessel('500', '400')], new Decimal('101')).toFixed()).toBe('1')
  })

  it('solves the piecewise linear sum, also from below zero', () => {
    const level = (budget: string) =>
      waterLevel([vessel('500', '400'), vessel('500', '300')], new Decimal(budget)).toFixed()
    expect([level('150'), level('100'), level('50'), level('0')]).toEqual(['0.85', '0.8', '0.7', '0.6'])
    expect(waterLevel([vessel('500', '-100')], new Decimal('50')).toFixed()).toBe('-0.1')
  })
})
