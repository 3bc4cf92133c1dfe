import { describe, expect, it } from 'vitest'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { optimum } from './optimum.js'
import { plainProblem } from './problems.js'

describe('a degenerate problem is solved and certified', () => {
  const plain = plainProblem(60, 6)
  const { scenarios } = plain
  const returns = (change: (r: number, k: number) => number) => ({
    scenarios: { ...scenarios, returns: scenarios.returns.map(change) },
  })
  const held = Float64Array.of(0.5, 0.3, 0.1, 0.1, 0, 0)
  const cases: Record<string, Partial<MeanCvarProblem>> = {
    'no returns at all': returns(() => 0),
    'all scenarios equal': returns((_, k) => scenarios.returns[k % 6]!),
    'all assets equal': returns((_, k) => scenarios.returns[k - (k % 6)]!),
    'constant assets': returns((r, k) => (k % 6 < 3 ? 0.0002 : r)),
    'returns scaled by 1e-4': returns((r) => r * 1e-4),
    'returns scaled by 1e4': returns((r) => r * 1e4),
    'fewer scenarios than assets': { scenarios: { rows: 3, columns: 6, returns: scenarios.returns.slice(0, 18) } },
    'one scenario': { scenarios: { rows: 1, columns: 6, returns: scenarios.returns.slice(0, 6) } },
    'risk aversion 1e-6 with a mean': {
      riskAversion: 1e-6,
      mean: Float64Array.from({ length: 6 }, (_, i) => 1e-4 * i),
    },
    'risk aversion 0 with a mean': { riskAversion: 0, mean: Float64Array.from({ length: 6 }, (_, i) => 1e-4 * i) },
    'risk aversion 0 and no mean': { riskAversion: 0 },
    'turnover 0': { held, turnover: 0 },
    'turnover 1e-12': { held, turnover: 1e-12 },
    'all bounds tight': { lower: held, upper: held },
    'zero probabilities': {
      scenarios: { ...scenarios, probabilities: Float64Array.from({ length: 60 }, (_, t) => t % 3) },
    },
    'confidence near 1': { confidence: 1 - 1e-13 },
    'confidence near 0': { confidence: 1e-13 },
    'weights held outside the bounds': {
      held: held.map((h) => h * 1.4),
      upper: new Float64Array(6).fill(0.4),
      turnover: 0.9,
    },
    'bounds of 1e20': { upper: new Float64Array(6).fill(1e20) },
    'a group of no one': { groups: [{ name: 'Empty', coefficients: new Float64Array(6), lower: -1, upper: 0 }] },
    'a group stated twice': {
      groups: ['A', 'B'].map((name) => ({
        name,
        coefficients: Float64Array.of(1, 1, 0, 0, 0, 0),
        lower: 0.25,
        upper: 0.25,
      })),
    },
  }
  for (const [name, change] of Object.entries(cases)) {
    it(name, async () => {
      await optimum({ ...plain, ...change })
    })
  }

  it('one asset', async () => {
    const answer = await optimum(plainProblem(40, 1))
    expect([...answer.weights]).toEqual([1])
  })
})

describe('a closed form', () => {
  it('splits two assets that lose in opposite states in inverse proportion to their losses', async () => {
    const answer = await optimum({
      scenarios: { rows: 2, columns: 2, returns: Float64Array.of(-0.06, 0, 0, -0.03) },
      confidence: 0.5,
      riskAversion: 2,
      lower: Float64Array.of(0, 0),
      upper: Float64Array.of(1, 1),
      cash: { lower: 0, upper: 0 },
    })
    expect(answer.weights[0]).toBeCloseTo(1 / 3, 14)
    expect(answer.cvar).toBeCloseTo(0.02, 15)
    expect(answer.objective).toBeCloseTo(0.04, 15)
    expect(answer.duals.scenario[0]! + answer.duals.scenario[1]!).toBeCloseTo(2, 14)
  })
})

describe('metamorphic relations', () => {
  const seeds = [11, 12, 13, 14, 15, 16]
  const problemOf = (seed: number): MeanCvarProblem => ({
    ...plainProblem(80, 8, seed),
    upper: new Float64Array(8).fill(0.35),
  })

  it('permuting scenarios leaves the objective', async () => {
    for (const seed of seeds) {
      const problem = problemOf(seed)
      const rows = Array.from({ length: 80 }, (_, t) => problem.scenarios.returns.subarray(t * 8, t * 8 + 8)).reverse()
      const returns = Float64Array.from(rows.flatMap((row) => [...row]))
      const turned = await optimum({ ...problem, scenarios: { ...problem.scenarios, returns } })
      expect(turned.objective).toBeCloseTo((await optimum(problem)).objective, 12)
    }
  })

  it('permuting assets permutes the weights', async () => {
    for (const seed of seeds) {
      const problem = problemOf(seed)
      const returns = problem.scenarios.returns.map((_, k, all) => all[k - (k % 8) + 7 - (k % 8)]!)
      const turned = await optimum({ ...problem, scenarios: { ...problem.scenarios, returns } })
      expect(turned.objective).toBeCloseTo((await optimum(problem)).objective, 12)
    }
  })

  it('a scenario twice is a scenario of double probability', async () => {
    for (const seed of seeds) {
      const { scenarios, ...rest } = problemOf(seed)
      const returns = new Float64Array(81 * 8)
      returns.set(scenarios.returns)
      returns.set(scenarios.returns.subarray(0, 8), 80 * 8)
      const twice = await optimum({ ...rest, scenarios: { rows: 81, columns: 8, returns } })
      const probabilities = Float64Array.from({ length: 80 }, (_, t) => (t === 0 ? 2 : 1))
      const doubled = await optimum({ ...rest, scenarios: { ...scenarios, probabilities } })
      expect(twice.objective).toBeCloseTo(doubled.objective, 12)
    }
  })

  it('scaling returns scales the objective, shifting them shifts CVaR down', async () => {
    for (const seed of seeds) {
      const problem = problemOf(seed)
      const changed = (change: (r: number) => number) =>
        optimum({ ...problem, scenarios: { ...problem.scenarios, returns: problem.scenarios.returns.map(change) } })
      const { objective } = await optimum(problem)
      expect((await changed((r) => 3 * r)).objective).toBeCloseTo(3 * objective, 12)
      expect((await changed((r) => r + 0.01)).objective).toBeCloseTo(objective - 0.01, 12)
    }
  })

  it('tightening a bound cannot lower the objective, raising alpha cannot lower CVaR', async () => {
    for (const seed of seeds) {
      const problem = problemOf(seed)
      const { objective, cvar } = await optimum(problem)
      const tight = await optimum({ ...problem, upper: new Float64Array(8).fill(0.2) })
      expect(tight.objective).toBeGreaterThanOrEqual(objective - 1e-14)
      expect((await optimum({ ...problem, confidence: 0.97 })).cvar).toBeGreaterThanOrEqual(cvar - 1e-14)
    }
  })
})
