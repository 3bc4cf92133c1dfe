import { describe, expect, it } from 'vitest'
import { annualVolatility, barReturns, maxDrawdown, performance } from '#report/performance.js'
import { money, noMoney } from '#units/money.js'
import { closesAt, historyOf } from './histories.js'

const LEVELS = [1, 1.1, 0.88, 0.968, 1.21]

describe('performance', () => {
  it('takes returns between closes and the total from the first cash', () => {
    expect(barReturns(closesAt(LEVELS))).toEqual([
      expect.closeTo(0.1, 12),
      expect.closeTo(-0.2, 12),
      expect.closeTo(0.1, 12),
      expect.closeTo(0.25, 12),
    ])
    expect(performance(historyOf(closesAt([0.9, 1.2]))).totalReturn).toBeCloseTo(0.2, 12)
  })

  it('annualises the return by calendar days: 1.21 in two years is 10 % a year', () => {
    const twoYears = performance(historyOf(closesAt([1, 1.21], 730), '1mo'))
    expect(twoYears.cagr).toBeCloseTo(0.1, 3)
  })

  it('annualises the sample deviation by the bars of a year', () => {
    // returns ±0.1: mean 0, squares 0.04 over 4, divisor 3
    const returns = [0.1, -0.1, 0.1, -0.1]
    expect(annualVolatility(returns, '1mo')).toBeCloseTo(Math.sqrt((0.04 / 3) * 12), 12)
    expect(annualVolatility(returns, '1d')).toBeCloseTo(Math.sqrt((0.04 / 3) * 252), 12)
    expect(annualVolatility([0.1], '1d')).toBeNull()
  })

  it('divides the annual mean return by volatility for the Sharpe ratio', () => {
    // mean 0.0625, squares 2 · 0.0375² + 0.2625² + 0.1875², divisor 3
    const { sharpe } = performance(historyOf(closesAt(LEVELS), '1mo'))
    const deviation = Math.sqrt((2 * 0.0375 ** 2 + 0.2625 ** 2 + 0.1875 ** 2) / 3)
    expect(sharpe).toBeCloseTo((0.0625 * 12) / (deviation * Math.sqrt(12)), 10)
    expect(performance(historyOf(closesAt([1, 1, 1]))).sharpe).toBeNull()
  })

  it('dates the deepest drawdown: peak, trough and the new high', () => {
    expect(maxDrawdown(closesAt(LEVELS))).toEqual({
      depth: expect.closeTo(0.2, 12),
      peak: '2020-01-02',
      trough: '2020-01-03',
      recovered: '2020-01-05',
    })
    expect(maxDrawdown(closesAt([1.2, 0.6, 1.1]))).toMatchObject({ peak: '2020-01-01', recovered: null })
    expect(maxDrawdown(closesAt([0.9, 0.8]))).toMatchObject({ peak: '2020-01-01', trough: '2020-01-02' })
    expect(maxDrawdown(closesAt([1, 1.1]))).toBeNull()
  })

  it('names the worst bar and the mean of the worst twentieth', () => {
    const figures = performance(historyOf(closesAt(LEVELS)))
    expect(figures.worstBar).toEqual({ session: '2020-01-03', return: expect.closeTo(-0.2, 12) })
    expect(figures.cvar95).toBeCloseTo(0.2, 12)
    // 40 bars: the worst two are −10 % and −20 %, their mean is the tail of 5 %
    const steps = [0.9, 0.8, ...Array.from({ length: 38 }, () => 1.01)]
    const levels = [1]
    for (const step of steps) levels.push(levels.at(-1)! * step)
    expect(performance(historyOf(closesAt(levels))).cvar95).toBeCloseTo(0.15, 10)
  })

  it('counts the lesser of purchases and sales for turnover, and cost per value traded', () => {
    const totals = {
      deposited: money('1000000'),
      bought: money('3000000'),
      sold: money('1000000'),
      fees: noMoney,
      estimatedCost: noMoney,
      realisedCost: money('2000'),
    }
    const figures = performance(historyOf(closesAt([1, 1, 1], 365), '1d', { totals }))
    expect(figures.turnover).toBeCloseTo(0.5, 2)
    expect(figures.costBps).toBe(5)
  })

  it('has no figure where there is nothing to measure', () => {
    const none = { ...historyOf([]).totals, bought: noMoney, sold: noMoney }
    expect(performance(historyOf([], '1d', { totals: none }))).toMatchObject({
      totalReturn: 0,
      cagr: null,
      volatility: null,
      sharpe: null,
      maxDrawdown: null,
      worstBar: null,
      cvar95: null,
      turnover: null,
      costBps: null,
    })
  })
})
