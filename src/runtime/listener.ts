import type { Log } from '#ports/log.js'
import type { Staged } from './actor.js'

/**
 * Tells a listener of steps that are on disk, in the order it is called; a listener that fails is logged, and the step
 * stands. It hears of a step in a microtask: a bus sends what it was given in an earlier one, so what the step asks for
 * leaves before the listener works, and whoever asked for the step goes on after it.
 */
export const telling =
  (listen: (staged: Staged) => void, log: Log) =>
  (staged: Staged): void =>
    queueMicrotask(() => {
      try {
        listen(staged)
      } catch (error) {
        const { portfolio, entry } = staged
        log.error({ portfolio, seq: entry.seq, error: String(error) }, 'a listener failed; the step stands')
      }
    })
