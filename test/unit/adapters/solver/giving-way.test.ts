import { describe, expect, it } from 'vitest'
import { givingWay } from '#adapters/solver/giving-way.js'
import { nativeSolver } from '#adapters/solver/native.js'
import type { SolverAnswer, SolverSolution } from '#domain/optimise/mean-cvar.js'
import type { SolveOptions, Solver } from '#ports/solver.js'
import { plainProblem } from './problems.js'

const OPTIMAL = { status: 'OPTIMAL' } as SolverAnswer
const CANCELLED: SolverAnswer = { status: 'CANCELLED', message: 'cancelled' }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A solver whose solves end when they are told to, or when they are cancelled. */
function byHand() {
  const calls: { readonly end: (answer: SolverAnswer) => void; readonly signal: AbortSignal | undefined }[] = []
  const solve = (_problem: unknown, { signal }: SolveOptions = {}): Promise<SolverAnswer> =>
    new Promise((resolve) => {
      calls.push({ end: resolve, signal })
      signal?.addEventListener('abort', () => resolve(CANCELLED), { once: true })
    })
  const solver: Solver = { ...nativeSolver(), solve }
  return { solver, calls }
}

function pair() {
  const [live, own] = [byHand(), byHand()]
  return { ...givingWay(live.solver, own.solver), live, own }
}
const problem = plainProblem()

describe('a solver that gives way', () => {
  it('solves while nothing of the first runs', async () => {
    const { behind, own } = pair()
    const answer = behind.solve(problem)
    await turn()
    own.calls[0]!.end(OPTIMAL)
    expect(await answer).toBe(OPTIMAL)
  })

  it('waits for every solve of the first that runs, also for one that fails', async () => {
    const { first, behind, live, own } = pair()
    const running = [first.solve(problem), first.solve(problem)]
    const answer = behind.solve(problem)
    await turn()
    expect(own.calls.length).toBe(0)
    live.calls[0]!.end(OPTIMAL)
    await running[0]
    await turn()
    expect(own.calls.length).toBe(0)
    live.calls[1]!.end({ status: 'NUMERICAL', message: 'no' })
    await turn()
    own.calls[0]!.end(OPTIMAL)
    expect(await answer).toBe(OPTIMAL)
  })

  it('is cancelled at once when one of the first begins, and begun again when it is over', async () => {
    const { first, behind, live, own } = pair()
    const answer = behind.solve(problem)
    await turn()
    void first.solve(problem)
    expect(own.calls[0]!.signal!.aborted).toBe(true)
    await turn()
    expect(own.calls.length).toBe(1)
    live.calls[0]!.end(OPTIMAL)
    await turn()
    expect(own.calls.length).toBe(2)
    expect(own.calls[1]!.signal!.aborted).toBe(false)
    own.calls[1]!.end(OPTIMAL)
    expect(await answer).toBe(OPTIMAL)
  })

  it('keeps an answer that was whole when it had to give way, and none that was cut short', async () => {
    const { first, behind, live, own } = pair()
    const answer = behind.solve(problem)
    await turn()
    own.calls[0]!.end({ status: 'FEASIBLE' } as SolverAnswer)
    void first.solve(problem)
    live.calls[0]!.end(OPTIMAL)
    await turn()
    expect(own.calls.length).toBe(2)
    own.calls[1]!.end({ status: 'INFEASIBLE', message: 'no', conflict: [] })
    void first.solve(problem)
    expect((await answer).status).toBe('INFEASIBLE')
  })

  it('gives the same answer as one that never had to, by the native solver', async () => {
    const { first, behind } = givingWay(nativeSolver(), nativeSolver())
    const large = plainProblem(4_000, 60, 3)
    const answer = behind.solve(large)
    await turn()
    const live = await first.solve(problem)
    expect(live.status).toBe('OPTIMAL')
    const [late, alone] = [await answer, await nativeSolver().solve(large)]
    const { weights, objective } = late as SolverSolution
    expect({ weights, objective }).toEqual({
      weights: (alone as SolverSolution).weights,
      objective: (alone as SolverSolution).objective,
    })
  })

  it('is given up after it has given way twenty times', async () => {
    const { first, behind, live, own } = pair()
    const answer = behind.solve(problem)
    answer.catch(() => undefined)
    for (let way = 0; way < 20; way += 1) {
      await turn()
      expect(own.calls.length).toBe(way + 1)
      void first.solve(problem)
      live.calls[way]!.end(OPTIMAL)
    }
    await expect(answer).rejects.toMatchObject({ code: 'GAVE_WAY', retry: 'safe' })
  })
})
