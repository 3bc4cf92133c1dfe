import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { certify } from '#domain/optimise/certify.js'
import { type MeanCvarProblem, type SolverDuals, type SolverSolution, solved } from '#domain/optimise/mean-cvar.js'
import { highsOracle, type OracleAnswer } from '../support/highs-oracle.js'
import { fewNamesProblem, limitedProblem } from '../unit/adapters/solver/limited-problem.js'
import { Random } from '../unit/adapters/solver/problems.js'

/** BALLAST_SOLVER_CASES=400 runs a campaign, BALLAST_SOLVER_FIRST another range of seeds. */
const cases = Number(process.env.BALLAST_SOLVER_CASES ?? 60)
const first = Number(process.env.BALLAST_SOLVER_FIRST ?? 1)
const seeds = Array.from({ length: cases }, (_, k) => first + k)
/** Largest distance between two answers, relative to the objective or its floor in the definition of the gap. */
const SAME = 1e-8
const TIME = 600_000

describe('the certificate beside HiGHS', () => {
  it(
    'closes the gap with the multipliers of the linear programme',
    async () => {
      let optimal = 0
      for (const seed of seeds) {
        const problem = limitedProblem(seed)
        const { objective, weights, duals } = await highsOracle(problem)
        if (duals === null) continue
        const certificate = certify(problem, { weights, duals }, { gap: SAME })
        expect(certificate.certified ? '' : certificate.reason, `seed ${seed}`).toBe('')
        expect(distance(problem, weights, objective, figuresOf(problem, weights, duals).objective)).toBeLessThan(SAME)
        optimal++
      }
      expect(optimal).toBeGreaterThan(cases / 2)
    },
    TIME,
  )

  it(
    'never bounds above the optimum, whatever the multipliers',
    async () => {
      for (const seed of seeds) {
        const problem = limitedProblem(seed)
        const { objective, weights, duals } = await highsOracle(problem)
        if (duals === null) continue
        const random = new Random(seed)
        for (let k = 0; k < 20; k++) {
          const tried = k < 5 ? strayDuals(random, problem) : disturbed(random, duals)
          const { lowerBound } = figuresOf(problem, weights, tried)
          const above = distance(problem, weights, objective, Math.max(lowerBound, objective))
          expect(above, `seed ${seed}: bound ${lowerBound}, optimum ${objective}`).toBeLessThan(SAME)
        }
      }
    },
    TIME,
  )

  it(
    'bounds a problem with few names by the same problem without that limit',
    async () => {
      for (const seed of seeds) {
        const problem = fewNamesProblem(seed)
        const { cardinality: _, ...relaxed } = problem
        const [few, { duals, objective }] = [await highsOracle(problem), await highsOracle(relaxed)]
        if (few.status !== 'optimal' || duals === null) continue
        const figures = figuresOf(problem, few.weights, duals)
        expect(figures.violation, `seed ${seed}`).toBeLessThan(1e-8)
        expect(distance(problem, few.weights, objective, figures.lowerBound), `seed ${seed}`).toBeLessThan(SAME)
        expect(figures.lowerBound).toBeLessThanOrEqual(few.objective + 1e-9)
      }
    },
    TIME,
  )
})

describe('the native solver beside HiGHS under every limit', () => {
  const solver = nativeSolver()

  it(
    'finds the same optimum, certified, or the same lack of one',
    async () => {
      const found = { optimal: 0, infeasible: 0 }
      for (const seed of seeds) {
        const problem = limitedProblem(seed)
        const [answer, oracle] = [await solver.solve(problem), await highsOracle(problem)]
        const label = `seed ${seed}: ${answer.status}, HiGHS ${oracle.status}`
        if (!solved(answer)) {
          expect([answer.status, oracle.status], `${label}: ${answer.message}`).toEqual(['INFEASIBLE', 'infeasible'])
          found.infeasible++
          continue
        }
        expect([answer.status, oracle.status], label).toEqual(['OPTIMAL', 'optimal'])
        agrees(problem, answer, oracle, label)
        found.optimal++
      }
      expect(found.optimal).toBeGreaterThan(cases / 2)
      expect(found.infeasible).toBeGreaterThan(0)
    },
    TIME,
  )

  it(
    'holds no more names than allowed, never below the true optimum or its own bound',
    async () => {
      for (const seed of seeds) {
        const problem = fewNamesProblem(seed)
        const [answer, oracle] = [await solver.solve(problem), await highsOracle(problem)]
        const label = `seed ${seed}: ${answer.status}, HiGHS ${oracle.status}`
        if (!solved(answer)) {
          expect([answer.status, oracle.status], `${label}: ${answer.message}`).toEqual(['INFEASIBLE', 'infeasible'])
          continue
        }
        expect(oracle.status, label).toBe('optimal')
        const certificate = certify(problem, answer)
        expect(certificate.certified ? '' : certificate.reason, label).toBe('')
        const below = Math.min(answer.objective, oracle.objective)
        expect(distance(problem, answer.weights, oracle.objective, below), label).toBeLessThan(SAME)
        expect(answer.lowerBound, label).toBeLessThanOrEqual(oracle.objective + 1e-9)
      }
    },
    TIME,
  )
})

