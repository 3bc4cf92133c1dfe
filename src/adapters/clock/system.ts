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

/** Wakes by any clock in real time: sleeps until the instant has come by that clock. */
export const waking =
  (now: () => Instant): Clock['wake'] =>
  (at, callback) => {
    let timer: NodeJS.Timeout
    const sleep = (): void => {
      timer = setTimeout(check, Math.min(Math.max(at - now(), 0), LONGEST_SLEEP_MS))
    }
    const check = (): void => {
      if (now() >= at) callback()
      else sleep()
    }
    sleep()
    return () => clearTimeout(timer)
  }
