import { conflictNames, failureReason } from '#domain/optimise/evidence.js'
import {
  DEFAULT_LADDER,
  nextToRelax,
  type Relaxations,
  relaxations,
  relaxed,
  unfitPrevious,
} from '#domain/optimise/ladder.js'
import {
  type MeanCvarProblem,
  type SolverAnswer,
  type SolverFailure,
  type SolverSolution,
  solved,
} from '#domain/optimise/mean-cvar.js'
import type { Relaxable } from '#domain/policy.js'
import type { Ladder } from '#domain/run.js'
import type { TargetRequest } from '#domain/targets/source.js'
import type { TargetSet } from '#domain/targets/target-set.js'

/** Halvings in search of the least relaxation: it is found to within a 64th of the way from a limit to no limit. */
const HALVINGS = 6

/** What the ladder ends on. */
export type Landing =
  /** The least relaxed problem that has an answer, and that answer. */
  | {
      readonly kind: 'relaxed'
      readonly problem: MeanCvarProblem
      readonly answer: SolverSolution
      readonly ladder: Ladder
    }
  | { readonly kind: 'previous'; readonly targets: TargetSet; readonly ladder: Ladder }
  | { readonly kind: 'hold'; readonly reason: string; readonly ladder: Ladder }
  /** The solver did not answer on the way, out of time most likely. */
  | { readonly kind: 'failed'; readonly failure: SolverFailure }

/** What a descent begins from. */
export interface Fall {
  readonly request: TargetRequest
  readonly problem: MeanCvarProblem
  readonly failure: SolverFailure & { readonly status: 'INFEASIBLE' }
  /** Effective targets of before; null when there are none. */
  readonly previous: TargetSet | null
}

/**
 * What is done when limits conflict: those in the conflict that the policy lets go are relaxed one after the other, in its
 * order, until there is an answer, each then drawn back as far as it goes; else the earlier targets, where they still fit;
 * else nothing is traded. The highest weights and the least cash are never relaxed. Cost: at most 3 + 3·7 solves, which share
 * the time limit of one.
 */
export async function descend(
  { request, problem, failure, previous }: Fall,
  solve: (problem: MeanCvarProblem) => Promise<SolverAnswer>,
): Promise<Landing> {
  const policy = request.policy.optimiser.infeasible ?? DEFAULT_LADDER
  const { instruments } = request.scenarios
  const conflict = conflictNames(failure.conflict, instruments)
  const parts = new Map<Relaxable, number>()
  let names = failure.conflict
  for (let limit = nextToRelax(policy, problem, names, parts); limit !== null; ) {
    parts.set(limit, 1)
    const answer = await solve(relaxed(problem, parts))
    if (solved(answer)) return drawnBack(problem, parts, answer, conflict, solve)
    if (answer.status !== 'INFEASIBLE') return { kind: 'failed', failure: answer }
    names = answer.conflict
    limit = nextToRelax(policy, problem, names, parts)
  }
  const reason = failureReason(failure, instruments)
  const unfit = policy.otherwise === 'hold' ? 'the policy says hold' : unfitPrevious(previous, instruments, problem)
  if (unfit === null)
    return { kind: 'previous', targets: previous!, ladder: { conflict, relaxed: [], rung: 'previous' } }
  return { kind: 'hold', reason: `${reason}; ${unfit}`, ladder: { conflict, relaxed: [], rung: 'hold' } }
}

/**
 * Each relaxed limit drawn back to the least that still has an answer, the others as they are by then; one that the others
 * make up for stands as it was.
 */
async function drawnBack(
  problem: MeanCvarProblem,
  parts: Map<Relaxable, number>,
  first: SolverSolution,
  conflict: readonly string[],
  solve: (problem: MeanCvarProblem) => Promise<SolverAnswer>,
): Promise<Landing> {
  let answer = first
  const holds = async (limit: Relaxable, part: number): Promise<boolean> => {
    const tried = await solve(relaxed(problem, new Map(parts).set(limit, part)))
    if (!solved(tried)) return false
    answer = tried
    parts.set(limit, part)
    return true
  }
  for (const limit of [...parts.keys()]) {
    if (parts.size > 1 && (await holds(limit, 0))) {
      parts.delete(limit)
      continue
    }
    let low = 0
    for (let halving = 0; halving < HALVINGS; halving += 1) {
      const part = (low + parts.get(limit)!) / 2
      if (!(await holds(limit, part))) low = part
    }
  }
  return landed(problem, parts, answer, conflict)
}

function landed(
  problem: MeanCvarProblem,
  parts: Relaxations,
  answer: SolverSolution,
  conflict: readonly string[],
): Landing {
  const ladder: Ladder = { conflict, relaxed: relaxations(problem, parts), rung: 'relaxed' }
  return { kind: 'relaxed', problem: relaxed(problem, parts), answer, ladder }
}
