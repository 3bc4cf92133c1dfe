import { serveGateway } from '#adapters/gateway/server.js'
import type { Bust, Execution } from '#domain/book/events.js'
import { FULL_SUPPORT, type GatewaySupport } from '#domain/gateway-support.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Bus } from '#ports/bus.js'
import type { Commit } from '#ports/journal.js'
import { type Log, silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Solver } from '#ports/solver.js'
import { instant } from '#units/time.js'
import { takings } from './busts.js'
import { Chance } from './chance.js'
import { LifeClock, MachineClock } from './clock.js'
import { Daemon } from './daemon.js'
import { DiskImage, openSimulatedJournal, type SimulatedJournal } from './disk.js'
import { Exchange } from './exchange.js'
import { fates } from './fate.js'
import { EVERY_LAYER, type Layers, weakSupport } from './layers.js'
import { Life } from './life.js'
import { Net } from './net.js'
import { mayShort, PORTFOLIOS, policyFor } from './policies.js'
import type { Session } from './prices.js'
import { PROFILES, type Profile } from './profile.js'
import { simulatedSolver } from './solver.js'
import { Timeline } from './timeline.js'
import { SimulatedVenue } from './venue.js'
import { Witness } from './witness.js'

/** What a world is made from. */
export interface WorldOptions {
  readonly seed: number
  readonly profile: Profile
  readonly start: number
  readonly layers?: Layers
  readonly solver: Solver
  readonly trace: (line: () => string) => void
}

/** Longest from the kill file's appearance to the daemon's next look for it. */
const KILL_LOOK_MS = 250
/** Longest a report may be with the daemon before it is told again. */
const REPORT_MS = 1_500

/** One machine with a daemon and its disk, one with a gateway, the network between, and the exchange behind. */
export class World {
  readonly timeline: Timeline
  /** The clock of the daemon's machine. */
  readonly machine: MachineClock
  readonly image = new DiskImage()
  readonly exchange: Exchange
  readonly net: Net
  readonly witness: Witness
  /** Where each portfolio's configuration stands. */
  readonly variants = new Map(PORTFOLIOS.map((id) => [id, 0]))
  daemon: Daemon | null = null
  venue: SimulatedVenue | null = null
  /** Faults have stopped: nothing is killed, lost or made up any more, and no new run begins. */
  calm = false
  /** Why the kill file is there; null while it is not. */
  killFile: string | null = null
  /** Told of every step that has reached the disk. */
  onStep: (commit: Commit) => void = () => undefined
  /** What the gateway says it promises. */
  readonly supports: GatewaySupport
  /** An operator's own line to the daemon. */
  readonly operators: Bus
  #profile: Profile
  #lives = 0
  #gateway: Life | null = null
  /** The clock of the daemon's life, or of its last. */
  #clock: LifeClock | null = null
  #bars: SessionBars | null = null
  readonly #heard: SessionBars[] = []
  readonly #chance: Chance
  readonly #fate: ReturnType<typeof fates>
  readonly #takings: ReturnType<typeof takings>

  constructor(readonly options: WorldOptions) {
    const { seed, profile, start, trace } = options
    this.#profile = profile
    this.supports = profile.weak ? weakSupport(seed) : FULL_SUPPORT
    this.timeline = new Timeline(start)
    this.machine = new MachineClock(this.timeline)
    this.#chance = new Chance(seed, 'world')
    this.#fate = fates(seed, () => this.#profile.venue)
    this.#takings = takings(seed, () => this.#profile.busts)
    this.witness = new Witness({
      now: () => this.timeline.now - start,
      clock: () => this.#clock!.now(),
      exchange: () => this.exchange,
      commitMs: 500 + (profile.disk.slow > 0 ? profile.disk.slowMs[1] : 0),
      ...{ killed: () => this.killFile, supports: this.supports },
      faithless: profile.venue.fillsAfterCancel > 0 || profile.venue.overfills > 0,
      shorts: (portfolio) => mayShort(seed, portfolio),
      trace,
    })
    this.exchange = new Exchange((order, ticket) => this.witness.accepted(order, ticket, this.net.sender))
    this.net = new Net(this.timeline, new Chance(seed, 'net'), {
      sent: (life, message) => this.witness.sent(life, message),
      answered: (life, message, reply) => this.witness.answered(life, message, reply),
    })
    this.net.weather = profile.net
    const person = new Life('operator', 0)
    this.operators = this.net.end(person, new LifeClock(this.timeline, person))
  }

