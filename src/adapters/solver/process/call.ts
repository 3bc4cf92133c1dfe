import type { SolveProgress } from '#ports/solver.js'
import type { ProblemDto } from '../dto.js'
import type { Method } from './messages.js'
import type { Shared } from './share.js'

/** A call of the solver on its way. */
export interface Call {
  readonly id: number
  readonly method: Method
  readonly problems: readonly ProblemDto[]
  readonly onProgress: ((progress: SolveProgress) => void) | undefined
  readonly timeLimitMs: number
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
  options: object
  cancelled: boolean
  /** Children lost under it. */
  lost: number
  /** Its scenarios, while it is with a child. */
  shared: Shared | null
  /** When its child is to be done with it, at the latest; by `performance.now()`. */
  dueAt: number
  /** Looks since then. */
  overdue: number
  /** Progress heard and not yet told. */
  latest: SolveProgress | null
}

/** What is given with a call: the solver's own options, its time limit among them. */
type Given = Pick<Call, 'method' | 'problems' | 'resolve' | 'reject'> & { readonly given: object }

/** A call before anybody has looked at it. */
export function newCall(id: number, { given, ...rest }: Given): Call {
  const { onProgress, ...options } = given as Pick<Call, 'onProgress' | 'timeLimitMs'>
  const { timeLimitMs } = options
  return {
    ...{ id, ...rest, onProgress, timeLimitMs, options },
    ...{ cancelled: false, lost: 0, shared: null, dueAt: 0, overdue: 0, latest: null },
  }
}

/**
 * Place in the queue of the call that may go now, beside those under way; -1 when none may. A cancelled one always may: it ends
 * as soon as it looks. A call under which a child was lost goes alone, and before the others, so that the next loss names it.
 */
export function nextCall(queue: readonly Call[], under: readonly Call[], atOnce: number): number {
  const suspected = [...queue.slice(0, 1), ...under].some(({ lost }) => lost > 0)
  return queue.findIndex(
    ({ cancelled, lost }) => cancelled || under.length === 0 || (lost === 0 && !suspected && under.length < atOnce),
  )
}
