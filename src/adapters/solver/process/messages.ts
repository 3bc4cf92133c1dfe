/** What goes between a process and the solver it keeps in a child: structured values over the channel of `fork`. */
import type { SolveProgress } from '#ports/solver.js'
import type { ProblemDto } from '../dto.js'

/** Which of the solver's calls. */
export type Method = 'solve' | 'frontier' | 'solveMany'

/** An array that lies in the shared memory. Two that are one array here are one object in the message. */
export interface SharedArray {
  readonly shared: 'f64' | 'f32'
  /** Bytes from the start of the memory. */
  readonly offset: number
  /** Elements. */
  readonly length: number
}

/** A call, its scenarios in the shared memory. */
export interface CallMessage {
  readonly type: 'call'
  readonly id: number
  readonly method: Method
  readonly problems: readonly ProblemDto[]
  readonly options: object
  /** Whether anybody listens to how it goes. */
  readonly progress: boolean
  /** Bytes the shared memory has by now. */
  readonly memory: number
}

/** To the child. */
export type ToHost = CallMessage | { readonly type: 'cancel'; readonly id: number } | { readonly type: 'ping' }

/** From the child. */
export type FromHost =
  | { readonly type: 'ready' | 'pong' }
  | { readonly type: 'progress'; readonly id: number; readonly progress: SolveProgress }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly message: string }

/** The handle of the shared memory in a child: after the three standard ones and the channel. */
export const MEMORY_HANDLE = 4
/** Names the process that started a child, so that the child sees when it is no longer its parent. */
export const PARENT_VARIABLE = 'BALLAST_SOLVER_PARENT'
