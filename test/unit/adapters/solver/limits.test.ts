import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { limitedProblem } from './limited-problem.js'
import { optimum } from './optimum.js'
import { plainProblem } from './problems.js'

const solver = nativeSolver()
const plain = plainProblem(30, 4)
const ones = new Float64Array(4).fill(1)

describe('a bad limit', () => {
  const set = (index: number, value: number) => ones.map((x, i) => (i === index ? value : x))
  const stepped = (step: object) => ({
    cost: { buy: ones, sell: ones, holdingPeriods: 1, steps: [{ beyond: ones, buy: ones, sell: ones, ...step }] },
  })
  const cases: readonly (readonly [string, object])[] = [
    ['traded', { traded: -0.1 }],
    ['leverage', { leverage: -0.1 }],
    ['leverage', { leverage: Number.NaN }],
    ['minimumReturn', { minimumReturn: 0 }],
    ['minimumReturn', { mean: ones, minimumReturn: Number.POSITIVE_INFINITY }],
    ['maximumCvar', { maximumCvar: Number.NaN }],
    ['maximumCvar', { maximumCvar: 'high' }],
    ['cost.steps[0].beyond[1]', stepped({ beyond: set(1, -0.1) })],
    ['cost.steps[0].buy', stepped({ buy: new Float64Array(2) })],
    ['cost.steps[0].sell', stepped({ sell: [1, 1, 1, 1] })],
    ['cost.steps', { cost: { buy: ones, sell: ones, holdingPeriods: 1, steps: { map: () => 3 } } }],
    ['cardinality.most', { cardinality: { most: 0, smallest: new Float64Array(4) } }],
    ['cardinality.most', { cardinality: { most: 5, smallest: new Float64Array(4) } }],
    ['cardinality.most', { cardinality: { most: 1.5, smallest: new Float64Array(4) } }],
    ['cardinality.smallest', { cardinality: { most: 2, smallest: new Float64Array(3) } }],
    ['cardinality.smallest[2]', { cardinality: { most: 2, smallest: set(2, 2) } }],
    ['lower[3]', { lower: Float64Array.of(0, 0, 0, -0.1), cardinality: { most: 2, smallest: new Float64Array(4) } }],
    ['scenarios.returns', { scenarios: { rows: 30, columns: 4, returns: new Float32Array(7) } }],
    ['scenarios.returns', { scenarios: { rows: 30, columns: 4, returns: new Int32Array(120) } }],
  ]

  for (const [k, [field, change]] of cases.entries()) {
    it(`is refused at ${field} (case ${k})`, async () => {
      const answer = await solver.solve({ ...plain, ...change } as MeanCvarProblem)
      expect(answer).toMatchObject({ status: 'INVALID_INPUT', field })
      expect((answer as { message: string }).message).toContain(field)
    })
  }

  it('of threads is refused before any is started', async () => {
    for (const threads of [0, -1, 1.5, Number.NaN])
      expect(await nativeSolver({ threads }).solve(plain)).toMatchObject({ status: 'INVALID_INPUT', field: 'threads' })
  })
})

describe('a limit that cannot be met', () => {
  const conflictOf = async (change: Partial<MeanCvarProblem>): Promise<readonly string[]> => {
    const answer = await solver.solve({ ...plain, ...change })
    expect(answer).toMatchObject({ status: 'INFEASIBLE' })
    return 'conflict' in answer ? [...answer.conflict].sort() : []
  }

  it('is named beside the one it conflicts with', async () => {
    expect(await conflictOf({ leverage: 0.5 })).toEqual(['budget', 'leverage'])
    expect(await conflictOf({ traded: 0.5 })).toEqual(['budget', 'traded'])
    const mean = ones.map((one) => one * 0.01)
    expect(await conflictOf({ mean, minimumReturn: 0.02 })).toContain('minimumReturn')
    expect(await conflictOf({ maximumCvar: -1 })).toContain('maximumCvar')
  })
})

describe('the native solver', () => {
  it('finds the largest return under a limit on CVaR', async () => {
    const answer = await optimum({
      scenarios: { rows: 2, columns: 2, returns: Float64Array.of(-0.03, 0, 0.05, 0) },
      confidence: 0.5,
      riskAversion: 0,
      mean: Float64Array.of(0.01, 0),
      lower: Float64Array.of(0, 0),
      upper: Float64Array.of(1, 1),
      cash: { lower: 0, upper: 1 },
      maximumCvar: 0.006,
    })
    expect(answer.weights[0]).toBeCloseTo(0.2, 9)
    expect(answer.duals.maximumCvar).toBeCloseTo(1 / 3, 6)
    expect(answer.cvar).toBeCloseTo(0.006, 10)
  })

  it('stops trading at the step from which it costs more than it brings', async () => {
    const step = { beyond: Float64Array.of(0.2, 1), buy: Float64Array.of(0.02, 0), sell: Float64Array.of(0, 0) }
    const flat = Float64Array.of(0.01, 0.01)
    const answer = await optimum({
      scenarios: { rows: 1, columns: 2, returns: Float64Array.of(0.02, 0) },
      confidence: 0.5,
      riskAversion: 0,
      mean: Float64Array.of(0.02, 0),
      lower: Float64Array.of(0, 0),
      upper: Float64Array.of(1, 1),
      cash: { lower: 0, upper: 1 },
      cost: { buy: flat, sell: flat, holdingPeriods: 1, steps: [step] },
    })
    expect(answer.weights[0]).toBeCloseTo(0.2, 9)
    expect(answer.cost).toBeCloseTo(0.002, 11)
  })

  it('holds at most so many names, each at least of the smallest size', async () => {
    const cardinality = { most: 2, smallest: ones.map(() => 0.3) }
    const answer = await solver.solve({ ...plain, cardinality })
    if (!('weights' in answer)) throw new Error(answer.message)
    const held = [...answer.weights].filter((weight) => Math.abs(weight) > 1e-9)
    expect(held.length).toBeLessThanOrEqual(2)
    for (const weight of held) expect(weight).toBeGreaterThanOrEqual(0.3 - 1e-9)
  })

  it('answers the same for returns of single precision and the same numbers in double', async () => {
    for (const seed of [1, 2, 3]) {
      const problem = plainProblem(120, 12, seed)
      const returns = Float32Array.from(problem.scenarios.returns)
      const single = await optimum({ ...problem, scenarios: { ...problem.scenarios, returns } })
      const double = await optimum({
        ...problem,
        scenarios: { ...problem.scenarios, returns: Float64Array.from(returns) },
      })
      expect(Math.abs(single.objective - double.objective)).toBeLessThan(1e-8 * Math.abs(double.objective))
    }
  })

  it('gives the same bits on one thread and on two', async () => {
    const two = nativeSolver({ threads: 2 })
    for (const problem of [plainProblem(2_000, 30, 5), limitedProblem(3), limitedProblem(5)]) {
      const [alone, together] = [await solver.solve(problem), await two.solve(problem)]
      expect({ ...together, elapsedMs: 0 }).toEqual({ ...alone, elapsedMs: 0 })
    }
  })
})
