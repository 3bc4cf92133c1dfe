import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { riskBudgeting } from '#numerics/risk-budgeting.js'
import {
  contributionsOf,
  covarianceOf,
  riskProblem,
  shareOut,
  spreadOf,
  square,
  weightsOf,
} from '../../support/risk-shares.js'

const published = new URL('../../../../shared/data/expected/risk_parity.json', import.meta.url)

describe('risk budgeting without caps', () => {
  it('is inverse volatility for two columns, whatever their correlation', () => {
    for (const correlation of [-0.99, -0.5, 0, 0.7, 1]) {
      const weights = weightsOf(shareOut(covarianceOf([0.1, 0.3], () => correlation)))
      expect([...weights]).toEqual([expect.closeTo(0.75, 10), expect.closeTo(0.25, 10)])
    }
  })

  it('is the closed form of two columns with budgets', () => {
    // Bruder and Roncalli, Managing Risk Exposures Using the Risk Budgeting Approach (2012), section 2.3.1.
    const [b, r, s, t] = [0.8, 0.4, 0.1, 0.3]
    const first =
      ((b - 0.5) * r * s * t - b * t * t + s * t * Math.sqrt((b - 0.5) ** 2 * r * r + b * (1 - b))) /
      ((1 - b) * s * s - b * t * t + 2 * (b - 0.5) * r * s * t)
    const covariance = covarianceOf([s, t], () => r)
    const weights = weightsOf(shareOut(covariance, { budgets: [8, 2] }))
    expect([...weights]).toEqual([expect.closeTo(first, 10), expect.closeTo(1 - first, 10)])
    const [one, two] = contributionsOf(covariance, weights)
    expect(one! / two!).toBeCloseTo(4, 9)
  })

  it('is inverse volatility under one correlation for all', () => {
    const weights = weightsOf(
      shareOut(
        covarianceOf([0.1, 0.2, 0.4], () => 0.6),
        { total: 0.7 },
      ),
    )
    expect([...weights]).toEqual([0.4, 0.2, 0.1].map((weight) => expect.closeTo(weight, 10)))
  })

  it('is √budget over volatility for columns that have nothing in common', () => {
    const weights = weightsOf(
      shareOut(
        covarianceOf([0.1, 0.2, 0.1], () => 0),
        { budgets: [4, 4, 1], total: 2 },
      ),
    )
    expect([...weights]).toEqual([1, 0.5, 0.5].map((weight) => expect.closeTo(weight, 10)))
  })

  it('is not disturbed by perfectly correlated columns, nor by volatilities a million times apart', () => {
    const twins = covarianceOf([0.1, 0.1, 1e-7], (i, j) => (i + j === 1 ? 1 : 0.2))
    expect(spreadOf(contributionsOf(twins, weightsOf(shareOut(twins))))).toBeLessThan(1e-8)
  })

  it('takes a single column whole', () => {
    const whole = { kind: 'shared', weights: Float64Array.of(0.9), capped: [] }
    expect(shareOut(square([0.04]), { total: 0.9, caps: [1] })).toEqual(whole)
  })
})

describe('risk budgeting under caps', () => {
  const covariance = covarianceOf([0.05, 0.1, 0.2, 0.3], (i, j) => (i + j === 3 ? -0.3 : 0.4))

  it('holds a column at its cap and keeps the contributions of the others equal', () => {
    const answer = shareOut(covariance, { caps: [0.3, 1, 1, 1] })
    const weights = weightsOf(answer)
    expect(answer).toMatchObject({ capped: [0] })
    expect(weights[0]).toBe(0.3)
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9)
    const [first, ...others] = contributionsOf(covariance, weights)
    expect(spreadOf(others)).toBeLessThan(1e-8)
    expect(first).toBeLessThan(others[0]!)
    // The uncapped weights scaled would not do: their contributions are 20 % apart.
    const uncapped = weightsOf(shareOut(covariance))
    const scale = 0.7 / (1 - uncapped[0]!)
    const clipped = uncapped.map((weight, i) => (i === 0 ? 0.3 : weight * scale))
    expect(spreadOf([...contributionsOf(covariance, clipped)].slice(1))).toBeGreaterThan(0.2)
  })

  it('is all caps when they do not reach the total', () => {
    expect(shareOut(covariance, { caps: [0.1, 0.2, 0.3, 0.1] })).toEqual({
      kind: 'shared',
      weights: Float64Array.of(0.1, 0.2, 0.3, 0.1),
      capped: [0, 1, 2, 3],
    })
  })

  it('leaves a cap alone that does not bind', () => {
    const free = shareOut(covariance)
    expect(shareOut(covariance, { caps: [0.7, 0.6, 0.6, 0.6] })).toEqual(free)
  })
})

