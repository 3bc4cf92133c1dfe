import { type SteadyClock, steadyClock } from '#adapters/clock/steady.js'
import type { Clock } from '#ports/clock.js'
import type { Instant } from '#units/time.js'
import type { Life } from './life.js'
import type { Timeline } from './timeline.js'

/** The clock of a machine: the world's time and an error. It may be set at any time. */
export class MachineClock {
  /** How far it is ahead of the world's time now, milliseconds. */
  errorMs = 0
  /** The furthest any process's reading has been ahead of the world's time. */
  #mostMs = 0

  constructor(readonly timeline: Timeline) {}

  /** A process has read a time. */
  shown(time: Instant): void {
    this.#mostMs = Math.max(this.#mostMs, time - this.timeline.now)
  }

  /** Longest by which a deadline may come late that was set by a reading so far, given what a process now reads. */
  lateMs(reading: Instant): number {
    return this.#mostMs - Math.min(this.errorMs, reading - this.timeline.now)
  }
}

/** A process's own clock, production's steady one on a machine's that may be set. It stops for good with the process. */
export class LifeClock implements Clock {
  readonly #steady: SteadyClock
  readonly #sleeping = new Set<() => void>()

  constructor(
    readonly timeline: Timeline,
    readonly life: Life,
    readonly machine = new MachineClock(timeline),
  ) {
    this.#steady = steadyClock({
      wallMs: () => timeline.now + machine.errorMs,
      steadyMs: () => timeline.now,
      sleep: (ms, callback) => this.#sleep(ms, callback),
    })
    life.onEnd(() => {
      for (const callOff of this.#sleeping) callOff()
      this.#sleeping.clear()
    })
  }

  now(): Instant {
    const time = this.#steady.now()
    this.machine.shown(time)
    return time
  }

  wake(at: Instant, callback: () => void): () => void {
    if (!this.life.touch()) return () => undefined
    return this.#steady.wake(at, () => {
      if (this.life.touch()) callback()
    })
  }

  #sleep(ms: number, callback: () => void): () => void {
    const callOff = this.timeline.after(ms, () => {
      this.#sleeping.delete(callOff)
      callback()
    })
    this.#sleeping.add(callOff)
    return () => {
      this.#sleeping.delete(callOff)
      callOff()
    }
  }
}
