import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { VirtualClock } from '#adapters/clock/virtual.js'
import type { PaperVenue } from '#adapters/gateway/paper.js'
import type { GatewayServer } from '#adapters/gateway/server.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Player, Rest, Step } from '../simulation/player.js'

/** A venue and what it plays with. */
export interface GatewayStage {
  /** The venue's own clock: nothing but steps moves it. */
  readonly clock: VirtualClock
  readonly venue: Pick<PaperVenue, 'onBars' | 'idle' | 'settled' | 'steps'>
  readonly server: Pick<GatewayServer, 'idle'>
  /** The bars of a session once they are here; null when they are no longer remembered. May take as long as it likes. */
  readonly bars: (session: number) => Promise<SessionBars | null>
  /** Called after the first step that was taken in full: from then on the venue may be asked. */
  readonly open: () => void
  /** Longest wait for bars, and then for rest, milliseconds of real time. */
  readonly patienceMs: number
}

/** Turns of the event loop, and then milliseconds, between two looks at whether all is quiet. */
const TURNS = 50
const LOOK_MS = 1

/**
 * Plays a gateway: one step at a time, each taken once however often it is sent. Any step shows the venue the session
 * it names, so a gateway that was killed in a session comes back in that session whatever it is asked first.
 */
export class GatewayPlayer implements Player {
  #shown = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly stage: GatewayStage) {}

  tick(step: Step): Promise<Rest> {
    const taken = this.#turn.then(() => this.#take(step))
    this.#turn = taken.catch(() => undefined)
    return taken
  }

  async #take({ at, session }: Step): Promise<Rest> {
    const { clock, open } = this.stage
    if (clock.now() < at) clock.advanceTo(at)
    const current = await this.#show(session)
    if (current) open()
    const quiet = (await this.#rest()) && current
    return {
      taken: true,
      quiet,
      settled: quiet && this.stage.venue.settled(),
      steps: this.stage.venue.steps(),
      next: clock.next(),
    }
  }

  /** False when the session's bars did not come in time. */
  async #show(session: number): Promise<boolean> {
    if (session <= this.#shown) return true
    const { bars, venue, patienceMs } = this.stage
    const late = new AbortController()
    const waited = sleep(patienceMs, null, { signal: late.signal }).catch(() => null)
    const found = await Promise.race([bars(session).catch(() => null), waited])
    late.abort()
    if (found === null) return false
    venue.onBars(found)
    this.#shown = session
    return true
  }

  /** Waits until nothing is left to do but wait for time; false when it took too long. */
  async #rest(): Promise<boolean> {
    const { venue, server, patienceMs } = this.stage
    const until = performance.now() + patienceMs
    for (let looks = 0; !(venue.idle() && server.idle()); looks += 1) {
      if (performance.now() > until) return false
      await (looks < TURNS ? turn() : sleep(LOOK_MS))
    }
    return true
  }
}
