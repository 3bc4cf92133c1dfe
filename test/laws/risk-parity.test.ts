import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cappedShares } from '#domain/sizing/caps.js'
import { sampleCovariance } from '#numerics/covariance.js'
import { type Matrix, timesVector } from '#numerics/matrix.js'
import { type RiskBudgetingProblem, riskBudgeting } from '#numerics/risk-budgeting.js'
import { contributionsOf, covarianceOf, riskProblem, shareOut, spreadOf, weightsOf } from '../support/risk-shares.js'

const RUNS = { numRuns: Number(process.env.BALLAST_SEQUENCES ?? 1_000) }

/** What the weights of a well-posed problem may differ by when it is asked in another way: contributions agree to 1e-11. */
const SAME = 1e-7

const basis = (rows: number) => fc.array(fc.integer({ min: -300, max: 300 }), { minLength: rows, maxLength: rows })

/** Returns of up to six names with more or less in common, no fewer bars than five a name and none without movement. */
const covariances: fc.Arbitrary<Matrix> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 5, max: 10 }))
  .chain(([names, perName]) => {
    const rows = names * perName
    return fc.tuple(
      basis(rows),
      fc.array(fc.tuple(basis(rows), fc.integer({ min: -1, max: 3 })), { minLength: names, maxLength: names }),
    )
  })
  .map(([common, columns]) =>
    sampleCovariance({
      rows: common.length,
      columns: columns.length,
      values: Float64Array.from(
        common.flatMap((shared, row) => columns.map(([own, beta]) => (own[row]! + beta * shared) / 1e4)),
      ),
    }),
  )
  .filter(({ rows, values }) =>
    Array.from({ length: rows }, (_, i) => values[i * rows + i]!).every((own) => own > 1e-12),
  )

const problems: fc.Arbitrary<RiskBudgetingProblem> = covariances.chain((covariance) => {
  const each = <T>(value: fc.Arbitrary<T>) =>
    fc.array(value, { minLength: covariance.rows, maxLength: covariance.rows })
  const cap = fc.oneof(
    fc.constant(Number.POSITIVE_INFINITY),
    fc.integer({ min: 1, max: 100 }).map((k) => k / 100),
  )
  return fc
    .record({
      budgets: each(fc.integer({ min: 1, max: 20 })),
      caps: each(cap),
      total: fc.integer({ min: 50, max: 100 }).map((k) => k / 100),
    })
    .map((changes) => riskProblem(covariance, changes))
})

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

/** The problem with its columns in another order: column `to` is what was column `order[to]`. */
function reordered(
  { covariance, budgets, caps, total }: RiskBudgetingProblem,
  order: readonly number[],
): RiskBudgetingProblem {
  const size = order.length
  const values = order.flatMap((i) => order.map((j) => covariance.values[i * size + j]!))
  const moved = (from: Float64Array): Float64Array => Float64Array.from(order, (i) => from[i]!)
  return {
    covariance: { rows: size, columns: size, values: Float64Array.from(values) },
    budgets: moved(budgets),
    caps: moved(caps),
    total,
  }
}

