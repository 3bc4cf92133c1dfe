import { describe, expect, it } from 'vitest'
import { certify } from '#domain/optimise/certify.js'
import type { MeanCvarProblem, SolverDuals, SolverSolution } from '#domain/optimise/mean-cvar.js'

/** Two assets, one scenario each way: A returns 2 %, B loses 4 %; cash takes what is not invested. */
const problem: MeanCvarProblem = {
  scenarios: { rows: 2, columns: 2, returns: Float64Array.of(0.02, -0.04, 0.02, -0.04) },
  confidence: 0.5,
  riskAversion: 0,
  mean: Float64Array.of(0.02, -0.04),
  lower: Float64Array.of(-1, -1),
  upper: Float64Array.of(1, 1),
  cash: { lower: -9, upper: 9 },
}
const none: SolverDuals = {
  scenario: Float64Array.of(0, 0),
  budget: 0,
  turnover: { buys: 0, sells: 0 },
  traded: 0,
  leverage: 0,
  minimumReturn: 0,
  maximumCvar: 0,
  groups: [],
  reducedCost: Float64Array.of(0, 0),
}
type Claim = Partial<SolverSolution> & { readonly of?: Partial<SolverDuals> }
const judge = (changes: Partial<MeanCvarProblem>, weights: readonly number[], { of, ...claim }: Claim = {}) =>
  certify({ ...problem, ...changes }, { weights: Float64Array.from(weights), duals: { ...none, ...of }, ...claim })
const closes = (certificate: ReturnType<typeof judge>, objective: number): void => {
  expect(certificate.certified ? '' : certificate.reason).toBe('')
  if (!certificate.certified) return
  expect(certificate.objective).toBeCloseTo(objective, 15)
  expect(certificate.lowerBound).toBeCloseTo(objective, 15)
}

