import { gatewayClient } from '#adapters/gateway/client.js'
import type { KillFile } from '#adapters/kill-file.js'
import { tripLimits, tripsSchema } from '#daemon/config/trips-schema.js'
import { serveControl } from '#daemon/control/serve.js'
import { watchKill } from '#daemon/kill-watch.js'
import { daemonSight } from '#daemon/queries/sight.js'
import { sessionMarket } from '#daemon/session-market.js'
import { keepComparing } from '#daemon/wired/comparison.js'
import { look, TAKE_OVER_MS } from '#daemon/wired/pulse.js'
import { hearRegimes } from '#daemon/wired/regimes.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import type { Solver } from '#ports/solver.js'
import { Engine } from '#runtime/engine.js'
import { TripWatch } from '#runtime/trips.js'
import { Fault } from '#units/fault.js'
import { incarnation } from '#units/ids.js'
import type { LifeClock } from './clock.js'
import type { SimulatedJournal } from './disk.js'
import type { Life } from './life.js'
import { NAMES } from './prices.js'

/** What one life of a daemon is made of. */
export interface DaemonParts {
  readonly life: Life
  readonly clock: LifeClock
  readonly bus: Bus
  readonly journal: SimulatedJournal
  readonly solver: Solver
  readonly log: Log
  readonly policies: readonly PortfolioPolicy[]
  /** Sessions already heard. */
  readonly heard: readonly SessionBars[]
  /** Why no new run may begin; null when it may. */
  readonly heldBack: () => string | null
  readonly kill: KillFile
  readonly seed: number
  /** Whether it compares its books all the while. */
  readonly compares: boolean
}

/** Longest exchange with the gateway, and the pauses between two looks at the market and two comparisons of the books. */
const ASK_MS = 1_500
const PULSE_MS = 4_000
const COMPARE_MS = 25_000
/** What stops trading by itself: the defaults. */
const TRIPS = tripLimits(tripsSchema.parse({}))

/** One life of a daemon as `serve` wires it, on simulated ports: the real engine, the real gateway client. */
export class Daemon {
  readonly engine: Engine
  readonly gateway: ReturnType<typeof gatewayClient>
  readonly #market = sessionMarket({ barSize: '1d', instruments: NAMES })
  readonly #trips: TripWatch
  #latest: SessionBars | null = null
  /** Changed configurations that came before the first was adopted; null since. */
  #early: PortfolioPolicy[] | null = []
  /** What looks for the kill file, while it is there and when it appears. */
  #lookForKill: () => void = () => undefined

  /** @throws what a daemon that cannot restore its books throws. */
  constructor(readonly parts: DaemonParts) {
    const { life, clock, bus, journal, solver, log, heldBack, kill } = parts
    this.gateway = gatewayClient({ bus, gatewayOf: () => 'paper', timeoutMs: ASK_MS, log })
    for (const bars of parts.heard) this.hear(bars)
    this.#trips = new TripWatch({ limits: TRIPS, journal, clock, log, metrics: noMetrics })
    this.engine = new Engine({
      ...{ journal, gateway: this.gateway, market: this.#market, solver, clock, log, metrics: noMetrics, heldBack },
      killed: kill.read,
      // Its timeline knows of happenings only: with none left nobody would wait for a turn.
      breathe: () => Promise.resolve(),
      onStep: (staged) => this.#trips.follow(staged),
      onBlocked: () => undefined,
      onFatal: () => life.kill(),
    })
    watchKill({
      ...{ file: kill, engine: this.engine, metrics: noMetrics, log },
      every: (ms, act) => {
        this.#lookForKill = () => {
          if (life.alive) act()
          if (kill.read() !== null) void this.#sleep(ms).then(this.#lookForKill)
        }
        this.#lookForKill()
        return () => undefined
      },
    })
  }

  /** The kill file has appeared: from now on it is seen whenever it is looked for. */
  killFileAppears(): void {
    this.#lookForKill()
  }

  /** Takes over its portfolios, then looks at the market for as long as it lives. */
  async run(): Promise<void> {
    const { policies, seed, life, log } = this.parts
    for (const policy of policies) await this.adopt(policy, seed)
    const changed = this.#early
    this.#early = null
    for (const policy of changed ?? []) void this.reload(policy)
    this.#serveControl()
    await this.engine.start()
    if (this.parts.compares) void this.#keepComparing()
    let pause: number = TAKE_OVER_MS.first
    let asked = Number.NEGATIVE_INFINITY
    while (life.alive) {
      if (this.engine.waiting.length === 0) pause = TAKE_OVER_MS.first
      else if (this.parts.clock.timeline.now - asked >= pause) {
        await this.engine.takeOverWaiting()
        asked = this.parts.clock.timeline.now
        pause = Math.min(pause * 2, TAKE_OVER_MS.last)
      }
      await this.#look().catch((error: unknown) => log.warn({ error: String(error) }, 'pulse'))
      await this.#sleep(this.engine.waiting.length > 0 ? TAKE_OVER_MS.first : PULSE_MS)
    }
  }

  /** The configuration a daemon starts with. */
  async adopt(policy: PortfolioPolicy, seed: number): Promise<void> {
    await this.engine.adopt(policy, incarnation(`simulated${seed}`)).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error
    })
  }

  /**
   * A changed configuration is taken in while the daemon runs, now or when the run under way has ended. One that comes
   * before the first is adopted waits: `serve` refuses it and says so, and whoever is told asks again.
   */
  async reload(policy: PortfolioPolicy): Promise<void> {
    if (this.#early !== null) {
      this.#early.push(policy)
      return
    }
    await this.engine.adoptAll([policy], 'reload').catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error
    })
  }

  /** The daemon hears of a session. */
  hear(bars: SessionBars): void {
    this.#market.advance(bars)
    this.#latest = bars
  }

  /** Operators are answered, and detectors heard, over the wire, by what does so in `serve`. */
  #serveControl(): void {
    const { engine, gateway } = this
    const { bus, journal, clock, solver, log, kill, policies } = this.parts
    const sight = daemonSight({
      engine,
      journal,
      market: this.#market,
      clock,
      solver,
      configured: () => policies.map((policy) => ({ policy })),
    })
    hearRegimes({ bus, engine, clock, log, metrics: noMetrics })
    serveControl({
      ...{ bus, engine, journal, sight, gateway, log, killed: kill.read, metrics: noMetrics },
      health: () => ({}),
      reload: () => Promise.reject(new Fault('NOT_SUPPORTED', 'no files to read', 'never')),
      rest: (ms) => this.#sleep(ms),
    })
  }

  #keepComparing(): Promise<void> {
    const { engine } = this
    const { signal } = new AbortController()
    return keepComparing({
      ...{ engine, log: this.parts.log, signal, everyMs: COMPARE_MS },
      rest: (ms) => this.#sleep(ms),
    })
  }

  async #look(): Promise<void> {
    if (this.#latest === null) return
    await look({ engine: this.engine, trips: this.#trips, market: this.#market, clock: this.parts.clock }, this.#latest)
  }

  #sleep(ms: number): Promise<void> {
    // A pause is measured on the world's time: no jump of the wall clock makes it longer.
    const { clock, life } = this.parts
    return new Promise((resolve) => {
      clock.timeline.after(ms, () => {
        if (life.touch()) resolve()
      })
    })
  }
}