describe('columns that cancel each other', () => {
  const hedge = covarianceOf([0.1, 0.1, 0.2], (i, j) => (i + j === 1 ? -1 : 0))

  it('have no risk to share out, and are named', () => {
    expect(shareOut(hedge)).toEqual({ kind: 'hedged', columns: [0, 1] })
    expect(shareOut(hedge, { caps: [0.9, 0.9, 0.9] })).toEqual({ kind: 'hedged', columns: [0, 1] })
  })

  it('are found among three, where no pair cancels', () => {
    const triangle = covarianceOf([0.1, 0.2, 0.3], () => -0.5)
    expect(shareOut(triangle)).toEqual({ kind: 'hedged', columns: [0, 1, 2] })
  })

  it('are held at their caps where these keep them from taking everything', () => {
    const answer = shareOut(hedge, { caps: [0.4, 0.4, 1] })
    expect(answer).toMatchObject({ capped: [0, 1] })
    expect([...weightsOf(answer)]).toEqual([0.4, 0.4, expect.closeTo(0.2, 9)])
  })
})

describe('a problem that is none', () => {
  const good = riskProblem(square([1, 0], [0, 1]))
  it.each([
    ['a variance of zero', { covariance: square([1, 0], [0, 0]) }, 'variance'],
    ['a covariance that is not finite', { covariance: square([1, Number.NaN], [0, 1]) }, 'finite'],
    ['a budget of zero', { budgets: Float64Array.of(1, 0) }, 'budget'],
    ['a cap of zero', { caps: Float64Array.of(0, 1) }, 'cap'],
    ['nothing to spend', { total: 0 }, 'total'],
    ['too few budgets', { budgets: Float64Array.of(1) }, '1 budgets'],
  ])('is refused: %s', (_what, changes, words) => {
    expect(() => riskBudgeting({ ...good, ...changes })).toThrow(words)
  })
})

interface PublishedCase {
  readonly Sigma: readonly (readonly number[])[]
  readonly weights: readonly number[]
  readonly recomputed: readonly number[]
  readonly risk_contribution_pct: readonly number[]
  readonly tolerance: number
}

describe.skipIf(!existsSync(published))('published risk parity of four assets (skip: shared data absent)', () => {
  it('has the weights and contributions of the source', () => {
    const { cases } = JSON.parse(readFileSync(published, 'utf8')) as { cases: readonly [unknown, PublishedCase] }
    const { Sigma, weights, recomputed, risk_contribution_pct, tolerance } = cases[1]
    const covariance = square(...Sigma)
    const found = weightsOf(shareOut(covariance))
    const contributions = contributionsOf(covariance, found)
    const variance = contributions.reduce((sum, own) => sum + own, 0)
    found.forEach((weight, i) => {
      expect(Math.abs(weight - weights[i]!)).toBeLessThan(tolerance)
      // Printed to eight decimals.
      expect(Math.abs(weight - recomputed[i]!)).toBeLessThan(1e-8)
      expect(contributions[i]! / variance).toBeCloseTo(risk_contribution_pct[i]!, 10)
    })
  })
})
