import type { Clock } from '#ports/clock.js'
import { hold } from '#units/assert.js'
import type { Instant } from '#units/time.js'

/** A clock that stands still until it is told to go on; for replay, backtests and tests. */
export interface VirtualClock extends Clock {
  /**
   * Moves time to `at`, firing every wake due by then in order of time, ties in order of registration, with `now()`
   * at each one's instant. Wakes set while it runs fire in the same call when they are due. A callback that throws
   * stops the move where it is; the rest stays pending. Breaks `clock-forward` on an earlier instant or when a
   * callback calls it.
   */
  advanceTo(at: Instant): void
  /** When the earliest wake is due, never before `now()`; null when none is pending. */
  next(): Instant | null
}

interface Wake {
  readonly at: Instant
  readonly callback: () => void
}

/** A clock that shows `start`. A wake in the past is due now, and fires with the next `advanceTo`. */
export function virtualClock(start: Instant): VirtualClock {
  let time = start
  let moving = false
  const wakes: Wake[] = [] // in firing order
  return {
    now: () => time,
    wake(at, callback) {
      const wake: Wake = { at: latest(at, time), callback }
      wakes.splice(placeOf(wakes, wake.at), 0, wake)
      return () => {
        const index = wakes.indexOf(wake)
        if (index >= 0) wakes.splice(index, 1)
      }
    },
    advanceTo(at) {
      hold(!moving && at >= time, 'clock-forward', () => `cannot go from ${time} to ${at}`)
      moving = true
      try {
        for (let wake = wakes[0]; wake !== undefined && wake.at <= at; wake = wakes[0]) {
          wakes.shift()
          time = wake.at
          wake.callback()
        }
        time = at
      } finally {
        moving = false
      }
    },
    next: () => wakes[0]?.at ?? null,
  }
}

const latest = (a: Instant, b: Instant): Instant => (a >= b ? a : b)

/** Where a wake at `at` belongs: after all that are due by then. */
function placeOf(wakes: readonly Wake[], at: Instant): number {
  let low = 0
  let high = wakes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((wakes[middle] as Wake).at <= at) low = middle + 1
    else high = middle
  }
  return low
}
