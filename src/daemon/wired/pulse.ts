import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Engine } from '#runtime/engine.js'
import type { TripWatch } from '#runtime/trips.js'
import { fund } from '../simulation/engine-player.js'

/** What the pulse of a daemon needs. */
export interface PulseOptions {
  readonly engine: Engine
  /** What stops trading by itself: it looks before any run begins. */
  readonly trips: Pick<TripWatch, 'look'>
  readonly market: Market
  readonly clock: Clock
  readonly log: Log
  /** The newest session the market shows; null before the first. */
  readonly latest: () => SessionBars | null
  readonly signal: AbortSignal
  /** Time between two looks at the market. */
  readonly everyMs: number
}

/** First and last pause before a gateway that does not answer is asked again. */
export const TAKE_OVER_MS = { first: 500, last: 30_000 } as const

/**
 * The heartbeat of a daemon in real time: takes over portfolios as their gateways come back, looks at the market, and
 * closes each new session. After a while without prices only the newest session counts: what was missed is not acted on.
 * Runs until aborted; a look that fails is logged and the next one is made all the same.
 */
export async function pulse(options: PulseOptions): Promise<void> {
  const { engine, log, latest, signal, everyMs } = options
  let asked = Number.NEGATIVE_INFINITY
  let pause: number = TAKE_OVER_MS.first
  let held: string | null = null
  while (!signal.aborted) {
    if (engine.waiting.length === 0) pause = TAKE_OVER_MS.first
    else if (performance.now() - asked >= pause) {
      await engine.takeOverWaiting()
      asked = performance.now()
      pause = Math.min(pause * 2, TAKE_OVER_MS.last)
    }
    const now = engine.heldBack()
    if (now === null && held !== null) asked = Number.NEGATIVE_INFINITY // whoever was away is back: ask at once
    if (now !== held)
      log[now === null ? 'info' : 'warn']({ reason: now }, now === null ? 'new runs may begin' : 'no new runs')
    held = now
    const bars = latest()
    if (bars !== null) await look(options, bars).catch((error: unknown) => log.error({ error: String(error) }, 'pulse'))
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** One look at the market, `bars` its newest session: first what stops trading, then triggers, then the session's close. */
export async function look(
  { engine, trips, market, clock }: Pick<PulseOptions, 'engine' | 'trips' | 'market' | 'clock'>,
  bars: SessionBars,
): Promise<void> {
  const ready = engine.portfolios.filter((portfolio) => engine.isReady(portfolio))
  await fund(engine, ready)
  await trips.look(engine, ready, market.view(clock.now()))
  await engine.pulse(ready)
  const open = ready.filter((portfolio) => {
    const marked = engine.host.snapshot(portfolio)?.context.book.nav.markedSession
    return marked == null || marked < bars.session
  })
  if (open.length > 0) await engine.mark(open)
}
