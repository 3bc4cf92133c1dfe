import type { Clock } from '#ports/clock.js'
import { type Instant, instant } from '#units/time.js'
import type { Timeline } from './timeline.js'

/**
 * One life of a process: everything it does to the world passes through here, so that a kill cuts it off at any of its
 * waits. What it still computes afterwards reaches nobody.
 */
export class Life {
  #alive = true
  #fuse = Number.POSITIVE_INFINITY
  readonly #ends: (() => void)[] = []

  constructor(
    readonly name: string,
    readonly number: number,
  ) {}

  get alive(): boolean {
    return this.#alive
  }

  /** The process will die at the n-th time from now that it touches the world. */
  burn(touches: number): void {
    this.#fuse = touches
  }

  /** The process touches the world: true while it may. */
  touch(): boolean {
    if (!this.#alive) return false
    this.#fuse -= 1
    if (this.#fuse <= 0) this.kill()
    return this.#alive
  }

  /** What is to be done at its death. */
  onEnd(end: () => void): void {
    this.#ends.push(end)
  }

  kill(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const end of this.#ends.splice(0)) end()
  }
}

interface Wake {
  readonly at: number
  readonly callback: () => void
  cancel: () => void
}

/** A process's own clock: the world's time and an error that may jump. It stops for good with the process. */
export class LifeClock implements Clock {
  readonly #wakes = new Set<Wake>()

  constructor(
    readonly timeline: Timeline,
    readonly life: Life,
    private errorMs = 0,
  ) {
    life.onEnd(() => {
      for (const wake of this.#wakes) wake.cancel()
      this.#wakes.clear()
    })
  }

  now(): Instant {
    return instant(Math.floor(this.timeline.now + this.errorMs))
  }

  wake(at: Instant, callback: () => void): () => void {
    const wake: Wake = { at, callback, cancel: () => undefined }
    if (!this.life.touch()) return wake.cancel
    this.#wakes.add(wake)
    this.#arm(wake)
    return () => {
      wake.cancel()
      this.#wakes.delete(wake)
    }
  }

  /** The wall clock is set; what waits for a time looks again. */
  jump(ms: number): void {
    this.errorMs += ms
    for (const wake of this.#wakes) {
      wake.cancel()
      this.#arm(wake)
    }
  }

  #arm(wake: Wake): void {
    wake.cancel = this.timeline.at(wake.at - this.errorMs, () => {
      this.#wakes.delete(wake)
      if (this.life.touch()) wake.callback()
    })
  }
}
