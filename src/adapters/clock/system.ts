import type { Clock } from '#ports/clock.js'
import { type Instant, instant } from '#units/time.js'

/**
 * Longest sleep between two looks at the time, milliseconds. Far under the 2³¹ ms where `setTimeout` fires at once,
 * and short enough that a wall clock set forward is noticed within a minute.
 */
const LONGEST_SLEEP_MS = 60_000

/**
 * The machine's clock. A wake fires at or after its instant by this clock, however far away and even when the wall
 * clock is set back meanwhile (it then sleeps again). Pending wakes keep the process alive.
 */
export function systemClock(): Clock {
  const now = (): Instant => instant(Date.now())
  return { now, wake: waking(now) }
}

/** Waits for some milliseconds, then calls; answers how to call it off. */
export type Sleep = (ms: number, callback: () => void) => () => void

const sleepInRealTime: Sleep = (ms, callback) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

/** Wakes by any clock: sleeps until the instant has come by that clock, in real time unless told otherwise. */
export const waking =
  (now: () => Instant, sleep: Sleep = sleepInRealTime): Clock['wake'] =>
  (at, callback) => {
    let callOff: () => void
    const rest = (): void => {
      callOff = sleep(Math.min(Math.max(at - now(), 0), LONGEST_SLEEP_MS), check)
    }
    const check = (): void => {
      if (now() >= at) callback()
      else rest()
    }
    rest()
    return () => callOff()
  }
