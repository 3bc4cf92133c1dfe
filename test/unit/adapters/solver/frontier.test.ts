import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { certify } from '#domain/optimise/certify.js'
import { certifyPoint, type FrontierPoint, pointProblem } from '#domain/optimise/frontier.js'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { optimum } from './optimum.js'
import { plainProblem, Random } from './problems.js'

const solver = nativeSolver()

/** A problem with a reason to take risk: cap, costs, turnover and a group. */
function rewarded(rows = 300, columns = 12, seed = 5): MeanCvarProblem {
  const random = new Random(seed)
  const each = (value: (i: number) => number) => Float64Array.from({ length: columns }, (_, i) => value(i))
  return {
    ...plainProblem(rows, columns, seed),
    mean: each(() => random.between(-0.0005, 0.002)),
    upper: each(() => 0.4),
    held: each(() => 1 / columns),
    turnover: 0.6,
    cash: { lower: 0, upper: 0.1 },
    cost: { buy: each(() => 0.001), sell: each(() => 0.0005), holdingPeriods: 20 },
    groups: [{ name: 'Half', coefficients: each((i) => (i % 2 === 0 ? 1 : 0)), lower: 0.2, upper: 0.8 }],
  }
}

async function pointsOf(problem: MeanCvarProblem, points: number, threads = 1): Promise<readonly FrontierPoint[]> {
  const answer = await solver.frontier(problem, { points, threads })
  if (answer.status !== 'SOLVED') throw new Error(`${answer.status}: ${answer.message}`)
  return answer.points
}

describe('a frontier', () => {
  it('has as many points as asked, each certified for its own problem, return and CVaR rising', async () => {
    for (const problem of [rewarded(), rewarded(60, 5, 8), { ...rewarded(), maximumCvar: 0.05 }]) {
      const points = await pointsOf(problem, 9)
      expect(points.length).toBe(9)
      for (const [k, point] of points.entries()) {
        const certificate = certifyPoint(point, { gap: 1e-8 })
        expect(certificate.certified ? '' : certificate.reason, `point ${k}`).toBe('')
        expect(point.answer.status).toBe('OPTIMAL')
        expect(point.answer.expectedReturn).toBeGreaterThanOrEqual(point.floor - 1e-10)
        expect(point.problem).toEqual(pointProblem(problem, point.floor))
        const before = points[k - 1]
        if (before === undefined) continue
        expect(point.floor).toBeGreaterThan(before.floor)
        expect(point.answer.objective).toBeGreaterThanOrEqual(before.answer.objective - 1e-9)
        expect(point.answer.expectedReturn).toBeGreaterThan(before.answer.expectedReturn - 1e-9)
      }
    }
  })

  it('rises in CVaR where nothing costs, by equal steps of return', async () => {
    const { cost: _, ...free } = rewarded()
    const points = await pointsOf(free, 6)
    const step = points[1]!.floor - points[0]!.floor
    for (const [k, { floor, answer }] of points.entries()) {
      expect(Math.abs(floor - points[0]!.floor - k * step)).toBeLessThan(1e-5 * step)
      if (k > 0) expect(answer.cvar).toBeGreaterThan(points[k - 1]!.answer.cvar)
    }
  })

  it('begins at the least CVaR and ends at the largest return, as solved alone', async () => {
    const { cost: _, mean, ...free } = rewarded()
    const points = await pointsOf({ ...free, mean: mean! }, 4)
    const safest = await optimum(free)
    expect(points[0]!.answer.cvar).toBeCloseTo(safest.cvar, 9)
    const boldest = await optimum({ ...free, mean: mean!, riskAversion: 0 })
    const range = boldest.expectedReturn - points[0]!.floor
    expect(points[3]!.floor).toBeLessThanOrEqual(boldest.expectedReturn)
    expect(points[3]!.floor).toBeGreaterThan(boldest.expectedReturn - 2e-6 * range)
  })

  it('has at each point what its problem alone would have', async () => {
    for (const { problem, answer } of await pointsOf(rewarded(), 5)) {
      const alone = await optimum(problem)
      expect(Math.abs(alone.objective - answer.objective)).toBeLessThan(2e-8 * Math.abs(alone.objective))
    }
  })

  it('keeps a least return as a limit of its own', async () => {
    const least = (await pointsOf(rewarded(), 3))[1]!.floor
    const points = await pointsOf({ ...rewarded(), minimumReturn: least }, 3)
    expect(points[0]!.floor).toBeGreaterThanOrEqual(least - 1e-10)
    expect(points[0]!.problem.groups?.map(({ name }) => name)).toEqual(['Half', 'minimumReturn', 'floor'])
    for (const point of points) expect(certifyPoint(point).certified).toBe(true)
  })

  it('has the same bits on one thread and on two', async () => {
    const [one, two] = [await pointsOf(rewarded(), 5), await pointsOf(rewarded(), 5, 2)]
    for (const [k, { answer }] of one.entries()) expect(two[k]!.answer.weights).toEqual(answer.weights)
  })

  it('is refused, cancelled or infeasible as a solve is', async () => {
    const problem = rewarded()
    for (const points of [1, 0, 2.5, Number.NaN])
      expect(await solver.frontier(problem, { points })).toMatchObject({ status: 'INVALID_INPUT', field: 'points' })
    expect(await solver.frontier(problem, { points: 3, threads: 0 })).toMatchObject({ field: 'threads' })
    expect(await solver.frontier(plainProblem(), { points: 3 })).toMatchObject({ field: 'mean' })
    expect(await solver.frontier({ ...problem, lower: [0] as never }, { points: 3 })).toMatchObject({ field: 'lower' })
    expect(await solver.frontier(problem, { points: 3, signal: AbortSignal.abort() })).toMatchObject({
      status: 'CANCELLED',
    })
    const none = await solver.frontier({ ...problem, upper: problem.upper.map(() => 0.01) }, { points: 3 })
    expect(none).toMatchObject({ status: 'INFEASIBLE', conflict: expect.arrayContaining(['group:Half']) })
  })

  it('ends early when it is aborted or out of time', async () => {
    const long = { ...rewarded(20_000, 120), confidence: 0.9 }
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 20)
    expect(await solver.frontier(long, { points: 50, signal: abort.signal })).toMatchObject({ status: 'CANCELLED' })
    expect(await solver.frontier(long, { points: 50, timeLimitMs: 30 })).toMatchObject({ status: 'TIME_LIMIT' })
  })
})

describe('a point of a frontier', () => {
  it('does not certify with another return than its weights have, nor below its floor', async () => {
    const point = (await pointsOf(rewarded(), 3))[1]!
    const { answer } = point
    const verdict = certifyPoint(point)
    expect(verdict).toMatchObject({ certified: true, expectedReturn: expect.closeTo(answer.expectedReturn, 12) })
    const boast = { ...point, answer: { ...answer, expectedReturn: answer.expectedReturn + 1e-6 } }
    expect(certifyPoint(boast)).toMatchObject({ certified: false, reason: expect.stringContaining('expectedReturn') })
    const raised = pointProblem(rewarded(), point.floor + 1e-4)
    expect(certifyPoint({ ...point, problem: raised })).toMatchObject({ certified: false })
    expect(certify(point.problem, { ...answer, expectedReturn: 0 }).certified).toBe(true)
  })

  it('without a mean is the least CVaR', () => {
    const problem = pointProblem({ ...plainProblem(), riskAversion: 3 }, 0.1)
    expect(problem).toMatchObject({ riskAversion: 1, groups: [] })
  })
})
