import { describe, expect, it } from 'vitest'
import { wasmHighs } from '#adapters/highs/wasm.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { CliError } from '#cli/failure.js'
import { askHighs, compared, type HighsAnswer, highsPeer, infeasibleToo } from '#cli/optimise/compare.js'
import { solved } from '#domain/optimise/mean-cvar.js'
import { plainProblem, randomProblem } from '../adapters/solver/problems.js'

const said = async (call: () => unknown): Promise<CliError> => {
  try {
    await call()
  } catch (error) {
    if (error instanceof CliError) return error
    throw error
  }
  throw new Error('expected a CliError, nothing was thrown')
}

async function solution(problem = plainProblem()) {
  const answer = await nativeSolver().solve(problem)
  if (!solved(answer)) throw new Error(answer.message)
  return answer
}

const highs = (given: Partial<HighsAnswer>): HighsAnswer => ({
  version: 'HiGHS 0',
  wasm: false,
  status: 'Optimal',
  objective: 1,
  seconds: 0,
  ...given,
})

describe('a comparison with HiGHS', () => {
  it('agrees on problems of every feature, far inside what is allowed', async () => {
    const peer = (await wasmHighs())!
    let worst = 0
    for (let seed = 1; seed <= 30; seed += 1) {
      const problem = randomProblem(seed)
      const answer = await nativeSolver().solve(problem)
      const theirs = await askHighs(peer, problem)
      if (!solved(answer)) expect(infeasibleToo(theirs)).toContain('Infeasible')
      else worst = Math.max(worst, compared(problem, answer.objective, answer, theirs).difference)
    }
    expect(worst).toBeLessThan(5e-9)
  })

  it('allows 1e-8 and our own gap where that is larger, and no more', async () => {
    const problem = plainProblem()
    const ours = await solution(problem)
    const at = (apart: number, gap = ours.gap) =>
      compared(problem, ours.objective, { ...ours, gap }, highs({ objective: ours.objective * (1 + apart) }))
    expect(at(9e-9)).toMatchObject({ difference: expect.closeTo(9e-9, 12), allowed: 1e-8 })
    expect(at(-9e-5, 1e-4)).toMatchObject({ allowed: 1e-4 })
    for (const apart of [1.1e-8, -1.1e-8]) {
      const error = await said(() => at(apart))
      expect([error.exit, error.code]).toEqual([1, 'HIGHS_DIFFERS'])
      expect(error.details).toMatchObject({ ballast: { objective: ours.objective }, allowed: 1e-8 })
    }
  })

  it('fails when one calls infeasible what the other solves, and when HiGHS has no answer', async () => {
    const problem = plainProblem()
    const ours = await solution(problem)
    const none = (status: string) =>
      said(() => compared(problem, ours.objective, ours, highs({ status, objective: null })))
    expect(await none('Infeasible')).toMatchObject({ exit: 1, code: 'HIGHS_DIFFERS' })
    expect(await none('Time limit reached')).toMatchObject({ exit: 1, code: 'HIGHS_UNSOLVED' })
    expect(await said(() => infeasibleToo(highs({})))).toMatchObject({ exit: 1, code: 'HIGHS_DIFFERS' })
    expect(infeasibleToo(highs({ status: 'Infeasible', objective: null }))).toBe('HiGHS 0: Infeasible')
  })

  it('says what to set where there is no HiGHS, and what is too large to be written down', async () => {
    const error = await said(() => highsPeer(() => Promise.resolve(undefined)))
    expect([error.exit, error.code, error.message]).toEqual([64, 'HIGHS_MISSING', expect.stringContaining('HIGHS_BIN')])
    const problem = plainProblem()
    const large = { ...problem, scenarios: { ...problem.scenarios, rows: 1e9 } }
    const peer = { version: '', wasm: false, solve: () => Promise.reject(new Error('was asked')) }
    expect(await said(() => askHighs(peer, large))).toMatchObject({ exit: 64, code: 'USAGE' })
  })

  it('asks again at its own tolerances when HiGHS ends without a word at the strictest', async () => {
    const asked: number[] = []
    const peer = {
      version: '',
      wasm: false,
      solve: (_model: string, options: object) => {
        asked.push(Object.keys(options).length)
        return Promise.resolve({ status: asked.length === 1 ? 'Unknown' : 'Optimal', objective: 1, seconds: 0 })
      },
    }
    expect((await askHighs(peer, plainProblem())).status).toBe('Optimal')
    expect(asked).toEqual([7, 1])
  })
})