describe('the bound of each limit', () => {
  it('is met by leverage: all of it goes short the asset with the largest |mean|', () => {
    closes(judge({ leverage: 0.5 }, [0, -0.5], { of: { leverage: -0.04 } }), -0.02)
    expect(judge({ leverage: 0.5 }, [0, -0.5], { of: { leverage: -0.02 } })).toMatchObject({ certified: false })
  })

  it('is met by the limit on trading, counted from what is held', () => {
    const held = Float64Array.of(0.1, 0.1)
    closes(judge({ held, traded: 0.5 }, [0.1, -0.4], { of: { traded: -0.04 } }), -0.018)
    const both = { turnover: { buys: -0.02, sells: -0.04 } }
    closes(judge({ held, turnover: 0.5 }, [0.6, -0.4], { of: both }), -0.028)
  })

  it('is met by the least return, where risk alone would invest nothing', () => {
    const wanted = {
      riskAversion: 1,
      mean: Float64Array.of(0.01, 0),
      lower: Float64Array.of(0, 0),
      minimumReturn: 0.005,
    }
    const scenarios = { rows: 2, columns: 2, returns: Float64Array.of(-0.03, 0, 0.05, 0) }
    // CVaR at 0.5 is 0.03 a unit of A, of which 0.5 must be bought: 0.5 (0.03 - 0.01); a unit of return costs 2.
    const of = { scenario: Float64Array.of(1, 0), minimumReturn: 2 }
    closes(judge({ ...wanted, scenarios }, [0.5, 0], { of }), 0.01)
  })

  it('is met by the largest CVaR, whose multiplier joins the risk aversion', () => {
    const mean = Float64Array.of(0.01, 0)
    const scenarios = { rows: 2, columns: 2, returns: Float64Array.of(-0.03, 0, 0.05, 0) }
    // The largest return under CVaR 0.6 %: 0.2 of A; a unit of CVaR is worth 1/3.
    const of = { scenario: Float64Array.of(1 / 3, 0), maximumCvar: 1 / 3 }
    closes(judge({ mean, scenarios, maximumCvar: 0.006 }, [0.2, 0], { of }), -0.002)
    // With risk aversion 0.1 only 1/3 - 0.1 of it is the limit's.
    const averse = { scenario: Float64Array.of(1 / 3, 0), maximumCvar: 1 / 3 - 0.1 }
    closes(judge({ mean, scenarios, riskAversion: 0.1, maximumCvar: 0.006 }, [0.2, 0], { of: averse }), -0.0014)
  })

  it('is met at a cost step: trading stops where it gets dearer than the return', () => {
    const step = { beyond: Float64Array.of(0.2, 0.1), buy: Float64Array.of(0.02, 0), sell: Float64Array.of(0, 0.05) }
    const flat = Float64Array.of(0.01, 0.01)
    const cost = { buy: flat, sell: flat, holdingPeriods: 1, steps: [step] }
    const certificate = judge({ cost }, [0.2, -0.1])
    closes(certificate, -(0.2 * 0.01) - 0.1 * 0.03)
    const twice = judge({ cost }, [0.3, -0.1])
    expect(twice.certified ? null : twice.figures?.cost).toBeCloseTo(0.3 * 0.01 + 0.1 * 0.02 + 0.1 * 0.01, 15)
  })

  it('takes a step into the budget undivided', () => {
    const step = { beyond: Float64Array.of(0.2, 9), buy: Float64Array.of(0.1, 0), sell: Float64Array.of(0, 0) }
    const cost = { buy: Float64Array.of(0.05, 0), sell: Float64Array.of(0, 0), holdingPeriods: 1e6, steps: [step] }
    const changes = { cost, lower: Float64Array.of(0, 0), cash: { lower: 0.5, upper: 9 } }
    const weight = (0.5 + 0.1 * 0.2) / 1.15
    const certificate = judge(changes, [weight, 0], { of: { budget: -(0.02 - 0.15e-6) / 1.15 } })
    expect(certificate.certified ? '' : certificate.reason).toBe('')
    expect(certificate.certified && certificate.cash).toBeCloseTo(0.5, 15)
  })

  it('ignores multipliers of the wrong sign and of limits that are not there', () => {
    const wrong = { traded: 5, leverage: 5, minimumReturn: -5, maximumCvar: -5 }
    const limits = { traded: 9, leverage: 9, minimumReturn: -1, maximumCvar: 1 }
    closes(judge(limits, [1, -1], { of: wrong }), -0.06)
    closes(judge({}, [1, -1], { of: { traded: -5, leverage: -5, minimumReturn: 5, maximumCvar: 5 } }), -0.06)
  })

  it('stays finite under bounds of 1e20 that leverage or the limit on trading narrows', () => {
    const wide = { lower: Float64Array.of(-1e20, -1e20), upper: Float64Array.of(1e20, 1e20) }
    // A multiplier short by 1e-12 costs 1e-12 a unit of weight: nothing over 0.5, everything over 1e20.
    const off = -0.04 + 1e-12
    expect(judge({ ...wide, leverage: 0.5 }, [0, -0.5], { of: { leverage: off } })).toMatchObject({ certified: true })
    expect(judge({ ...wide, traded: 0.5 }, [0, -0.5], { of: { traded: off } })).toMatchObject({ certified: true })
    expect(judge(wide, [0, -0.5], { of: { leverage: off } })).toMatchObject({ certified: false })
    const mirrored = { ...wide, mean: Float64Array.of(0.02, 0.04) }
    expect(judge({ ...mirrored, leverage: 0.5 }, [0, 0.5], { of: { leverage: off } })).toMatchObject({
      certified: true,
    })
    expect(judge({ ...mirrored, traded: 0.5 }, [0, 0.5], { of: { traded: off } })).toMatchObject({ certified: true })
  })

  it('reads returns of single precision', () => {
    const returns = Float32Array.of(0.5, -0.25, 0.5, -0.25)
    const scenarios = { rows: 2, columns: 2, returns }
    const of = { scenario: Float64Array.of(0.5, 0.5) }
    closes(judge({ scenarios, riskAversion: 1, mean: Float64Array.of(0, 0) }, [1, -1], { of }), -0.75)
  })
})

