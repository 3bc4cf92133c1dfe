import type { PortfolioPolicy } from '#domain/policy.js'
import type { Change } from '#domain/portfolio/diff.js'
import type { Clock } from '#ports/clock.js'
import type { Journal } from '#ports/journal.js'
import type { Incarnation, PortfolioId } from '#units/ids.js'
import { accept } from '#units/outcome.js'
import type { Instant } from '#units/time.js'
import type { Host } from './host.js'
import { diffVersions, type StateVersion, stateAt, versionOf } from './state-at.js'
import { conflict, refusalOf, refused, type StateOutcome } from './state-refusal.js'
import { StateTransaction } from './transaction.js'
import { assertUniverse } from './universe.js'
import { VersionConflict } from './version-conflict.js'

/** What a repository works on. */
export interface RepositoryParts {
  readonly host: Host
  readonly journal: Journal
  readonly clock: Clock
  /** Whether fills may be applied by hand: only where no engine runs over the same journal. */
  readonly takesFills: boolean
}

/** One line of a portfolio's history: a version, what led to it, and the hash that attests it. */
export interface HistoryRow {
  readonly version: number
  readonly at: Instant
  readonly event: string
  readonly cause: string
  readonly hash: string
}

/** Who acts, and why: part of the journal for good. */
export interface Act {
  readonly actor: string
  readonly reason: string
}

const SOMEBODY: Act = { actor: 'library', reason: '' }

/**
 * Portfolio states as versions over the journal, for library users and the engine alike: a version is the sequence of
 * the entry that led to it, in the same hash chain. Nothing here ever rewinds, and nothing un-books a fill (ADR 0018).
 * Refusals are values; faults of the journal are thrown.
 * Source: design engine.md section 1.
 */
export class PortfolioStateRepository {
  constructor(private readonly parts: RepositoryParts) {}

  /** Portfolios there are, in id order. */
  get portfolios(): readonly PortfolioId[] {
    return this.parts.host.portfolios
  }

  /** Creates an empty portfolio at version 1. */
  async create(
    policy: PortfolioPolicy,
    incarnation: Incarnation,
    act: Act = SOMEBODY,
  ): Promise<StateOutcome<StateVersion>> {
    if (this.parts.host.snapshot(policy.id) !== undefined)
      return refused('PORTFOLIO_EXISTS', `there is a portfolio ${policy.id}`)
    const staged = await this.parts.host.deliver(policy.id, { type: 'created', policy, incarnation }, causeOf(act))
    return accept(versionOf(policy.id, staged.entry.seq, staged.entry.hash, staged.after))
  }

  /** The newest durable state: what a transaction begins from. */
  snapshot(portfolio: PortfolioId): StateOutcome<StateVersion> {
    return this.at(portfolio, this.parts.journal.head(portfolio).seq)
  }

  /** The state at an earlier version. */
  at(portfolio: PortfolioId, version: number): StateOutcome<StateVersion> {
    if (this.parts.host.snapshot(portfolio) === undefined) return unknownPortfolio(portfolio)
    try {
      const found = stateAt(this.parts.journal, portfolio, version)
      return found === undefined ? unknownVersion(portfolio, version) : accept(found)
    } catch (error) {
      return refusalOf(error)
    }
  }

  /** Begins a transaction on the version it is based on; refused at once when the portfolio has moved on from it. */
  begin(
    portfolio: PortfolioId,
    { expectedVersion, ...act }: { readonly expectedVersion: number } & Partial<Act>,
  ): StateOutcome<StateTransaction> {
    const base = this.snapshot(portfolio)
    if (!base.ok) return base
    const { host, journal, clock, takesFills } = this.parts
    const actual = host.version(portfolio)
    if (base.value.version !== expectedVersion || actual !== expectedVersion)
      return conflict(new VersionConflict(portfolio, expectedVersion, actual))
    const snapshot = host.snapshot(portfolio)
    if (snapshot === undefined) return unknownPortfolio(portfolio)
    const booked = (key: string): string | undefined => journal.inbox(portfolio, key)
    const cause = causeOf({ ...SOMEBODY, ...act })
    return accept(new StateTransaction(base.value, snapshot, { host, clock, booked, takesFills, cause }))
  }

  /**
   * Goes back to the decisions of an earlier version (policy, effective targets) as a new, higher version. Books, runs,
   * permission and order ids stay as they are: they are what happened. Refused in the middle of a run, whose orders are
   * under way, and when the earlier universe leaves out what is held now.
   */
  async restore(
    portfolio: PortfolioId,
    version: number,
    { expectedVersion, ...given }: { readonly expectedVersion?: number } & Partial<Act> = {},
  ): Promise<StateOutcome<StateVersion>> {
    const now = this.snapshot(portfolio)
    if (!now.ok) return now
    const then = this.at(portfolio, version)
    if (!then.ok) return then
    if (now.value.lifecycle !== 'watching')
      return refused('RUN_IN_PROGRESS', `${portfolio} is ${now.value.lifecycle}: its orders are under way`)
    const { policy, effective } = then.value.state
    const act = { ...SOMEBODY, ...given }
    const fact = { type: 'restored', version, hash: then.value.hash, policy, effective, ...act } as const
    const origin = { answers: [], inbox: null }
    try {
      const [staged] = await this.parts.host.propose(portfolio, {
        events: [{ fact, cause: causeOf(act), origin }],
        expectedVersion: expectedVersion ?? now.value.version,
        check: (after) => assertUniverse(policy, after),
      })
      return accept(versionOf(portfolio, staged!.entry.seq, staged!.entry.hash, staged!.after))
    } catch (error) {
      return refusalOf(error)
    }
  }

  /** What differs from one version to another. */
  diff(portfolio: PortfolioId, from: number, to: number): StateOutcome<readonly Change[]> {
    if (this.parts.host.snapshot(portfolio) === undefined) return unknownPortfolio(portfolio)
    try {
      const changes = diffVersions(this.parts.journal, portfolio, from, to)
      if (changes !== undefined) return accept(changes)
    } catch (error) {
      return refusalOf(error)
    }
    const { seq } = this.parts.journal.head(portfolio)
    return unknownVersion(portfolio, from >= 1 && from <= seq ? to : from)
  }

  /** Versions from one on (the first that is not sealed), oldest first. @throws Fault `ENTRIES_SEALED` for an earlier one. */
  history(
    portfolio: PortfolioId,
    from = this.#first(portfolio),
    limit = Number.POSITIVE_INFINITY,
  ): readonly HistoryRow[] {
    return this.parts.journal
      .entries(portfolio, from, limit)
      .map(({ seq, at, event, hash }) => ({ version: seq, at, event: event.type, cause: event.cause, hash }))
  }

  #first(portfolio: PortfolioId): number {
    return (this.parts.journal.seal(portfolio)?.seq ?? 0) + 1
  }
}

const causeOf = ({ actor, reason }: Act): string => (reason === '' ? actor : `${actor}: ${reason}`)

const unknownPortfolio = (portfolio: PortfolioId) => refused('PORTFOLIO_UNKNOWN', `there is no portfolio ${portfolio}`)

const unknownVersion = (portfolio: PortfolioId, version: number) =>
  refused('VERSION_UNKNOWN', `${portfolio} has no version ${version}`)
