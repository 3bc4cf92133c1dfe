import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Journal, Snapshot } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import { InvariantBroken } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { Actor, type Staged } from './actor.js'
import { type Given, isGiven, type Mail, type Proposal, type Told } from './mail.js'
import type { Origin } from './record.js'
import { recoverState } from './recover.js'
import { Room, type RoomLimits } from './room.js'
import type { Traffic } from './traffic.js'
import { VersionConflict } from './version-conflict.js'

/** Events of one journal transaction at most. */
const BATCH = 128

/** What the host needs and whom it tells. */
export interface HostPorts {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Log
  /** Called for each step once it is on disk, in order: the place to act on its effects and to measure. */
  readonly onDurable: (staged: Staged) => void
  /** Told how long each journal transaction took to be durable, seconds. */
  readonly onCommit?: (seconds: number) => void
  /** Events that may wait; default: what a daemon holds without strain. */
  readonly room?: RoomLimits
  /** Counts what is sent: facts get their figures as their step is worked out, behind all that waited before. */
  readonly traffic?: Traffic
  /** Told of an event that was turned away for want of room. */
  readonly onShed?: (portfolio: PortfolioId, type: PortfolioFact['type']) => void
  /** Called once when the journal can no longer be written: the process must end. */
  readonly onFatal: (error: unknown) => void
}

/** What was worked out and is not yet on disk. */
interface Worked {
  readonly mail: Mail
  readonly staged: readonly Staged[]
}

const INTERNAL: Origin = { answers: [], inbox: null }

/**
 * Hosts the portfolios of one journal: takes events, works out the step, writes it, then tells. Whatever comes while one
 * transaction is being written is worked out meanwhile and goes into the next together (group commit).
 * Source: design engine.md sections 1–2.
 */
export class Host {
  readonly #actors = new Map<PortfolioId, Actor>()
  readonly #room: Room
  #mailbox: Mail[] = []
  /** Someone will look into the mailbox in this turn. */
  #called = false
  #worked: Worked[] = []
  #writing = false
  #stopped: Error | null = null
  #waiters: (() => void)[] = []
  #parting: Promise<void> = Promise.resolve()
  /** The journal can no longer be written. */
  #broken = false

  constructor(private readonly ports: HostPorts) {
    this.#room = new Room(ports.room)
    for (const id of ports.journal.portfolios()) {
      const stored = ports.journal.recover(id)
      const { snapshot } = recoverState(id, stored)
      this.#actors.set(id, new Actor(id, snapshot, ports.journal.head(id), stored.snapshot?.seq))
    }
  }

  /** Who counts what is sent; undefined where nobody does. */
  get traffic(): Traffic | undefined {
    return this.ports.traffic
  }

