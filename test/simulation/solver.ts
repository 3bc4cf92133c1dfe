import { type SolverAnswer, solved } from '#domain/optimise/mean-cvar.js'
import type { Solver } from '#ports/solver.js'
import type { Chance } from './chance.js'
import { type Lie, lieAbout } from './lies.js'
import type { Profile } from './profile.js'
import type { Timeline } from './timeline.js'

/** What a simulated solver is made of. */
export interface SimulatedSolverOptions {
  /** Solves what is not made up. */
  readonly real: Solver
  readonly timeline: Timeline
  readonly chance: Chance
  readonly habits: () => Profile['solver']
  /** The process passes a point where it may die; false once it is dead. */
  readonly touch: () => boolean
  /** Told of every answer that is a lie. */
  readonly onLie: (lie: Lie) => void
}

/** Longest real time of a solve, milliseconds: far more than these problems need, so that it never decides anything. */
const REAL_LIMIT_MS = 60_000

/** A solver that hangs is given up on by whoever supervises it, long after the run has. */
const HUNG_MS = [20_000, 120_000] as const

/** The real solver with simulated time, and sometimes no answer, a failure or a lie: weights nobody solved for. */
export function simulatedSolver(options: SimulatedSolverOptions): Solver {
  const { real, timeline, chance, habits, touch, onLie } = options
  const answered = (ms: number, answer: SolverAnswer): Promise<SolverAnswer> =>
    new Promise((resolve) => {
      timeline.after(ms, () => {
        if (touch()) resolve(answer)
      })
    })
  return {
    ...real,
    async solve(problem, given = {}) {
      const { ms, hangs, fails, lies } = habits()
      const after = chance.within(ms)
      const fate = chance.next()
      const hung = chance.within(HUNG_MS)
      if (!touch()) return new Promise(() => undefined)
      if (fate < hangs + fails)
        return answered(fate < hangs ? hung : after, { status: 'TIME_LIMIT', message: 'no time left' })
      const answer = await timeline.wait(real.solve(problem, { ...given, timeLimitMs: REAL_LIMIT_MS }))
      if (fate >= hangs + fails + lies || !solved(answer)) return answered(after, answer)
      const lie = lieAbout(problem, answer, (fate - hangs - fails) / lies)
      onLie({ objective: lie.objective, weights: [...lie.weights] })
      return answered(after, lie)
    },
  }
}
