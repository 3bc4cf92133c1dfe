import { setTimeout as sleep } from 'node:timers/promises'

/** Pauses after a failed step, real time; each is twice the one before. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/** How a step ended: nothing left to do, there is more, or it has to be tried again. */
export type Step = 'done' | 'more' | 'failed'

/** Work taken a step at a time until it is done, however often a step fails. */
export interface Persistent {
  /** Asks for (one more round of) the work and ends a pause early; resolves when it is done or stopped. */
  run(): Promise<void>
  /** No further step begins. */
  stop(): void
}

/** One step at a time, whoever asks; asked during a step, it goes round once more. A step must not throw. */
export function persistent(step: () => Promise<Step>): Persistent {
  let running: Promise<void> | null = null
  let due = false
  let stopped = false
  let pausing: AbortController | null = null
  const rest = async (ms: number): Promise<void> => {
    pausing = new AbortController()
    await sleep(ms, undefined, { signal: pausing.signal }).catch(() => undefined)
    pausing = null
  }
  const work = async (): Promise<void> => {
    for (let pause = FIRST_PAUSE_MS; due && !stopped; ) {
      due = false
      const end = await step()
      if (end !== 'done') due = true
      if (end !== 'failed') pause = FIRST_PAUSE_MS
      else if (!stopped) {
        await rest(pause)
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
      }
    }
    running = null
  }
  return {
    async run() {
      if (stopped) return
      due = true
      pausing?.abort()
      running ??= work()
      await running
    },
    stop() {
      stopped = true
      pausing?.abort()
    },
  }
}
