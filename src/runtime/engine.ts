import type { Decided } from '#domain/approval/refusal.js'
import { manualTrigger } from '#domain/manual-trigger.js'
import { type Level, type Restraint, restraintKey } from '#domain/permission/restraint.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { isRequest } from '#domain/portfolio/effect.js'
import type { Assent, Confirmed, Permission, PortfolioFact, TripEvidence } from '#domain/portfolio/event.js'
import type { RunTask } from '#domain/task.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { ReportSink } from '#ports/gateway.js'
import { Fault } from '#units/fault.js'
import type { Incarnation, PortfolioId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { Staged } from './actor.js'
import { type Proposed, proposed } from './adjust.js'
import { Adoption, type Behind } from './adoption.js'
import type { Comparison } from './compare.js'
import { assertDecidable } from './decidable.js'
import { Dispatcher, decisionView, universeView } from './dispatch.js'
import type { EnginePorts } from './engine-ports.js'
import { Host } from './host.js'
import { intake } from './intake.js'
import { telling } from './listener.js'
import type { Given } from './mail.js'
import { Ownership } from './ownership.js'
import { Pulse } from './pulse.js'
import { atOnce, reconcile } from './reconcile.js'
import type { Origin } from './record.js'
import { Regimes } from './regimes.js'
import { RuleInputs } from './rule-inputs.js'
import { shareRestraints } from './share.js'
import { targeting } from './targeting.js'
import { tell } from './tell.js'
import { TermsTeller } from './terms.js'
import { Timers } from './timers.js'
import { Traffic } from './traffic.js'

/** The dedupe key of a request from outside; null for what has none. */
type Key = Origin['inbox']

/** What a change of what trading may do rests on; `given` refuses it when that is no longer so. */
type Grounds = Assent & { readonly given?: Given }

/** What a run by hand is to do other than rebalance, and the second person behind it. */
export type RunWish = Confirmed & { readonly task?: RunTask }

/** The rebalancing engine over one journal and one gateway. See design engine.md section 1. */
export class Engine {
  readonly host: Host
  /** Takes readings of the kind of market to the portfolios that ask. */
  readonly regimes: Regimes
  readonly #dispatcher: Dispatcher
  readonly #terms: TermsTeller
  readonly #timers: Timers
  readonly #sink: ReportSink
  readonly #listener: (staged: Staged) => void
  readonly #ownership: Ownership
  readonly #adoption: Adoption
  readonly #pulse: Pulse
  readonly #inputs: RuleInputs
  #steps = 0
  #disconnect: (() => void) | null = null

  constructor(private readonly ports: EnginePorts) {
    const { journal, clock, log } = ports
    this.host = new Host({
      ...{ journal, clock, log },
      onDurable: (staged) => this.#act(staged),
      onCommit: (seconds) => {
        ports.metrics.observe('ballast_journal_commit_duration_seconds', seconds)
        ports.metrics.gauge('ballast_events_waiting', this.host.waiting)
      },
      onShed: (_, type) => ports.metrics.count('ballast_events_shed_total', { kind: type }),
      onFatal: ports.onFatal,
      traffic: new Traffic(journal, (portfolio) => this.host.snapshot(portfolio)?.context.policy),
      ...(ports.room === undefined ? {} : { room: ports.room }),
    })
    this.#listener = telling(ports.onStep, log)
    this.#ownership = new Ownership({ ...ports, host: this.host })
    this.#adoption = new Adoption(this.host, log)
    this.regimes = new Regimes({ ...ports, host: this.host })
    this.#inputs = new RuleInputs({ ...ports, host: this.host })
    this.#pulse = new Pulse({ ...ports, host: this.host, isReady: (portfolio) => this.isReady(portfolio) })
    this.#sink = intake(this.host, journal, this.#ownership.fenced)
    this.#dispatcher = new Dispatcher({
      ...ports,
      targeting: targeting(ports),
      snapshot: (portfolio) => this.host.snapshot(portfolio),
      fenced: (portfolio, reason) => this.#ownership.lose(portfolio, reason),
      answer: (portfolio, fact, cause, key) =>
        this.host.deliver(portfolio, fact, cause, { answers: [key], inbox: null }),
    })
    this.#terms = new TermsTeller(ports)
    this.#timers = new Timers(clock, (portfolio, timer) => {
      this.host.deliver(portfolio, { type: 'timedOut', timer }, timer).catch(() => undefined)
    })
  }

  /**
   * Creates a portfolio, or gives it a changed policy: at once between runs, else when the run has ended.
   * @throws Fault `UNIVERSE_HELD` when the new universe leaves out an instrument that is still held.
   */
  async adopt(policy: PortfolioPolicy, incarnation: Incarnation): Promise<void> {
    await this.#adoption.adopt(policy, incarnation)
    await shareRestraints(this.host, this.portfolios)
  }

  /** Why a portfolio cannot be given a policy now; null when it can. */
  refusal(policy: PortfolioPolicy): string | null {
    return this.#adoption.refusal(policy, this.ports.clock.now())
  }

  /** Gives several portfolios changed policies, all or none; answers those that get theirs at the end of a run. */
  adoptAll(policies: readonly PortfolioPolicy[], cause: string, by?: Behind): Promise<readonly PortfolioId[]> {
    return this.#adoption.adoptAll(policies, cause, this.ports.clock.now(), by)
  }

  /** Portfolios this process runs, in id order. */
  get portfolios(): readonly PortfolioId[] {
    return this.#adoption.portfolios
  }

  /** Portfolios that are not taken over yet because their gateway does not answer. */
  get waiting(): readonly PortfolioId[] {
    return this.#ownership.waiting
  }

  /** True when this process has taken the portfolio over and its books agree: only then does anything new leave. */
  isReady(portfolio: PortfolioId): boolean {
    return this.#ownership.has(portfolio) && this.#snapshot(portfolio).value.ownership === 'ready'
  }

  /** Steps journaled by this process so far. */
  get steps(): number {
    return this.#steps
  }

  /** Why no new run begins at the moment; null when it may. */
  heldBack(): string | null {
    const killed = this.ports.killed?.() ?? null
    if (killed !== null) return `the kill file is there (${killed})`
    return this.host.strain ?? this.ports.heldBack?.() ?? null
  }

  /** Takes over every portfolio it runs; one whose gateway does not answer stays {@link waiting}, a wrong one halts. */
  async start(): Promise<void> {
    this.#disconnect = this.ports.gateway.connect(this.#sink)
    for (const portfolio of this.portfolios) {
      for (const { timer, at } of this.ports.journal.recover(portfolio).timers) this.#timers.arm(portfolio, timer, at)
      this.#ownership.want(portfolio)
    }
    await this.host.traffic?.begin(this.ports.clock.now(), this.ports.breathe)
    await this.takeOverWaiting()
  }

  /** Tries once more to take over those that wait for their gateway. */
  takeOverWaiting(): Promise<void> {
    return this.#ownership.takeOverWaiting(this.#sink)
  }

  /** Looks at the market once: every portfolio with a due trigger starts a run, unless runs are {@link heldBack}. */
  async pulse(portfolios: readonly PortfolioId[] = this.portfolios): Promise<void> {
    await this.#adoption.apply()
    await this.regimes.look(portfolios)
    await this.#inputs.look(portfolios)
    if (this.heldBack() !== null) return
    await this.#pulse.look(portfolios)
  }

  /** Starts a run by hand; a request's `key` is in the journal's inbox from then on, so that it is not taken twice. */
  async rebalance(
    portfolio: PortfolioId,
    actor: string,
    reason: string,
    key: Key = null,
    { task, ...by }: RunWish = {},
  ): Promise<Staged> {
    const killed = this.ports.killed?.() ?? null
    if (killed !== null) throw new Fault('KILL_FILE', `no run begins: the kill file is there (${killed})`, 'never')
    const view = decisionView(this.ports.market.view(this.ports.clock.now()), this.#snapshot(portfolio))
    const trigger = manualTrigger(this.ports.clock.now(), view.session, actor, reason, task)
    return this.#take(portfolio, { type: 'triggered', trigger, view, ...by }, `manual ${actor}`, key)
  }

  /** Changes what trading a portfolio may do; journaled with who and why, and it outlives restarts. */
  async permit(
    portfolio: PortfolioId,
    to: Permission,
    actor: string,
    reason: string,
    key: Key = null,
    { given, ...grounds }: Grounds & { readonly trip?: TripEvidence; readonly undoes?: string } = {},
  ): Promise<Staged> {
    return this.#take(portfolio, { type: 'permitted', to, reason, actor, ...grounds }, `${to} ${actor}`, key, given)
  }

  /** Sets or lifts a restraint in one portfolio's journal; a firm-wide one is given to each of them. */
  async restrain(
    portfolio: PortfolioId,
    { scope, to, actor, reason }: Omit<Restraint, 'at' | 'to'> & { readonly to: Level | 'active' },
    key: Key = null,
    { given, ...assent }: Grounds & { readonly lifts?: Instant } = {},
  ): Promise<Staged> {
    const fact = { type: 'restrained', scope, to, reason, actor, ...assent } as const
    return this.#take(portfolio, fact, `${to} ${restraintKey(scope)} ${actor}`, key, given)
  }

  /**
   * Takes a person's word on the plan that waits. `given` may refuse it too.
   * @throws Fault (never) `STALE_PLAN`, `EXPIRED`, `SAME_ACTOR`: nothing is journaled then.
   */
  async decide(portfolio: PortfolioId, decided: Decided, key: Key = null, given?: Given): Promise<Staged> {
    const fact = { type: 'decided', ...decided } as const
    return this.#take(portfolio, fact, `${decided.verdict} ${decided.actor}`, key, (now, ruled) => {
      assertDecidable(now, decided, this.ports.clock.now())
      given?.(now, ruled)
    })
  }

  /** Looks whether a decision could be taken now, without taking it. @throws Fault as {@link decide}. */
  mayDecide(portfolio: PortfolioId, decided: Decided): void {
    assertDecidable(this.#snapshot(portfolio), decided, this.ports.clock.now())
  }

  /** Books cash in (positive) or out. */
  async deposit(portfolio: PortfolioId, amount: Money, cause: string, key?: Key, by?: Confirmed): Promise<Staged> {
    const view = universeView(this.ports.market.view(this.ports.clock.now()), this.#snapshot(portfolio))
    return this.#take(portfolio, { type: 'deposited', amount, view, ...by }, cause, key ?? null)
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
        return tell(this.host, portfolio, { type: 'marked', view: seen }, view.session)
      }),
    )
  }

  /** See {@link reconcile}; `between` waits between two looks, so that what is on its way can arrive. */
  reconcile(portfolio: PortfolioId, between = atOnce): Promise<Comparison> {
    return reconcile(portfolio, { ...this.ports, host: this.host, sink: this.#sink, between })
  }

  /** What {@link adjust} would book now. Books what the gateway did unheard; else nothing. Faults as {@link proposed}. */
  adjustment(portfolio: PortfolioId, actor: string, reason: string, between = atOnce): Promise<Proposed> {
    return proposed(portfolio, { ...this.ports, host: this.host, sink: this.#sink, between }, { actor, reason })
  }

  /** Brings a halted portfolio's books into agreement with its gateway; journaled with who, why and every change. */
  adjust(portfolio: PortfolioId, { fact, given }: Proposed, key: Key = null): Promise<Staged> {
    return this.#take(portfolio, fact, `adjust ${fact.actor}`, key, given)
  }

  /** True when every event is on disk and every request answered; timers may still be waiting. */
  idle(): boolean {
    return this.host.idle() && this.#dispatcher.idle() && this.#terms.idle() && this.ports.gateway.idle()
  }

  /** Takes no more events, finishes the transaction under way, leaves orders as they are. */
  async stop(): Promise<void> {
    this.#timers.stop()
    this.#terms.stop()
    this.#disconnect?.()
    await this.host.stop()
  }

  /** A step is on disk: follow its timers, carry out its requests, tell the listener. */
  #act(staged: Staged): void {
    const { portfolio, entry, after, commit } = staged
    this.#steps += 1
    this.#timers.follow(portfolio, commit)
    if (this.#ownership.has(portfolio)) this.#terms.follow(staged)
    if (entry.event.type === 'reconciled') {
      this.#ownership.gain(portfolio, this.ports.journal.head(portfolio).seq)
      this.#terms.say(staged) // a halt since the take-over told it, the comparison's own among them
      for (const { effect } of this.ports.journal.recover(portfolio).outbox)
        this.#dispatcher.perform(portfolio, effect, true)
    } else if (this.#ownership.carriesOut(portfolio, entry.seq) && after.value.ownership === 'ready')
      for (const effect of entry.effects.filter(isRequest)) this.#dispatcher.perform(portfolio, effect)
    this.#listener(staged)
  }

  /** Delivers what a person asked for; a request's key goes into the inbox with it and ends the entry's cause. */
  #take(portfolio: PortfolioId, fact: PortfolioFact, cause: string, inbox: Key, given?: Given): Promise<Staged> {
    const said = inbox === null ? cause : `${cause} ${inbox.key}`
    return this.host.deliver(portfolio, fact, said, { answers: [], inbox }, given)
  }

  #snapshot(portfolio: PortfolioId): PortfolioSnapshot {
    const snapshot = this.host.snapshot(portfolio)
    if (snapshot === undefined) throw new RangeError(`${portfolio} is not hosted`)
    return snapshot
  }
}
