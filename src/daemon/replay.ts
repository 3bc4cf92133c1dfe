import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { PriceHistory, SessionBars } from '#ports/market-feed.js'
import type { Assembly } from './assemble.js'
import { conduct } from './simulation/conduct.js'
import { EnginePlayer } from './simulation/engine-player.js'

/** How to replay. */
export interface ReplayOptions {
  readonly history: PriceHistory
  /** Sessions a second; 0 is as fast as it goes. */
  readonly speed: number
  readonly signal?: AbortSignal
  /** A session is closed: bars, its number from 1, how many there are. */
  readonly onSession?: (bars: SessionBars, number: number, total: number) => void
}

/** Turns of the event loop between two looks at whether all is quiet. */
const LOOK_MS = 1

/**
 * Plays the rest of a price history over an engine and its venue in this process. Goes on where the journal ends; a
 * session is acted on once however often the process is killed in it. Returns early when aborted, never with half a step.
 */
export async function replay(assembly: Assembly, options: ReplayOptions): Promise<void> {
  const { engine, venue, market, clock, next } = assembly
  const { sessions } = options.history
  const signal = options.signal ?? new AbortController().signal
  let shown = next
  const player = new EnginePlayer({
    engine,
    clock,
    show: async (session) => {
      const bars = sessions[session - 1]!
      if (session > shown) {
        shown = session
        market.advance(bars)
        venue.onBars(bars)
      }
      return bars
    },
    start: () => engine.start(),
    restless: () => assembly.shadows?.busy() === true,
    signal,
  })
  await conduct({
    players: [player],
    sessions,
    from: next,
    signal,
    ...(options.onSession === undefined ? {} : { onSession: options.onSession }),
    pace: () => pace(options.speed, signal),
  })
}

/**
 * Waits until engine and venue have nothing left to do but wait for time, and no candidate is tried; true then, false when
 * aborted before: what is under way is on disk and goes on at the next start.
 */
export async function quiescent(
  { engine, shadows }: Pick<Assembly, 'engine'> & Partial<Pick<Assembly, 'shadows'>>,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let looks = 0; !engine.idle() || shadows?.busy() === true; looks += 1) {
    if (signal?.aborted) return false
    await (looks < 50 ? turn() : sleep(LOOK_MS))
  }
  return signal?.aborted !== true
}

/** Rests between sessions so that about `speed` of them pass a second. */
export async function pace(speed: number, signal: AbortSignal): Promise<void> {
  if (speed > 0) await sleep(1000 / speed, undefined, { signal }).catch(() => undefined)
}
