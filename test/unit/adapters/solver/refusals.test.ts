import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { plainProblem } from './problems.js'

const solver = nativeSolver()

describe('a bad input', () => {
  const plain = plainProblem(6, 3)
  const { scenarios } = plain
  const set = (array: Float64Array | Float32Array, index: number, value: number) =>
    Float64Array.from(array, (x, i) => (i === index ? value : x))
  const ones = new Float64Array(3).fill(1)
  const group = (coefficients: Float64Array, limits: object) => ({ groups: [{ name: 'A', coefficients, ...limits }] })
  const cases: readonly (readonly [string, Partial<MeanCvarProblem>])[] = [
    ['scenarios.rows', { scenarios: { ...scenarios, rows: 0 } }],
    ['scenarios.rows', { scenarios: { ...scenarios, rows: 2.5 } }],
    ['scenarios.columns', { scenarios: { ...scenarios, columns: 0 } }],
    ['scenarios.returns', { scenarios: { ...scenarios, rows: 7 } }],
    ['scenarios.returns[4]', { scenarios: { ...scenarios, returns: set(scenarios.returns, 4, Number.NaN) } }],
    ['scenarios.probabilities', { scenarios: { ...scenarios, probabilities: ones } }],
    ['scenarios.probabilities', { scenarios: { ...scenarios, probabilities: new Float64Array(6) } }],
    [
      'scenarios.probabilities[2]',
      { scenarios: { ...scenarios, probabilities: set(new Float64Array(6).fill(1), 2, -1) } },
    ],
    ['confidence', { confidence: 0 }],
    ['confidence', { confidence: 1 }],
    ['confidence', { confidence: Number.NaN }],
    ['riskAversion', { riskAversion: -1 }],
    ['mean', { mean: new Float64Array(2) }],
    ['mean[1]', { mean: set(ones, 1, Number.POSITIVE_INFINITY) }],
    ['lower[2]', { lower: set(plain.lower, 2, Number.NEGATIVE_INFINITY) }],
    ['upper[0]', { upper: set(plain.upper, 0, Number.POSITIVE_INFINITY) }],
    ['lower[1]', { lower: set(plain.lower, 1, 1.5) }],
    ['funding[0]', { funding: set(ones, 0, Number.NaN) }],
    ['held', { held: new Float64Array(4) }],
    ['cash.lower', { cash: { lower: 0.5, upper: 0.2 } }],
    ['cash.upper', { cash: { lower: 0, upper: Number.POSITIVE_INFINITY } }],
    ['cost.buy[1]', { cost: { buy: set(ones, 1, -0.1), sell: ones, holdingPeriods: 1 } }],
    ['cost.sell', { cost: { buy: ones, sell: new Float64Array(1), holdingPeriods: 1 } }],
    ['cost.holdingPeriods', { cost: { buy: ones, sell: ones, holdingPeriods: 0 } }],
    ['groups[0].coefficients', group(new Float64Array(2), { lower: 0 })],
    ['groups[0].coefficients[0]', group(set(ones, 0, Number.NaN), { lower: 0 })],
    ['groups[0].lower', group(ones, { lower: 0.5, upper: 0.4 })],
    ['groups[0].upper', group(ones, { upper: Number.POSITIVE_INFINITY })],
    ['turnover', { turnover: -0.1 }],
  ]

  for (const [k, [field, change]] of cases.entries()) {
    it(`is refused at ${field} (case ${k})`, async () => {
      const answer = await solver.solve({ ...plain, ...change })
      expect(answer).toMatchObject({ status: 'INVALID_INPUT', field })
      expect((answer as { message: string }).message).toContain(field)
    })
  }

  it('names the index and the value', async () => {
    const answer = await solver.solve({ ...plain, lower: set(plain.lower, 1, 1.5) })
    expect(answer).toMatchObject({ message: 'lower[1] 1.5 is above upper[1] 1' })
  })

  it('is refused when an array is of another type, without a crash', async () => {
    const answer = await solver.solve({ ...plain, lower: [0, 0, 0] as unknown as Float64Array })
    expect(answer).toEqual({ status: 'INVALID_INPUT', field: 'lower', message: 'lower is not a Float64Array' })
  })

  it('is refused when a limit of the solve is not positive', async () => {
    expect(await solver.solve(plain, { tolerance: 0 })).toMatchObject({ status: 'INVALID_INPUT', field: 'tolerance' })
    expect(await solver.solve(plain, { timeLimitMs: -1 })).toMatchObject({ field: 'timeLimitMs' })
  })
})

describe('an infeasible problem', () => {
  const plain = plainProblem(30, 4)
  const first = Float64Array.of(1, 1, 0, 0)
  const second = Float64Array.of(0, 0, 1, 1)

  it('names both groups and the budget, not a bystander', async () => {
    const groups = [
      { name: 'Energy', coefficients: first, lower: 0.6 },
      { name: 'Bystander', coefficients: first, upper: 0.9 },
      { name: 'Health', coefficients: second, lower: 0.6 },
    ]
    const answer = await solver.solve({ ...plain, groups })
    expect(answer).toMatchObject({ status: 'INFEASIBLE' })
    expect([...(answer as { conflict: readonly string[] }).conflict].sort()).toEqual([
      'budget',
      'group:Energy',
      'group:Health',
    ])
  })

  it('names the turnover limit that keeps a group from being reached', async () => {
    const groups = [{ name: 'Health', coefficients: second, lower: 0.5 }]
    const held = Float64Array.of(0.5, 0.5, 0, 0)
    const answer = await solver.solve({ ...plain, groups, held, turnover: 0.1 })
    expect(answer).toMatchObject({ status: 'INFEASIBLE', conflict: ['turnover', 'group:Health'] })
  })

  it('names one conflict, not two, when two are independent', async () => {
    const groups = [0, 1].map((i) => ({
      name: `W${i}`,
      coefficients: Float64Array.from({ length: 4 }, (_, k) => (k === i ? 1 : 0)),
      lower: 0.45,
    }))
    const answer = await solver.solve({ ...plain, groups, upper: new Float64Array(4).fill(0.4) })
    expect(answer).toMatchObject({
      status: 'INFEASIBLE',
      conflict: [expect.stringMatching(/^group:W[01]$/), expect.stringMatching(/^bound:[01]$/)],
    })
  })

  it('names the bounds that cannot reach the budget', async () => {
    const answer = await solver.solve({ ...plain, upper: new Float64Array(4).fill(0.2) })
    expect(answer).toMatchObject({
      status: 'INFEASIBLE',
      conflict: ['budget', 'bound:0', 'bound:1', 'bound:2', 'bound:3'],
    })
  })
})
