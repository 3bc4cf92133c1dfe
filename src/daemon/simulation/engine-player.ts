import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { VirtualClock } from '#adapters/clock/virtual.js'
import type { OrderStatus } from '#domain/order.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Engine } from '#runtime/engine.js'
import type { PortfolioId } from '#units/ids.js'
import type { Player, Rest, Step } from './player.js'

/** An engine and what it plays with. */
export interface Stage {
  readonly engine: Engine
  readonly clock: VirtualClock
  /**
   * Makes the market show everything up to this session; called again for the same one after a restart. Null for a
   * session of long ago, which is closed everywhere.
   */
  readonly show: (session: number) => Promise<SessionBars | null>
  /** Makes the portfolios known and starts the engine, once, when the first session is visible. */
  readonly start: () => Promise<void>
  /** True while something beside the engine is at work. */
  readonly restless?: () => boolean
  /** True when something beside the engine waits for a retry. */
  readonly unsettled?: () => boolean
  readonly signal?: AbortSignal
  /** Longest wait for rest, milliseconds of real time; a step that takes longer answers that it is not quiet. */
  readonly patienceMs?: number
}

/** Turns of the event loop between two looks at whether all is quiet. */
const LOOK_MS = 1
/** Pause before a gateway that does not answer is asked again, real time: its absence is no event of the simulation. */
const TAKE_OVER_PAUSE_MS = 50

/** Statuses in which an order waits for somebody's answer. */
const WAITING: ReadonlySet<OrderStatus> = new Set(['submitting', 'unknown', 'cancelling'])

/**
 * Plays an engine: one step at a time, each taken once however often it is sent. A pulse or a mark is only made at rest;
 * one that comes while the engine is still at work is not taken, for that work may wait for other players.
 */
export class EnginePlayer implements Player {
  #started = false
  /** The session looked at last: a pulse sent twice is made once. */
  #pulsed: SessionBars['session'] | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly stage: Stage) {}

  /** True once the engine runs. */
  get started(): boolean {
    return this.#started
  }

  tick(step: Step): Promise<Rest> {
    const taken = this.#turn.then(() => this.#take(step))
    this.#turn = taken.catch(() => undefined)
    return taken
  }

  async #take({ at, phase, session }: Step): Promise<Rest> {
    const { clock, engine } = this.stage
    if (clock.now() < at) clock.advanceTo(at)
    const bars = session === 0 ? null : await this.stage.show(session)
    if (bars !== null && !this.#started) {
      await this.stage.start()
      this.#started = true
    }
    let quiet = await this.#rest()
    const taken = quiet || phase === 'time' || phase === 'bars'
    if (quiet && bars !== null && (phase === 'pulse' || phase === 'mark')) quiet = await this.#act(phase, bars)
    return { taken, quiet, settled: this.#settled(), steps: engine.steps, next: clock.next() }
  }

  async #act(phase: 'pulse' | 'mark', bars: SessionBars): Promise<boolean> {
    const { engine } = this.stage
    const open = unmarked(engine, bars)
    if (phase === 'mark') await engine.mark(open, bars.at)
    else if (this.#pulsed !== bars.session) {
      this.#pulsed = bars.session
      await fund(engine, open)
      await engine.pulse(open)
    }
    return this.#rest()
  }

  /** Waits until nothing is left to do but wait for time; false when it took too long or was aborted. */
  async #rest(): Promise<boolean> {
    const { engine, restless, signal, patienceMs = Number.POSITIVE_INFINITY } = this.stage
    if (!this.#started) return true
    const until = performance.now() + patienceMs
    for (let looks = 0; ; looks += 1) {
      if (signal?.aborted || performance.now() > until) return false
      if (engine.waiting.length > 0) {
        await engine.takeOverWaiting()
        if (engine.waiting.length > 0) await sleep(TAKE_OVER_PAUSE_MS)
      } else if (engine.idle() && restless?.() !== true) return signal?.aborted !== true
      else await (looks < 50 ? turn() : sleep(LOOK_MS))
    }
  }

  #settled(): boolean {
    const { engine, unsettled } = this.stage
    if (unsettled?.() === true) return false
    return engine.portfolios.every((portfolio) =>
      Object.values(engine.host.snapshot(portfolio)?.context.run?.orders ?? {}).every(
        (order) => !WAITING.has(order.status),
      ),
    )
  }
}

/** Portfolios that have not closed a session yet: a session is acted on once however often a process is killed in it. */
function unmarked(engine: Engine, bars: SessionBars): readonly PortfolioId[] {
  return engine.portfolios.filter((portfolio) => {
    const marked = engine.host.snapshot(portfolio)?.context.book.nav.markedSession
    return marked === null || marked === undefined || marked < bars.session
  })
}

/** Pays in the first cash of portfolios that have closed no session yet. */
export async function fund(engine: Engine, portfolios: readonly PortfolioId[]): Promise<void> {
  for (const portfolio of portfolios) {
    const state = engine.host.snapshot(portfolio)?.context
    const isNew = state?.book.nav.markedSession === null && state.book.tally.deposited.isZero()
    if (isNew && state.policy.initialCash.gt(0))
      await engine.deposit(portfolio, state.policy.initialCash, 'initial cash')
  }
}