describe('risk budgeting', () => {
  it('spends the total as far as the caps allow, and meets every cap', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const answer = riskBudgeting(problem)
        if (answer.kind === 'hedged') return expect(answer.columns.length).toBeGreaterThan(1)
        answer.weights.forEach((weight, i) => {
          expect(weight).toBeGreaterThan(0)
          expect(weight).toBeLessThanOrEqual(problem.caps[i]!)
          expect(weight === problem.caps[i]!).toBe(answer.capped.includes(i))
        })
        expect(Math.abs(sumOf(answer.weights) / Math.min(problem.total, sumOf(problem.caps)) - 1)).toBeLessThan(1e-9)
      }),
      RUNS,
    )
  })

  it('makes contributions of names below their cap equal in proportion to the budgets, and no other larger', () => {
    let [settled, mixed] = [0, 0]
    fc.assert(
      fc.property(problems, (problem) => {
        const answer = riskBudgeting(problem)
        if (answer.kind === 'hedged') return
        settled += 1
        const perBudget = contributionsOf(problem.covariance, answer.weights).map((own, i) => own / problem.budgets[i]!)
        const free = perBudget.filter((_, i) => !answer.capped.includes(i))
        if (free.length === 0) return
        if (free.length > 1 && answer.capped.length > 0) mixed += 1
        expect(spreadOf(free)).toBeLessThan(1e-8)
        for (const own of perBudget) expect(own).toBeLessThan(Math.max(...free) * (1 + 1e-8))
      }),
      RUNS,
    )
    expect(settled).toBeGreaterThan(0.9 * RUNS.numRuns)
    expect(mixed).toBeGreaterThan(0.05 * RUNS.numRuns)
  })

  it('never says that risk is shared out when it is not, with far more names than returns', () => {
    const [names, rows] = [16, 6]
    const columns = fc.array(basis(rows), { minLength: names, maxLength: names })
    const kinds = { shared: 0, hedged: 0 }
    fc.assert(
      fc.property(columns, fc.integer({ min: 11, max: 60 }), (returns, tenths) => {
        const values = Float64Array.from(
          { length: names * rows },
          (_, at) => returns[at % names]![Math.floor(at / names)]!,
        )
        const covariance = sampleCovariance({ rows, columns: names, values })
        if (returns.some((own) => own.every((value) => value === own[0]))) return
        const answer = shareOut(covariance, { caps: returns.map(() => tenths / 10 / names) })
        kinds[answer.kind] += 1
        if (answer.kind === 'hedged') return
        const free = contributionsOf(covariance, answer.weights).filter((_, i) => !answer.capped.includes(i))
        expect(spreadOf(free)).toBeLessThan(1e-8)
        expect(Math.abs(sumOf(answer.weights) - 1)).toBeLessThan(1e-9)
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 5) },
    )
    expect(Math.min(kinds.shared, kinds.hedged)).toBeGreaterThan(RUNS.numRuns / 50)
  })

  it('is the scaling rule of caps with budget over marginal risk as the signal', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const answer = riskBudgeting(problem)
        if (answer.kind === 'hedged') return
        const marginal = timesVector(problem.covariance, answer.weights)
        if (!marginal.every((risk) => risk > 0)) return
        const signals = Array.from(marginal, (risk, i) => problem.budgets[i]! / risk)
        const shares = cappedShares(signals, [...problem.caps], problem.total)
        answer.weights.forEach((weight, i) => {
          expect(Math.abs(weight - shares[i]!)).toBeLessThan(1e-8)
        })
      }),
      RUNS,
    )
  })

  it('does not change with the scale of the returns or of the budgets', () => {
    fc.assert(
      fc.property(
        problems,
        fc.integer({ min: -6, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        (problem, power, factor) => {
          const answer = riskBudgeting(problem)
          const { covariance, budgets } = problem
          const values = covariance.values.map((value) => value * 10 ** power)
          const scaled = {
            ...problem,
            covariance: { ...covariance, values },
            budgets: budgets.map((own) => own * factor),
          }
          const again = riskBudgeting(scaled)
          expect(again.kind).toBe(answer.kind)
          if (answer.kind === 'shared')
            weightsOf(again).forEach((weight, i) => {
              expect(Math.abs(weight - answer.weights[i]!)).toBeLessThan(SAME)
            })
        },
      ),
      RUNS,
    )
  })

  it('gives a name that moves k times as much a k-th of the weight before they are normalised', () => {
    fc.assert(
      fc.property(covariances, fc.integer({ min: 2, max: 50 }), (covariance, k) => {
        const size = covariance.rows
        const answer = shareOut(covariance)
        if (answer.kind === 'hedged' || size === 1) return
        const times = (at: number): number => (Math.floor(at / size) === 0 ? k : 1) * (at % size === 0 ? k : 1)
        const values = covariance.values.map((value, at) => value * times(at))
        const weights = weightsOf(shareOut({ ...covariance, values }))
        const ratio = weights[0]! / weights[1]! / (answer.weights[0]! / answer.weights[1]!)
        expect(Math.abs(ratio * k - 1)).toBeLessThan(SAME)
      }),
      RUNS,
    )
  })

  it('follows its columns wherever they are', () => {
    fc.assert(
      fc.property(problems, fc.infiniteStream(fc.nat(1000)), (problem, keys) => {
        const order = Array.from(problem.budgets, (_, column) => ({ column, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ column }) => column)
        const answer = riskBudgeting(problem)
        const moved = riskBudgeting(reordered(problem, order))
        expect(moved.kind).toBe(answer.kind)
        if (answer.kind === 'shared')
          weightsOf(moved).forEach((weight, to) => {
            expect(Math.abs(weight - answer.weights[order[to]!]!)).toBeLessThan(SAME)
          })
      }),
      RUNS,
    )
  })

  it('is inverse volatility for two names', () => {
    const part = fc.integer({ min: 1, max: 10_000 }).map((k) => k / 10_000)
    const correlation = fc.integer({ min: -999, max: 1_000 }).map((k) => k / 1_000)
    fc.assert(
      fc.property(part, part, correlation, (one, two, rho) => {
        const [first] = weightsOf(shareOut(covarianceOf([one, two], () => rho)))
        expect(Math.abs(first! - two / (one + two))).toBeLessThan(1e-9)
      }),
      RUNS,
    )
  })
})