function agrees(problem: MeanCvarProblem, answer: SolverSolution, oracle: OracleAnswer, label: string): void {
  const certificate = certify(problem, answer, { gap: SAME })
  expect(certificate.certified ? '' : certificate.reason, label).toBe('')
  const error = distance(problem, answer.weights, oracle.objective, answer.objective)
  expect(error, `${label}: ${answer.objective} against ${oracle.objective}`).toBeLessThan(SAME)
}

function figuresOf(problem: MeanCvarProblem, weights: Float64Array, duals: SolverDuals) {
  const certificate = certify(problem, { weights, duals }, { gap: Infinity, violation: Infinity })
  if (!certificate.certified) throw new Error(certificate.reason)
  return certificate
}

/** |a - b| relative to the larger of |a| and the floor of the gap's scale at these weights. */
function distance(
  { scenarios, riskAversion, mean, cost }: MeanCvarProblem,
  weights: Float64Array,
  a: number,
  b: number,
) {
  const { rows, columns, returns, probabilities } = scenarios
  let [loss, mass, largest] = [0, 0, 0]
  for (let t = 0; t < rows; t++) {
    const p = probabilities?.[t] ?? 1
    let value = 0
    for (let i = 0; i < columns; i++) {
      value += returns[t * columns + i]! * weights[i]!
      largest = Math.max(largest, Math.abs(returns[t * columns + i]!))
    }
    loss += p * Math.abs(value)
    mass += p
  }
  const slopes = [cost, ...(cost?.steps ?? [])].map((part) => Math.max(0, ...(part?.buy ?? []), ...(part?.sell ?? [])))
  const slope = Math.max(...slopes) / (cost?.holdingPeriods ?? 1)
  const steepest = Math.max(riskAversion * largest, ...(mean ?? []).map(Math.abs), slope)
  const scale = Math.max(Math.abs(a), (1e-3 * riskAversion * loss) / mass, 1e-5 * steepest)
  return a === b ? 0 : Math.abs(a - b) / scale
}

/** Multipliers from nowhere, of any sign and size, for limits that are there and for some that are not. */
function strayDuals(random: Random, { scenarios, groups = [], lower }: MeanCvarProblem): SolverDuals {
  const any = () => random.normal() * 10 ** random.between(-4, 1)
  return {
    scenario: Float64Array.from({ length: scenarios.rows }, () => (random.chance(0.5) ? 0 : any())),
    budget: any(),
    turnover: { buys: any(), sells: any() },
    traded: any(),
    leverage: any(),
    minimumReturn: any(),
    maximumCvar: any(),
    groups: groups.map(({ name }) => ({ name, dual: any() })),
    reducedCost: new Float64Array(lower.length),
  }
}

/** The optimum's multipliers, each a little or a lot off, so that the bound is close to the optimum. */
function disturbed(random: Random, duals: SolverDuals): SolverDuals {
  const size = 10 ** random.between(-4, 0)
  const off = (dual: number) =>
    dual * (1 + size * random.normal()) + (random.chance(0.3) ? size * 1e-3 * random.normal() : 0)
  return {
    ...duals,
    scenario: duals.scenario.map(off),
    budget: off(duals.budget),
    turnover: { buys: off(duals.turnover.buys), sells: off(duals.turnover.sells) },
    traded: off(duals.traded),
    leverage: off(duals.leverage),
    minimumReturn: off(duals.minimumReturn),
    maximumCvar: off(duals.maximumCvar),
    groups: duals.groups.map(({ name, dual }) => ({ name, dual: off(dual) })),
  }
}
