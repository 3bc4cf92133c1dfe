import type { PortfolioPolicy } from '#domain/policy.js'
import { isRequest } from '#domain/portfolio/effect.js'
import type { Permission, PortfolioFact } from '#domain/portfolio/event.js'
import { type BlockedTrigger, due, manualTrigger } from '#domain/trigger.js'
import { leaf, type PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { Metrics } from '#ports/metrics.js'
import type { Solver } from '#ports/solver.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { Incarnation, PortfolioId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { Staged } from './actor.js'
import { Dispatcher, universeView } from './dispatch.js'
import { Host } from './host.js'
import { intake } from './intake.js'
import { telling } from './listener.js'
import { takeOver } from './reconcile.js'
import type { Origin } from './record.js'
import { targeting } from './targeting.js'
import { Timers } from './timers.js'
import { assertUniverse } from './universe.js'

/** Everything the engine reaches the world through. */
export interface EnginePorts {
  readonly journal: Journal
  readonly gateway: Gateway
  readonly market: Market
  readonly solver: Solver
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Why no new run may begin now, null when it may: no prices, no gateway, no room. What is under way goes on. */
  readonly heldBack?: () => string | null
  /** Told of every step once it is on disk. */
  readonly onStep: (staged: Staged) => void
  /** Told of triggers that were due but may not fire. */
  readonly onBlocked: (portfolio: PortfolioId, blocked: readonly BlockedTrigger[]) => void
  /** The journal failed: end the process. */
  readonly onFatal: (error: unknown) => void
}

/** The dedupe key of a request from outside; null for what has none. */
type Key = Origin['inbox']

/** The rebalancing engine over one journal and one gateway. See design engine.md section 1. */
export class Engine {
  readonly host: Host
  readonly #dispatcher: Dispatcher
  readonly #timers: Timers
  readonly #sink: ReportSink
  readonly #listener: (staged: Staged) => void
  /** Policies that wait for the end of a run. */
  readonly #changed = new Map<PortfolioId, PortfolioPolicy>()
  /** Portfolios this process runs; others in the journal only have late fills booked. */
  readonly #managed = new Set<PortfolioId>()
  /** Portfolios whose gateway has not answered yet. */
  readonly #waiting = new Set<PortfolioId>()
  /** Portfolios this very process has taken over; what an earlier one left in the journal says nothing about it. */
  readonly #owned = new Set<PortfolioId>()
  /** Portfolios that another process has taken over since; only a restart makes them this process's again. */
  readonly #fenced = new Set<PortfolioId>()
  #steps = 0
  #disconnect: (() => void) | null = null

  constructor(private readonly ports: EnginePorts) {
    const { journal, clock, log } = ports
    this.host = new Host({
      journal,
      clock,
      log,
      onDurable: (staged) => this.#act(staged),
      onCommit: (seconds) => ports.metrics.observe('ballast_journal_commit_duration_seconds', seconds),
      onFatal: ports.onFatal,
    })
    this.#listener = telling(ports.onStep, log)
    this.#sink = intake(this.host, journal, this.#fenced)
    this.#dispatcher = new Dispatcher({
      ...ports,
      targeting: targeting(ports),
      snapshot: (portfolio) => this.host.snapshot(portfolio),
      fenced: (portfolio, reason) => this.#lose(portfolio, reason),
      answer: (portfolio, fact, cause, key) =>
        this.host.deliver(portfolio, fact, cause, { answers: [key], inbox: null }),
    })
    this.#timers = new Timers(clock, (portfolio, timer) => {
      this.host.deliver(portfolio, { type: 'timedOut', timer }, timer).catch(() => undefined)
    })
  }

  /**
   * Creates a portfolio, or gives it a changed policy: at once between runs, else when the run has ended.
   * @throws Fault `UNIVERSE_HELD` when the new universe leaves out an instrument that is still held.
   */
  async adopt(policy: PortfolioPolicy, incarnation: Incarnation): Promise<void> {
    this.#managed.add(policy.id)
    const known = this.host.snapshot(policy.id)
    if (known === undefined) {
      await this.host.deliver(policy.id, { type: 'created', policy, incarnation }, 'config')
      return
    }
    if (encode(known.context.policy) === encode(policy)) return
    assertUniverse(policy, known)
    this.#changed.set(policy.id, policy)
    await this.#reconfigure()
  }

  /** Portfolios this process runs, in id order. */
  get portfolios(): readonly PortfolioId[] {
    return [...this.#managed].sort()
  }

  /** Portfolios that are not taken over yet because their gateway does not answer. */
  get waiting(): readonly PortfolioId[] {
    return [...this.#waiting].sort()
  }

  /** True when this process has taken the portfolio over and its books agree: only then does anything new leave. */
  isReady(portfolio: PortfolioId): boolean {
    return this.#owned.has(portfolio) && this.#snapshot(portfolio).value.ownership === 'ready'
  }

  /** Steps journaled by this process so far. */
  get steps(): number {
    return this.#steps
  }

  /** Why no new run begins at the moment; null when it may. */
  heldBack(): string | null {
    return this.ports.heldBack?.() ?? null
  }

  /**
   * Takes over every portfolio it runs, then carries out what its journal says is still to be done. One whose gateway
   * does not answer stays `recovering` and {@link waiting}; one that must not be taken over is halted with the reason.
   */
  async start(): Promise<void> {
    const { gateway, journal } = this.ports
    this.#disconnect = gateway.connect(this.#sink)
    for (const portfolio of this.portfolios) {
      for (const { timer, at } of journal.recover(portfolio).timers) this.#timers.arm(portfolio, timer, at)
      this.#waiting.add(portfolio)
    }
    await this.takeOverWaiting()
  }

  /** Tries once more to take over those that wait for their gateway. */
  async takeOverWaiting(): Promise<void> {
    await Promise.all(this.waiting.map((portfolio) => this.#takeOver(portfolio)))
  }

  /** Looks at the market once: every portfolio with a due trigger starts a run, unless runs are {@link heldBack}. */
  async pulse(portfolios: readonly PortfolioId[] = this.portfolios): Promise<void> {
    await this.#reconfigure()
    if (this.heldBack() !== null) return
    const view = this.ports.market.view(this.ports.clock.now())
    await Promise.all(
      portfolios.map(async (portfolio) => {
        const snapshot = this.#snapshot(portfolio)
        if (snapshot.value.permission !== 'active' || !this.isReady(portfolio)) return
        const { trigger, blocked } = due(snapshot.context, view)
        if (blocked.length > 0) this.ports.onBlocked(portfolio, blocked)
        if (trigger === null) return
        const fact = { type: 'triggered', trigger, view: universeView(view, snapshot) } as const
        await this.#tell(portfolio, fact, trigger.kind)
      }),
    )
  }

  /** Starts a run by hand; a request's `key` is in the journal's inbox from then on, so that it is not taken twice. */
  async rebalance(portfolio: PortfolioId, actor: string, reason: string, key: Key = null): Promise<Staged> {
    const view = universeView(this.ports.market.view(this.ports.clock.now()), this.#snapshot(portfolio))
    const trigger = manualTrigger(this.ports.clock.now(), view.session, actor, reason)
    return this.#take(portfolio, { type: 'triggered', trigger, view }, `manual ${actor}`, key)
  }

  /** Changes what trading a portfolio may do; journaled with who and why, and it outlives restarts. */
  async permit(
    portfolio: PortfolioId,
    to: Permission,
    actor: string,
    reason: string,
    key: Key = null,
  ): Promise<Staged> {
    return this.#take(portfolio, { type: 'permitted', to, reason, actor }, `${to} ${actor}`, key)
  }

  /** Books cash in (positive) or out. */
  async deposit(portfolio: PortfolioId, amount: Money, cause: string, key: Key = null): Promise<Staged> {
    const view = universeView(this.ports.market.view(this.ports.clock.now()), this.#snapshot(portfolio))
    return this.#take(portfolio, { type: 'deposited', amount, view }, cause, key)
  }

  /** Values the books as of an instant, a session's close. */
  async mark(
    portfolios: readonly PortfolioId[] = this.portfolios,
    at: Instant = this.ports.clock.now(),
  ): Promise<void> {
    const view = this.ports.market.view(at)
    await Promise.all(
      portfolios.map((portfolio) => {
        const seen = universeView(view, this.#snapshot(portfolio))
        return this.#tell(portfolio, { type: 'marked', view: seen }, view.session)
      }),
    )
  }

  /** True when every event is on disk and every request answered; timers may still be waiting. */
  idle(): boolean {
    return this.host.idle() && this.#dispatcher.idle() && this.ports.gateway.idle()
  }

  /** Takes no more events, finishes the transaction under way, leaves orders as they are. */
  async stop(): Promise<void> {
    this.#timers.stop()
    this.#disconnect?.()
    await this.host.stop()
  }

  /** A step is on disk: follow its timers, carry out its requests, tell the listener. */
  #act(staged: Staged): void {
    const { portfolio, entry, after, commit } = staged
    this.#steps += 1
    this.#timers.follow(portfolio, commit)
    if (entry.event.type === 'reconciled') {
      this.#owned.add(portfolio)
      for (const { effect } of this.ports.journal.recover(portfolio).outbox) this.#dispatcher.perform(portfolio, effect)
    } else if (this.#owned.has(portfolio) && after.value.ownership === 'ready')
      for (const effect of entry.effects.filter(isRequest)) this.#dispatcher.perform(portfolio, effect)
    this.#listener(staged)
  }

  async #takeOver(portfolio: PortfolioId): Promise<void> {
    const { journal, gateway, log, metrics } = this.ports
    try {
      await takeOver(portfolio, { host: this.host, journal, gateway, sink: this.#sink, metrics })
    } catch (error) {
      const passing = error instanceof Fault && error.retry !== 'never'
      const reason = error instanceof Error ? error.message : String(error)
      log[passing ? 'warn' : 'error']({ portfolio, error: String(error) }, 'take-over failed')
      if (passing) return
      await this.#fault(portfolio, reason, 'take-over')
    }
    this.#waiting.delete(portfolio)
  }

  #lose(portfolio: PortfolioId, reason: string): void {
    this.#fenced.add(portfolio)
    this.#owned.delete(portfolio)
    void this.#fault(portfolio, reason, 'fenced')
  }

  /** Halts a portfolio whose world is not what it must be. */
  async #fault(portfolio: PortfolioId, reason: string, event: string): Promise<void> {
    if (this.#snapshot(portfolio).value.permission === 'halted') return
    await this.host.deliver(portfolio, { type: 'faulted', reason, event }, event).catch(() => undefined)
  }

  async #reconfigure(): Promise<void> {
    for (const [portfolio, policy] of this.#changed) {
      const snapshot = this.#snapshot(portfolio)
      if (leaf(snapshot.value) !== 'watching') continue
      this.#changed.delete(portfolio)
      try {
        assertUniverse(policy, snapshot)
      } catch (error) {
        this.ports.log.error({ portfolio, error: String(error) }, 'the changed policy is not adopted')
        continue
      }
      await this.#tell(portfolio, { type: 'configured', policy }, 'config')
    }
  }

  /** Delivers what a person asked for; a request's key goes into the inbox with it and ends the entry's cause. */
  #take(portfolio: PortfolioId, fact: PortfolioFact, cause: string, inbox: Key): Promise<Staged> {
    const said = inbox === null ? cause : `${cause} ${inbox.key}`
    return this.host.deliver(portfolio, fact, said, { answers: [], inbox })
  }

  /** Delivers what concerns one portfolio alone: an assertion that fails has halted it already, its siblings go on. */
  async #tell(portfolio: PortfolioId, fact: PortfolioFact, cause: string): Promise<void> {
    try {
      await this.host.deliver(portfolio, fact, cause)
    } catch (error) {
      if (error instanceof Fault) throw error
    }
  }

  #snapshot(portfolio: PortfolioId): PortfolioSnapshot {
    const snapshot = this.host.snapshot(portfolio)
    if (snapshot === undefined) throw new RangeError(`${portfolio} is not hosted`)
    return snapshot
  }
}
