import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { PriceHistory, SessionBars } from '#ports/market-feed.js'
import type { PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Assembly } from './assemble.js'

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
 * Plays the rest of a price history: time moves to the next deadline or session only when engine and venue are
 * quiescent, so the same history gives the same journal to the byte. Each session: bars to the venue and the market,
 * one pulse, then the close is marked. Goes on where the journal ends; a session is acted on once however often the
 * process is killed in it. Returns early when aborted, never with half a step.
 */
export async function replay(assembly: Assembly, options: ReplayOptions): Promise<void> {
  const { engine, venue, market } = assembly
  const { sessions } = options.history
  const { signal } = options
  for (let index = assembly.next; index < sessions.length; index += 1) {
    const bars = sessions[index]!
    if (!(await elapse(assembly, bars.at, signal))) return
    market.advance(bars)
    venue.onBars(bars)
    if (index === assembly.next) await engine.start()
    if (!(await quiescent(assembly, signal))) return
    const open = unmarked(assembly, bars)
    await fund(assembly, open)
    await engine.pulse(open)
    if (!(await quiescent(assembly, signal))) return
    if (!(await settleDeadlines(assembly, bars.at, signal))) return
    await engine.mark(open)
    options.onSession?.(bars, index + 1, sessions.length)
    await pace(options)
  }
}

/**
 * Waits until engine and venue have nothing left to do but wait for time; true then, false when aborted before: what is
 * under way is on disk and goes on at the next start.
 */
export async function quiescent({ engine }: Pick<Assembly, 'engine'>, signal?: AbortSignal): Promise<boolean> {
  for (let looks = 0; !engine.idle(); looks += 1) {
    if (signal?.aborted) return false
    await (looks < 50 ? turn() : sleep(LOOK_MS))
  }
  return signal?.aborted !== true
}

/** Moves time forward deadline by deadline, letting everything come to rest at each; false when aborted. */
async function elapse(assembly: Assembly, until: Instant, signal?: AbortSignal): Promise<boolean> {
  const { clock } = assembly
  for (let next = clock.next(); next !== null && next < until; next = clock.next()) {
    clock.advanceTo(next)
    if (!(await quiescent(assembly, signal))) return false
  }
  if (clock.now() < until) clock.advanceTo(until)
  return signal?.aborted !== true
}

/** Deadlines that fall due right now are handled before the session is closed; false when aborted. */
async function settleDeadlines(assembly: Assembly, at: Instant, signal?: AbortSignal): Promise<boolean> {
  const { clock } = assembly
  for (let next = clock.next(); next !== null && next <= at; next = clock.next()) {
    clock.advanceTo(at)
    if (!(await quiescent(assembly, signal))) return false
  }
  return true
}

function unmarked({ engine }: Assembly, bars: SessionBars): readonly PortfolioId[] {
  return engine.portfolios.filter((portfolio) => {
    const marked = engine.host.snapshot(portfolio)?.context.book.nav.markedSession
    return marked === null || marked === undefined || marked < bars.session
  })
}

/** Pays in a new portfolio's first cash. */
async function fund({ engine }: Assembly, portfolios: readonly PortfolioId[]): Promise<void> {
  for (const portfolio of portfolios) {
    const state = engine.host.snapshot(portfolio)?.context
    const isNew = state?.book.nav.markedSession === null && state.book.tally.deposited.isZero()
    if (isNew && state.policy.initialCash.gt(0))
      await engine.deposit(portfolio, state.policy.initialCash, 'initial cash')
  }
}

async function pace({ speed, signal }: ReplayOptions): Promise<void> {
  if (speed <= 0) return
  await sleep(1000 / speed, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
}
