import type { Clock } from '#ports/clock.js'
import { type Instant, instant } from '#units/time.js'
import { type Sleep, waking } from './system.js'

/** A clock that no change of the machine's own moves at once. */
export interface SteadyClock extends Clock {
  /** How far the machine's clock is ahead of this one, milliseconds; negative when it is behind. */
  skewMs(): number
}

/** Where a steady clock reads, and how it sleeps: in real time unless told otherwise. */
export interface Readings {
  /** The machine's clock, milliseconds since 1970: it may be set at any time. */
  wallMs(): number
  /** Milliseconds since some moment; never set, never back. */
  steadyMs(): number
  readonly sleep?: Sleep
}

/** Largest part of the time that passes by which this clock is corrected towards the machine's. */
const SLEW = 0.2

const own: Readings = { wallMs: () => Date.now(), steadyMs: () => performance.now() }

/**
 * The time of the machine, in steady steps: it starts with the machine's clock and follows it, but never goes back and never
 * jumps. When the machine's clock is set, this one runs a fifth faster or slower until both agree. So a deadline is neither
 * lost nor kept twice, a duration is right to a fifth at worst, and `skewMs` tells that something happened.
 */
export function steadyClock(readings: Readings = own): SteadyClock {
  let steady = readings.steadyMs()
  let time = readings.wallMs()
  const read = (): number => {
    const now = readings.steadyMs()
    const passed = Math.max(0, now - steady)
    steady = now
    const behind = readings.wallMs() - (time + passed)
    time += passed + Math.min(Math.max(behind, -SLEW * passed), SLEW * passed)
    return time
  }
  const now = (): Instant => instant(Math.floor(read()))
  return { now, wake: waking(now, readings.sleep), skewMs: () => readings.wallMs() - read() }
}
