import { withdrawableCash } from '#domain/book/collateral.js'
import { specsOf } from '#domain/instrument/registry.js'
import { isReset } from '#domain/permission/restraint.js'
import type { PortfolioEvent, PortfolioFact } from '#domain/portfolio/event.js'
import { type PortfolioSnapshot, react } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import { InvariantBroken } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { accept } from '#units/outcome.js'
import type { Host } from './host.js'
import { executionKey } from './intake.js'
import type { Told } from './mail.js'
import { type StateVersion, versionOf } from './state-at.js'
import { Refused, refusalOf, refused, type StateOutcome, type StateRefusal } from './state-refusal.js'
import { assertUniverse } from './universe.js'

/** Facts a transaction may hold: what a person decides or books. The rest is the engine's own. */
export type TransactionFact = Extract<
  PortfolioFact,
  { type: 'configured' | 'deposited' | 'filled' | 'marked' | 'permitted' }
>

/** What a transaction works on. */
export interface TransactionParts {
  readonly host: Pick<Host, 'propose'>
  readonly clock: Clock
  /** Digest of an execution that is booked already. */
  readonly booked: (key: string) => string | undefined
  /** Whether fills may be applied: not over an engine, whose gateway reports them. */
  readonly takesFills: boolean
  /** Who acts and why, for the journal. */
  readonly cause: string
}

/**
 * Changes of one portfolio that become durable together or not at all. Each fact is tried on a private copy at once, so
 * that {@link state} shows what would be; the portfolio itself is untouched until {@link commit}, which holds an
 * optimistic lock: it is refused when anybody has changed the portfolio since the transaction began.
 */
export class StateTransaction {
  readonly #facts: Told[] = []
  readonly #keys = new Set<string>()
  #now: StateVersion
  #snapshot: PortfolioSnapshot
  #broken: StateRefusal | null = null
  #ended = false

  constructor(
    readonly base: StateVersion,
    snapshot: PortfolioSnapshot,
    private readonly parts: TransactionParts,
  ) {
    this.#now = base
    this.#snapshot = snapshot
  }

  /** The state as it would be after what was applied so far; its version is provisional. */
  get state(): StateVersion {
    return this.#now
  }

  /** Adds a fact. One that cannot be applied is refused, and then so is the commit. */
  apply(fact: TransactionFact): StateOutcome<StateVersion> {
    if (this.#ended) return refused('ENDED', 'the transaction was committed or rolled back')
    const { portfolio, version } = this.#now
    try {
      const told = this.#told(fact)
      const event: PortfolioEvent = { ...fact, seq: version + 1, at: this.parts.clock.now(), cause: this.parts.cause }
      const { value, context } = react(this.#snapshot, event)
      this.#facts.push(told)
      this.#snapshot = { value, context }
      this.#now = versionOf(portfolio, version + 1, '', this.#snapshot)
      return accept(this.#now)
    } catch (error) {
      const no = refusalOf(error)
      this.#broken ??= no.refusal
      return no
    }
  }

  /** Validates and journals all of it in one transaction; answers the state that is now on disk. */
  async commit(): Promise<StateOutcome<StateVersion>> {
    if (this.#ended) return refused('ENDED', 'the transaction was committed or rolled back')
    this.#ended = true
    if (this.#broken !== null) return { ok: false, refusal: this.#broken }
    if (this.#facts.length === 0) return refused('NOTHING_APPLIED', 'nothing was applied')
    const { portfolio, version } = this.base
    const withdrawn = this.#facts.some(({ fact }) => fact.type === 'deposited' && fact.amount.isNegative())
    const check = ({ context: { book, policy } }: PortfolioSnapshot): void => {
      // A withdrawal is a decision, so it may be refused; a fill that overdraws has happened (invariant I8). What it may take is
      // what an operator's may but for the reserve: no proceeds that have not settled, nothing promised to open orders, no collateral.
      const free = withdrawableCash({ book, specs: specsOf(policy.universe) })
      if (withdrawn && free.isNegative())
        throw new Refused({ code: 'CASH_SHORT', message: `${portfolio} would have ${free} in cash that is free` })
    }
    try {
      const staged = await this.parts.host.propose(portfolio, { events: this.#facts, expectedVersion: version, check })
      const last = staged.at(-1)
      if (last === undefined) throw new InvariantBroken('commit', `${portfolio}: a commit without a step`)
      return accept(versionOf(portfolio, last.entry.seq, last.entry.hash, last.after))
    } catch (error) {
      return refusalOf(error)
    }
  }

  /** Forgets all of it. Nothing was written, so there is nothing to undo. */
  rollback(): void {
    this.#ended = true
    this.#now = this.base
  }

  #told(fact: TransactionFact): Told {
    const { cause } = this.parts
    if (fact.type === 'configured') assertUniverse(fact.policy, this.#snapshot)
    if (fact.type === 'configured' && this.#now.lifecycle !== 'watching')
      throw new Refused({ code: 'RUN_IN_PROGRESS', message: `${this.base.portfolio} is ${this.#now.lifecycle}` })
    const engine = !this.parts.takesFills
    if (engine && fact.type === 'permitted' && isReset(this.#snapshot.value.permission, fact.to))
      throw new Refused({
        code: 'RESET_TAKES_AGREEMENT',
        message: `undoing what stopped ${this.base.portfolio} takes books that agree with its gateway's: ask the engine`,
      })
    if (fact.type !== 'filled') return { fact, cause, origin: { answers: [], inbox: null } }
    const { portfolio } = this.base
    if (engine)
      throw new Refused({ code: 'FILLS_COME_FROM_THE_GATEWAY', message: `fills of ${portfolio} come from its gateway` })
    const key = executionKey(fact.execution)
    if (this.#keys.has(key) || this.parts.booked(key) !== undefined)
      throw new Refused({ code: 'EXECUTION_BOOKED', message: `execution ${fact.execution.id} is booked already` })
    this.#keys.add(key)
    return { fact, cause, origin: { answers: [], inbox: { key, digest: digest(encode(fact.execution)) } } }
  }
}
