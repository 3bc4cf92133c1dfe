import type { Instant } from '#units/time.js'

/** The time, and the wish to be called at one. Injected everywhere: nothing reads the machine's clock itself. */
export interface Clock {
  now(): Instant
  /** Calls back once at or after `at`; returns how to call it off. A time in the past fires soon, never inline. */
  wake(at: Instant, callback: () => void): () => void
}
