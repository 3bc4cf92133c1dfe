import { availableParallelism } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { MeanCvarProblem, SolverAnswer } from '#domain/optimise/mean-cvar.js'
import type { Solver } from '#ports/solver.js'
import { fewNamesProblem, limitedProblem } from '../unit/adapters/solver/limited-problem.js'
import { plainProblem, randomProblem } from '../unit/adapters/solver/problems.js'

const withoutTime = (answer: SolverAnswer): object => ({ ...answer, elapsedMs: 0 })

/** Seconds of work unless it is stopped. */
const long: MeanCvarProblem = { ...plainProblem(20_000, 250, 3), confidence: 0.9 }

const rising = (columns: number): Float64Array => Float64Array.from({ length: columns }, (_, i) => i * 1e-5)

/** What every solver behind the port does; the answers are those of the native solver in this process, to the bit. */
export function solverContract(name: string, solver: Solver, close: () => Promise<void> = async () => undefined): void {
  const native = nativeSolver()

  describe(`${name}, a solver`, () => {
    afterAll(close)

    it('answers as the native solver does, refusals and failures included', async () => {
      const seeds = Array.from({ length: 30 }, (_, k) => 900 + k)
      const problems = [...seeds.map((seed) => randomProblem(seed)), ...seeds.map(limitedProblem), fewNamesProblem(3)]
      const answers = await Promise.all(problems.map((problem) => solver.solve(problem)))
      for (const [k, problem] of problems.entries())
        expect(withoutTime(answers[k]!)).toEqual(withoutTime(await native.solve(problem)))
      expect(new Set(answers.map(({ status }) => status))).toContain('OPTIMAL')
      expect(new Set(answers.map(({ status }) => status))).toContain('INFEASIBLE')
    })

    it('takes scenarios of single precision, with probabilities, and leaves a problem as it was', async () => {
      const plain = plainProblem(60, 6)
      const scenarios = {
        ...plain.scenarios,
        returns: Float32Array.from(plain.scenarios.returns),
        probabilities: new Float64Array(60).fill(1 / 60),
      }
      const problem = { ...plain, scenarios } as MeanCvarProblem
      const before = structuredClone(problem)
      expect(withoutTime(await solver.solve(problem))).toEqual(withoutTime(await native.solve(problem)))
      expect(problem).toEqual(before)
    })

    it('sees what the scenarios are at each call', async () => {
      const problem = plainProblem(80, 6)
      const first = await solver.solve(problem)
      problem.scenarios.returns.reverse()
      const second = await solver.solve(problem)
      expect(withoutTime(second)).toEqual(withoutTime(await native.solve(problem)))
      expect(withoutTime(second)).not.toEqual(withoutTime(first))
    })

    it('refuses what it cannot read, by field', async () => {
      const plain = plainProblem()
      const bad = (part: object) => ({ ...plain, ...part }) as MeanCvarProblem
      for (const [field, problem] of [
        ['scenarios.returns', bad({ scenarios: { ...plain.scenarios, returns: [1, 2] } })],
        ['scenarios.returns', bad({ scenarios: { ...plain.scenarios, returns: new Float64Array(3) } })],
        ['lower', bad({ lower: null })],
        ['confidence', bad({ confidence: Number.NaN })],
      ] as const)
        expect(await solver.solve(problem)).toMatchObject({ status: 'INVALID_INPUT', field })
      expect(await solver.solve(plain, { threads: 0 })).toMatchObject({ status: 'INVALID_INPUT', field: 'threads' })
    })

    it('draws frontiers, each point with the problem it solves', async () => {
      const problem = { ...plainProblem(120, 8), mean: rising(8) }
      const drawn = await solver.frontier(problem, { points: 4 })
      const expected = await native.frontier(problem, { points: 4 })
      if (drawn.status !== 'SOLVED' || expected.status !== 'SOLVED') throw new Error('no frontier')
      expect(drawn.points.map(({ answer }) => withoutTime(answer))).toEqual(
        expected.points.map(({ answer }) => withoutTime(answer)),
      )
      expect(drawn.points[0]!.problem.scenarios).toBe(problem.scenarios)
    })

    it('solves many over one set of scenarios, and tells an equal set from the same one', async () => {
      const plain = plainProblem(100, 6)
      const lean = { ...plain, upper: new Float64Array(6).fill(0.4) }
      const other = { ...plain, scenarios: { ...plain.scenarios, returns: plain.scenarios.returns.slice() } }
      const answers = await solver.solveMany([plain, lean, other])
      const expected = await native.solveMany([plain, lean, other])
      expect(answers.map(withoutTime)).toEqual(expected.map(withoutTime))
      expect(answers.map(({ status }) => status)).toEqual(['OPTIMAL', 'OPTIMAL', 'INVALID_INPUT'])
      expect(await solver.solveMany([])).toEqual([])
    })

    it('ends a call that is aborted, before it begins and in the middle', async () => {
      expect(await solver.solve(plainProblem(), { signal: AbortSignal.abort() })).toMatchObject({ status: 'CANCELLED' })
      const abort = new AbortController()
      const answer = solver.solve(long, { signal: abort.signal, onProgress: () => abort.abort() })
      expect(await answer).toEqual({ status: 'CANCELLED', message: 'the solve was cancelled' })
    })

    it('lets an aborted call out of the queue at once', async () => {
      const abort = new AbortController()
      const before = new AbortController()
      const running = Array.from({ length: availableParallelism() }, () =>
        solver.solve(long, { signal: before.signal }),
      )
      const waiting = solver.solve(plainProblem(), { signal: abort.signal })
      abort.abort()
      expect(await waiting).toMatchObject({ status: 'CANCELLED' })
      before.abort()
      await Promise.all(running)
    })

    it('keeps a time limit', async () => {
      expect(await solver.solve(long, { timeLimitMs: 40 })).toMatchObject({ status: 'TIME_LIMIT' })
    })

    it('cancels a call whose listener throws, and rejects with what it threw', async () => {
      const onProgress = (): void => {
        throw new Error('the listener broke')
      }
      await expect(solver.solve(long, { onProgress })).rejects.toThrow('the listener broke')
    })

    it('describes itself', () => {
      expect(solver.describe()).toEqual(native.describe())
    })
  })
}