  /** The policies as configured now. */
  get policies(): readonly PortfolioPolicy[] {
    return PORTFOLIOS.map((id) => policyFor(this.options.seed, id, this.variants.get(id)!))
  }

  /** Starts the gateway's process; when it dies, another is started. */
  startGateway(): void {
    const life = this.#life('gateway')
    this.#gateway = life
    const clock = new LifeClock(this.timeline, life)
    const venue = new SimulatedVenue({
      exchange: this.exchange,
      clock,
      fate: this.#fate,
      soon: (run) => void this.timeline.after(0, run),
      answers: () => this.#pause(this.#chance.whole(0, 4)),
      layers: this.options.layers ?? EVERY_LAYER,
      supports: this.supports,
      onTrade: (portfolio, execution) => this.#traded(portfolio, execution),
    })
    this.venue = venue
    serveGateway({ bus: this.net.end(life, clock), venue, name: 'paper', timeoutMs: REPORT_MS })
    life.onEnd(() => {
      this.venue = null
      venue.close()
      this.timeline.after(this.calm ? 100 : this.#chance.whole(100, 6_000), () => this.startGateway())
    })
    if (this.#bars !== null) venue.onBars(this.#bars)
  }

  /** Starts the daemon's process; when it dies, another is started. */
  startDaemon(): void {
    const life = this.#life('daemon')
    const clock = new LifeClock(this.timeline, life, this.machine)
    this.#clock = clock
    const journal = this.#journal(life)
    if (this.options.layers?.replays === false) this.#forget()
    life.onEnd(() => {
      this.daemon = null
      journal.die()
      this.timeline.after(this.calm ? 100 : this.#chance.whole(50, 8_000), () => this.startDaemon())
    })
    try {
      this.daemon = new Daemon({
        ...{ life, clock, journal, policies: this.policies, heard: [...this.#heard], seed: this.options.seed },
        bus: this.net.end(life, clock),
        kill: { path: 'kill', read: () => this.killFile },
        solver: this.#solver(life),
        log: this.#log(life),
        compares: this.options.layers?.comparisons !== false,
        heldBack: () => (this.calm ? 'the history ends' : this.net.cut === 'known' ? 'not connected' : null),
      })
    } catch (error) {
      this.witness.broken('I5', `the books cannot be restored: ${String(error)}`)
      return
    }
    this.daemon.run().catch((error: unknown) => {
      if (life.alive) this.witness.broken('daemon', `the daemon ended by itself: ${String(error)}`)
    })
  }

  /** A session closes: the exchange trades on it at once, the daemon hears of it when it does. */
  close({ truth, heard, lagMs }: Session): void {
    this.#bars = truth
    this.venue?.onBars(truth)
    this.timeline.after(this.calm ? 0 : lagMs, () => {
      this.#heard.push(heard)
      if (this.daemon?.parts.life.touch()) this.daemon.hear(heard)
    })
  }

  /** Processes started so far. */
  get lives(): number {
    return this.#lives
  }

  killGateway(): void {
    this.#gateway?.kill()
  }

  /** The kill file appears, and is looked for within a moment. */
  placeKill(reason: string): void {
    if (this.calm) return
    this.options.trace(() => 'file   kill file appears')
    this.killFile = reason
    this.timeline.after(this.#chance.whole(0, KILL_LOOK_MS), () => this.daemon?.killFileAppears())
  }

  /** Somebody takes the kill file away. */
  takeKill(): void {
    if (this.killFile !== null) this.options.trace(() => 'file   kill file is gone')
    this.killFile = null
  }

  /** Longest by which a deadline may come late that the daemon has set so far: a new life may begin on a clock set back. */
  get lateMs(): number {
    return this.machine.lateMs(this.#clock!.now())
  }

  /** A changed configuration reaches the daemon, or waits for the next one. */
  configure(portfolio: PortfolioPolicy['id']): void {
    const variant = 1 - this.variants.get(portfolio)!
    this.variants.set(portfolio, variant)
    if (this.daemon?.parts.life.touch()) void this.daemon.reload(policyFor(this.options.seed, portfolio, variant))
  }

  /** Faults stop. */
  becalm(): void {
    this.calm = true
    const { net, venue, solver, disk, busts } = PROFILES.calm
    this.#profile = { ...this.#profile, net: { ...this.#profile.net, ...net }, venue, solver, disk, busts }
    this.net.weather = net
    this.net.cut = null
    this.takeKill()
    this.daemon?.parts.life.burn(Number.POSITIVE_INFINITY)
  }

  /** Some executions are taken back, at once or later, with a word of it or without. */
  #traded(portfolio: PortfolioPolicy['id'], { id, orderId }: Execution): Bust | null {
    const taking = this.#takings(id)
    if (taking === null) return null
    const bust = { executionId: id, orderId, reason: 'erroneous', at: instant(Math.floor(this.timeline.now)) }
    if (taking.first) return bust
    this.timeline.after(taking.afterMs, () => {
      if (this.calm) return
      // Where executions cannot be listed, nobody would ever hear of it.
      const told = taking.told || !this.supports.replay
      this.options.trace(() => `venue  takes ${id} back, ${told ? 'told' : 'untold'}`)
      if (told && this.venue !== null) return this.venue.bust(portfolio, bust)
      this.exchange.bust(portfolio, bust)
      if (told) this.exchange.tell(portfolio, [{ kind: 'bust', bust }])
    })
    return null
  }

  /** The gateway does not remember what the last daemon was not told. */
  #forget(): void {
    this.exchange.forget()
    this.#gateway?.kill()
  }

  #life(name: string): Life {
    this.#lives += 1
    const life = new Life(name, this.#lives)
    this.options.trace(() => `start  ${name} ${life.number}`)
    life.onEnd(() => this.options.trace(() => `death  ${name} ${life.number}`))
    return life
  }

  #journal(life: Life): SimulatedJournal {
    const chance = new Chance(this.options.seed, `disk ${life.number}`)
    return openSimulatedJournal({
      image: this.image,
      after: (ms, run) => void this.timeline.after(ms, run),
      plan: () => {
        const { ms, slow, slowMs, fails } = this.#profile.disk
        return { ms: chance.within(chance.is(slow) ? slowMs : ms), fails: chance.is(fails) }
      },
      onDurable: (commits) => {
        this.witness.durable(life, commits)
        for (const commit of commits) this.onStep(commit)
      },
      touch: () => life.touch(),
      survives: () => chance.is(0.5),
    })
  }

  #solver(life: Life): Solver {
    return simulatedSolver({
      real: this.options.solver,
      timeline: this.timeline,
      chance: new Chance(this.options.seed, `solver ${life.number}`),
      habits: () => this.#profile.solver,
      touch: () => life.touch(),
      onLie: (lie) => this.witness.lied(lie),
    })
  }

  #log(life: Life): Log {
    const say = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
      if (life.alive) this.options.trace(() => `log    ${level} ${message} ${JSON.stringify(fields)}`)
    }
    const error = (fields: Readonly<Record<string, unknown>>, message: string): void => {
      say('error')(fields, message)
      if (life.alive && message === 'assertion failed') this.witness.broken('assertion', JSON.stringify(fields))
    }
    const log: Log = { ...silentLog, warn: say('warn'), error, child: () => log }
    return log
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.timeline.after(ms, resolve))
  }
}
