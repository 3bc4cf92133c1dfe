import { describe, expect, it } from 'vitest'
import { bigMoveShare, directionChangeRate, lagOneAutocorrelation } from '#numerics/serial.js'
import { seededRandom } from '../../support/prices.js'

describe('serial statistics', () => {
  it('count changes of direction between moves that are moves', () => {
    expect(directionChangeRate([1, 1, -1, -1, 1])).toBe(0.5)
    expect(directionChangeRate([1, 0, 0, -1, 0, 2])).toBe(1)
    expect(directionChangeRate([0, 0, 3])).toBe(0.5)
  })

  it('count moves of a size and more, either way', () => {
    expect(bigMoveShare([0.02, -0.02, 0.019, 0], 0.02)).toBe(0.5)
    expect(bigMoveShare([], 0.02)).toBe(0)
  })

  it('correlate neighbours as worked out by hand', () => {
    // Mean 2.5; products (−1.5)(−0.5) + (−0.5)(0.5) + (0.5)(1.5) = 1.25; squares 5.
    expect(lagOneAutocorrelation([1, 2, 3, 4])).toBeCloseTo(0.25, 15)
    expect(lagOneAutocorrelation([2, 2, 2])).toBe(0)
    expect(lagOneAutocorrelation([])).toBe(0)
  })

  it('show of white noise what the thresholds take it to show', () => {
    const random = seededRandom(5)
    const [turns, correlations]: [number[], number[]] = [[], []]
    for (let draw = 0; draw < 4_000; draw += 1) {
      const moves = Array.from({ length: 60 }, () => random() + random() + random() - 1.5)
      turns.push(directionChangeRate(moves))
      correlations.push(lagOneAutocorrelation(moves))
    }
    const of = (values: readonly number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) }
    }
    expect(of(turns).mean).toBeCloseTo(0.5, 2)
    expect(of(turns).deviation).toBeCloseTo(0.5 / Math.sqrt(59), 2)
    expect(of(correlations).mean).toBeCloseTo(-1 / 60, 2)
    expect(of(correlations).deviation).toBeCloseTo(1 / Math.sqrt(60), 2)
  })
})
