import type { MeanCvarProblem, SolverAnswer } from '#domain/optimise/mean-cvar.js'
import type { Solver } from '#ports/solver.js'
import { Fault } from '#units/fault.js'

/** Two solvers that share a machine's processors or its device. */
export interface GivingWay {
  /** For what must not wait. */
  readonly first: Solver
  /** For what may: nothing of it runs while anything of `first` does. Single solves only, all that candidates need. */
  readonly behind: Pick<Solver, 'solve'>
}

/** Times one solve gives way before it is given up: it must not go on for ever beside a busy daemon. */
const MOST_WAYS = 20

/** Answers that no cancellation cut short. */
const WHOLE: ReadonlySet<SolverAnswer['status']> = new Set(['OPTIMAL', 'INFEASIBLE', 'INVALID_INPUT'])

/**
 * Lets solves of one solver give way to those of another: they begin when none of the first runs, and one that runs when one of the
 * first begins is cancelled and begun again later, with all of its time.
 *
 * Errors  rejects with Fault `GAVE_WAY` (safe) once a solve has given way 20 times.
 */
export function givingWay(first: Solver, behind: Solver): GivingWay {
  let running = 0
  let way = new AbortController()
  const waiting: (() => void)[] = []
  const ahead = async <T>(call: () => Promise<T>): Promise<T> => {
    running += 1
    way.abort()
    try {
      return await call()
    } finally {
      running -= 1
      if (running === 0) {
        way = new AbortController()
        for (const go of waiting.splice(0)) go()
      }
    }
  }
  const turn = async (): Promise<AbortSignal> => {
    while (running > 0) await new Promise<void>((resolve) => waiting.push(resolve))
    return way.signal
  }
  const solve = async (problem: MeanCvarProblem, options: Parameters<Solver['solve']>[1]): Promise<SolverAnswer> => {
    for (let ways = 0; ways < MOST_WAYS; ways += 1) {
      const signal = await turn()
      const answer = await behind.solve(problem, { ...options, signal })
      if (!signal.aborted || WHOLE.has(answer.status)) return answer
    }
    throw new Fault('GAVE_WAY', `gave way to other solves ${MOST_WAYS} times`, 'safe')
  }
  return {
    first: {
      solve: (problem, options) => ahead(() => first.solve(problem, options)),
      frontier: (problem, options) => ahead(() => first.frontier(problem, options)),
      solveMany: (problems, options) => ahead(() => first.solveMany(problems, options)),
      describe: () => first.describe(),
    },
    behind: { solve },
  }
}