describe('violations', () => {
  const violation = (changes: Partial<MeanCvarProblem>, weights: readonly number[]) => {
    const certificate = judge(changes, weights)
    return certificate.certified ? 0 : certificate.figures?.violation
  }

  it('count leverage, trading and the two one-way limits, in weight', () => {
    expect(violation({ leverage: 0.5 }, [0.4, -0.3])).toBeCloseTo(0.2, 14)
    const held = Float64Array.of(0.1, 0.1)
    expect(violation({ held, traded: 0.5 }, [0.4, -0.3])).toBeCloseTo(0.2, 14)
    expect(violation({ held, traded: 0.5 }, [-0.3, 0.4])).toBeCloseTo(0.2, 14)
  })

  it('measure return and CVaR by the weight that would set them right', () => {
    // Mean 0.02 of A, largest |mean| 0.04: short of 0.01 by 0.002 is 0.05 of the largest.
    expect(violation({ minimumReturn: 0.01 }, [0.4, 0])).toBeCloseTo(0.05, 14)
    expect(violation({ maximumCvar: 0.01 }, [0, 0.4])).toBeCloseTo(0.006 / 0.04, 14)
    expect(violation({ maximumCvar: -0.02 }, [0.4, 0])).toBeCloseTo(0.012 / 0.04, 14)
  })

  it('widen the lower side of the budget by the most that trading can cost, steps and all', () => {
    const zero = Float64Array.of(0, 0)
    const step = { beyond: zero, buy: Float64Array.of(0.02, 0), sell: Float64Array.of(0.05, 0) }
    const cost = { buy: Float64Array.of(0.01, 0.01), sell: zero, holdingPeriods: 1, steps: [step] }
    const owned = { held: Float64Array.of(0.4, 0.4), cost, cash: { lower: -9, upper: 0.1 } }
    // All the way: buys 0.6 (0.03 + 0.01), sells 1.4 x 0.05. Under turnover 0.1: 0.1 x 0.03 and 0.1 x 0.05.
    expect(violation(owned, [0.4, 0.4])).toBeCloseTo(0.1 - 0.024 - 0.07, 14)
    expect(violation({ ...owned, turnover: 0.1 }, [0.4, 0.4])).toBeCloseTo(0.1 - 0.003 - 0.005, 14)
  })

  it('count every name beyond the limit, and what a held one lacks of the smallest weight', () => {
    const long = { lower: Float64Array.of(0, 0) }
    const few = { ...long, cardinality: { most: 1, smallest: Float64Array.of(0, 0.1) } }
    expect(violation(few, [0.4, 0.2])).toBe(1)
    expect(violation(few, [0, 0.04])).toBeCloseTo(0.06, 14)
    expect(judge(few, [1, 1e-9], { status: 'FEASIBLE' })).toMatchObject({ certified: true })
    expect(judge(few, [0.4, 2e-9], { status: 'FEASIBLE' })).toMatchObject({ certified: false })
  })
})

describe('a problem with few names', () => {
  const few = { lower: Float64Array.of(0, 0), cardinality: { most: 1, smallest: Float64Array.of(0, 0) } }

  it('may claim any gap up to the recomputed one, whose bound knows nothing of names', () => {
    for (const gap of [1, 0.5, 0])
      expect(judge(few, [0.5, 0], { status: 'FEASIBLE', gap })).toMatchObject({ certified: true, lowerBound: -0.02 })
    for (const gap of [1.5, -0.1, Number.NaN])
      expect(judge(few, [0.5, 0], { status: 'FEASIBLE', gap })).toMatchObject({
        certified: false,
        reason: `gap is claimed as ${gap} but recomputes to at most 1`,
      })
  })

  it('is OPTIMAL only when it claims a closed gap, and obeys a gap asked for', () => {
    expect(judge(few, [0.5, 0], { status: 'OPTIMAL', gap: 1 })).toMatchObject({
      certified: false,
      reason: 'an optimum is claimed at a gap of 1, above 0.000001',
    })
    expect(judge(few, [0.5, 0], { status: 'OPTIMAL', gap: 1e-9 })).toMatchObject({ certified: true, gap: 1 })
    expect(judge(few, [1, 0], { status: 'OPTIMAL', gap: 0 })).toMatchObject({ certified: true })
    const asked = certify(
      { ...problem, ...few },
      { weights: Float64Array.of(0.5, 0), duals: none, status: 'FEASIBLE' },
      { gap: 0.1 },
    )
    expect(asked).toMatchObject({ certified: false })
  })

  it('leaves no other FEASIBLE answer without its gap', () => {
    expect(judge({ lower: few.lower }, [0.5, 0], { status: 'FEASIBLE', gap: 1 })).toMatchObject({ certified: false })
  })
})