  /** Portfolios hosted, in id order. */
  get portfolios(): readonly PortfolioId[] {
    return [...this.#actors.keys()].sort()
  }

  /** The newest state of a portfolio, or undefined when it was never created. */
  snapshot(portfolio: PortfolioId): PortfolioSnapshot | undefined {
    return this.#actors.get(portfolio)?.snapshot
  }

  /** Version of that state, steps not yet on disk included; 0 for a portfolio that was never created. */
  version(portfolio: PortfolioId): number {
    return this.#actors.get(portfolio)?.version ?? 0
  }

  /** Events that are not yet on disk. */
  get waiting(): number {
    return this.#room.waiting
  }

  /** Why no new run may begin, null when it may: too many events wait. */
  get strain(): string | null {
    return this.#room.strain
  }

  /**
   * Hands a portfolio an event; resolves once its step is on disk (invariant I9).
   * @throws Fault `OVERLOADED` (safe): of the events that wait too many do, and this one gives way. What `given` throws.
   */
  async deliver(
    portfolio: PortfolioId,
    fact: PortfolioFact,
    cause: string,
    origin: Origin = INTERNAL,
    given: Given | null = null,
  ): Promise<Staged> {
    const [staged] = await this.#post(portfolio, [{ fact, cause, origin }], null, given)
    return staged as Staged
  }

  /**
   * Hands a portfolio several events as one transaction; resolves once all are on disk. A proposal that fails changes
   * nothing and halts nobody.
   * @throws VersionConflict, InvariantBroken, or what its check throws.
   */
  propose(portfolio: PortfolioId, { events, expectedVersion, check }: Proposal): Promise<readonly Staged[]> {
    return this.#post(portfolio, events, { expectedVersion, check })
  }

  #post(
    portfolio: PortfolioId,
    events: readonly Told[],
    terms: Mail['terms'],
    given: Given | null = null,
  ): Promise<readonly Staged[]> {
    if (this.#stopped !== null) return Promise.reject(this.#stopped)
    try {
      for (const { fact } of events) this.#room.admit(portfolio, fact.type)
    } catch (error) {
      this.ports.onShed?.(portfolio, events[0]!.fact.type)
      return Promise.reject(error)
    }
    this.#room.change(portfolio, events.length)
    return new Promise((resolve, reject) => {
      this.#mailbox.push({ portfolio, events, terms, given, resolve, reject })
      if (this.#called) return
      this.#called = true
      queueMicrotask(() => this.#work())
    })
  }

  /** True when nothing waits and nothing is being written. */
  idle(): boolean {
    return !this.#writing && !this.#called && this.#mailbox.length === 0
  }

  /** Takes no more events; resolves when those taken are on disk, and the states with them: the next start replays nothing. */
  async stop(): Promise<void> {
    if (this.#stopped === null) {
      this.#stopped = new Fault('STOPPING', 'the engine is stopping', 'safe')
      this.#parting = this.#part()
    }
    await this.#parting
  }

  async #part(): Promise<void> {
    if (!this.idle()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    const actors = [...this.#actors.values()]
    for (let from = 0; from < actors.length && !this.#broken; from += BATCH) {
      const states = actors.slice(from, from + BATCH).flatMap((actor): [PortfolioId, Snapshot][] => {
        const state = actor.unsaved()
        return state === null ? [] : [[actor.id, state]]
      })
      try {
        if (states.length > 0) await this.ports.journal.save(new Map(states))
      } catch (error) {
        // Nothing is lost: the next start replays.
        this.ports.log.warn({ error: String(error) }, 'states were not saved')
        return
      }
    }
  }

  /** Works out what waits, as much as the next transaction takes. */
  #work(): void {
    this.#called = false
    while (this.#mailbox.length > 0 && this.#worked.length < BATCH)
      for (const mail of this.#mailbox.splice(0, BATCH - this.#worked.length)) {
        const staged = this.#stage(mail)
        if (staged === null) this.#room.change(mail.portfolio, -mail.events.length)
        else this.#worked.push({ mail, staged })
      }
    if (!this.#writing) void this.#write()
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#worked.length > 0) {
      const batch = this.#worked.splice(0)
      const started = performance.now()
      try {
        await this.ports.journal.commit(batch.flatMap(({ staged }) => staged.map(({ commit }) => commit)))
        for (const { mail } of batch) this.#room.change(mail.portfolio, -mail.events.length)
        this.ports.onCommit?.((performance.now() - started) / 1000)
      } catch (error) {
        return this.#fail(error, batch)
      }
      for (const { mail, staged } of batch) {
        for (const step of staged) this.ports.onDurable(step)
        mail.resolve(staged)
      }
      this.#work() // the mailbox had more than the transaction could take
    }
    this.#rest()
  }

  /** Nothing is being written any more: whoever waits for that may go on. */
  #rest(): void {
    this.#writing = false
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** Works out the steps; a failed assertion halts that portfolio, unless it was proposed, and leaves its state as it was. */
  #stage(mail: Mail): readonly Staged[] | null {
    const { portfolio, events, terms } = mail
    const actor = this.#actors.get(portfolio) ?? new Actor(portfolio)
    if (!isGiven(mail, actor)) return null
    const back = actor.mark()
    try {
      if (terms !== null && actor.version !== terms.expectedVersion)
        throw new VersionConflict(portfolio, terms.expectedVersion, actor.version)
      const now = this.ports.clock.now()
      const { traffic } = this.ports
      const whole = (fact: PortfolioFact): PortfolioFact => traffic?.complete(portfolio, fact, now) ?? fact
      const staged = events.map(({ fact, cause, origin }) => actor.stage(whole(fact), now, cause, origin))
      terms?.check(actor.snapshot)
      this.#actors.set(portfolio, actor)
      for (const { entry } of staged) traffic?.note(entry)
      return staged
    } catch (error) {
      back()
      mail.reject(error)
      if (terms === null) this.#halt(actor, events[0] as Told, error)
      return null
    }
  }

  /** A failed assertion stops its portfolio. */
  #halt(actor: Actor, { fact, cause }: Told, error: unknown): void {
    const portfolio = actor.id
    this.ports.log.error({ portfolio, event: fact.type, cause, error: String(error) }, 'assertion failed')
    const known = this.#actors.has(portfolio) && fact.type !== 'faulted'
    if (!known || actor.snapshot.value.permission === 'halted') return
    const reason = error instanceof InvariantBroken ? error.message : String(error)
    this.deliver(portfolio, { type: 'faulted', reason, event: fact.type }, 'assertion').catch(() => undefined)
  }

  #fail(error: unknown, batch: readonly Worked[]): void {
    const stopped = error instanceof Error ? error : new Error(String(error))
    this.#stopped = stopped
    this.#broken = true
    const left = [...batch, ...this.#worked.splice(0)].map(({ mail }) => mail)
    for (const mail of [...left, ...this.#mailbox.splice(0)]) {
      this.#room.change(mail.portfolio, -mail.events.length)
      mail.reject(stopped)
    }
    this.#rest()
    this.ports.onFatal(error)
  }
}
