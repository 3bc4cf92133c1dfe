import { z } from 'zod'
import { exchange } from './exchange.js'
import { field } from './fields.js'

/**
 * One step of simulated time. Each names absolute time and session, so that it can be sent again to a process that was
 * killed in it: `time` only moves the clock; `bars` shows the session's bars; `pulse` lets the daemon look at the
 * market; `mark` closes the session.
 */
export const tickExchange = exchange(
  z.strictObject({
    ts: field.instant,
    phase: z.enum(['time', 'bars', 'pulse', 'mark']),
    /** Number of the session the tick belongs to, from 1; 0 before the first. */
    session: z.int().min(0),
  }),
  z.looseObject({
    /** False when it was too busy to do what the tick asked for: send it again. */
    taken: z.boolean(),
    /** False when something is still being worked on: ask again. */
    quiet: z.boolean(),
    /** True when nothing waits for an answer, a retry or a report to be taken. */
    settled: z.boolean(),
    /** Everything done so far, as a count: unchanged between two quiet answers, nothing happened in between. */
    steps: z.int().min(0),
    /** The next deadline; null when there is none. */
    next: field.instant.nullable(),
  }),
)
