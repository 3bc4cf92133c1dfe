import { describe, expect, it } from 'vitest'
import { certify } from '#domain/optimise/certify.js'
import type { MeanCvarProblem, SolverDuals } from '#domain/optimise/mean-cvar.js'

/** Two assets losing 6 % and 3 % in opposite states: the optimum is (1/3, 2/3) with CVaR 2 %, q = (1/3, 2/3). */
const problem: MeanCvarProblem = {
  scenarios: { rows: 2, columns: 2, returns: Float64Array.of(-0.06, 0, 0, -0.03) },
  confidence: 0.5,
  riskAversion: 1,
  lower: Float64Array.of(0, 0),
  upper: Float64Array.of(1, 1),
  cash: { lower: 0, upper: 0 },
}
const duals: SolverDuals = {
  scenario: Float64Array.of(1 / 3, 2 / 3),
  budget: 0.02,
  turnover: { buys: 0, sells: 0 },
  traded: 0,
  leverage: 0,
  minimumReturn: 0,
  maximumCvar: 0,
  groups: [],
  reducedCost: Float64Array.of(0, 0),
}
const weights = Float64Array.of(1 / 3, 2 / 3)

describe('certify', () => {
  it('recomputes the figures of an optimum and accepts it', () => {
    const certificate = certify(problem, { weights, duals })
    expect(certificate).toMatchObject({ certified: true, violation: 0 })
    if (!certificate.certified) return
    expect(certificate.objective).toBeCloseTo(0.02, 15)
    expect(certificate.lowerBound).toBeCloseTo(0.02, 15)
    expect(certificate.gap).toBeLessThan(1e-14)
  })

  it('refuses weights that are feasible but not optimal, and says by how much', () => {
    const certificate = certify(problem, { weights: Float64Array.of(0.4, 0.6), duals })
    expect(certificate).toMatchObject({
      certified: false,
      reason: expect.stringMatching(/^the gap recomputes to 0\.16/),
    })
  })

  it('refuses optimal weights under duals that prove nothing', () => {
    const idle = { ...duals, scenario: Float64Array.of(0.5, 0.5), budget: 0 }
    expect(certify(problem, { weights, duals: idle })).toMatchObject({ certified: false })
  })

  it('refuses weights beyond a bound or off the budget by more than 1e-8, accepts 1e-9', () => {
    const off = (by: number) => certify(problem, { weights: Float64Array.of(1 / 3 + by, 2 / 3), duals })
    expect(off(1e-7)).toMatchObject({ certified: false, reason: expect.stringContaining('violate') })
    expect(off(1e-9)).toMatchObject({ certified: true })
    const below = certify(problem, { weights: Float64Array.of(-0.1, 1.1), duals })
    expect(below).toMatchObject({ certified: false, reason: expect.stringContaining('violate a limit by 0.1') })
  })

  it('moves a density outside its set into it before bounding, so that no duals can overstate the bound', () => {
    for (const scenario of [Float64Array.of(5, -3), Float64Array.of(9, 9), Float64Array.of(0, 0)]) {
      const certificate = certify(problem, { weights, duals: { ...duals, scenario, budget: 0.5 } }, { gap: 1e9 })
      expect(certificate.certified && certificate.lowerBound).toBeLessThanOrEqual(0.02 + 1e-15)
    }
  })

  it('refuses anything that is not finite', () => {
    expect(certify(problem, { weights: Float64Array.of(Number.NaN, 1), duals })).toMatchObject({ certified: false })
    const infinite = { ...duals, budget: Number.POSITIVE_INFINITY }
    expect(certify(problem, { weights, duals: infinite })).toMatchObject({ certified: false })
    const unknown = { ...duals, scenario: Float64Array.of(Number.NaN, 1) }
    expect(certify(problem, { weights, duals: unknown })).toMatchObject({ certified: false })
  })

  it('refuses arrays of the wrong length', () => {
    expect(certify(problem, { weights: Float64Array.of(1), duals })).toMatchObject({ certified: false })
    const short = { ...duals, scenario: Float64Array.of(1) }
    expect(certify(problem, { weights, duals: short })).toMatchObject({ certified: false })
  })

  it('refuses a claimed figure that is not the recomputed one', () => {
    const claim = certify(problem, { weights, duals, objective: 0.0199, cvar: 0.02 })
    expect(claim).toMatchObject({ certified: false, reason: expect.stringContaining('objective is claimed as 0.0199') })
  })

  it('counts the atom at VaR in part', () => {
    const single: MeanCvarProblem = {
      ...problem,
      scenarios: { rows: 4, columns: 1, returns: Float64Array.of(-0.01, -0.02, -0.03, -0.04) },
      confidence: 0.7,
      lower: Float64Array.of(0),
      upper: Float64Array.of(1),
    }
    const certificate = certify(
      single,
      {
        weights: Float64Array.of(1),
        duals: { ...duals, scenario: Float64Array.of(0, 0, 1 / 6, 5 / 6), budget: 0.0383 },
      },
      { gap: 1 },
    )
    expect(certificate).toMatchObject({ certified: true, var: 0.03 })
    expect(certificate.certified && certificate.cvar).toBeCloseTo((0.25 * 0.04 + 0.05 * 0.03) / 0.3, 15)
  })

  it('pays the undivided cost from the budget and charges its share to the objective', () => {
    const cost = { buy: Float64Array.of(0.01, 0.01), sell: Float64Array.of(0.01, 0.01), holdingPeriods: 10 }
    const bought = weights.map((w) => w / 1.01)
    const certificate = certify({ ...problem, cost }, { weights: bought, duals }, { gap: 1 })
    expect(certificate.certified && certificate.cost).toBeCloseTo(0.01 / 1.01, 15)
    expect(certificate.certified && certificate.cash).toBeCloseTo(0, 15)
    expect(certificate.certified && certificate.objective).toBeCloseTo((0.02 + 0.001) / 1.01, 15)
  })

  it('counts turnover, groups and cash among the violations', () => {
    const held = Float64Array.of(1, 0)
    const turned = certify({ ...problem, held, turnover: 0.5 }, { weights, duals })
    expect(turned).toMatchObject({ certified: false, reason: expect.stringContaining('violate a limit by 0.1666') })
    const groups = [{ name: 'First', coefficients: Float64Array.of(1, 0), upper: 0.25 }]
    const grouped = certify({ ...problem, groups }, { weights, duals })
    expect(grouped).toMatchObject({ certified: false, reason: expect.stringContaining('violate a limit by 0.0833') })
    const idle = certify({ ...problem, cash: { lower: 0.1, upper: 0.2 } }, { weights, duals })
    expect(idle).toMatchObject({ certified: false, reason: expect.stringMatching(/violate a limit by 0\.(1|09999)/) })
  })
})
