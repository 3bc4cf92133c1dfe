import type { Instant } from '#units/time.js'

/** What a tick asks for: only time, the session's bars, a look at the market, or the session's close. */
export type Phase = 'time' | 'bars' | 'pulse' | 'mark'

/** One step of simulated time, in absolute terms: taking it twice changes nothing the second time. */
export interface Step {
  readonly at: Instant
  readonly phase: Phase
  /** Number of the session it belongs to, from 1; 0 before the first. */
  readonly session: number
}

/** How a player stands once it has come to rest. */
export interface Rest {
  /** False when it was too busy to do what the step asked for: only time has moved, and the step must be sent again. */
  readonly taken: boolean
  /** False when something is still being worked on. */
  readonly quiet: boolean
  /** True when nothing waits for an answer, a retry or a report to be taken. */
  readonly settled: boolean
  /** Everything done so far, as a count. */
  readonly steps: number
  /** The next deadline; null when there is none. */
  readonly next: Instant | null
}

/** A process, or a part of one, that moves with simulated time. */
export interface Player {
  /** Takes a step and comes to rest. @throws Fault when the player cannot be asked any more. */
  tick(step: Step): Promise<Rest>
}
