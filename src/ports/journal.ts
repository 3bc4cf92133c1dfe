import type { Execution } from '#domain/book/events.js'
import type { Request } from '#domain/portfolio/effect.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Run } from '#domain/run.js'
import type { PortfolioId, RunId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Sealed } from './sealed.js'

/** A request the world has not answered yet. */
export interface OutboxRow {
  readonly key: string
  readonly effect: Request
}

/** A deadline. */
export interface TimerRow {
  readonly timer: string
  readonly at: Instant
}

/** A saved state: canonical text of statechart position and context, right after entry `seq`. */
export interface Snapshot {
  readonly seq: number
  readonly text: string
}

/** All that one event of one portfolio changes; written as a whole or not at all. */
export interface Commit {
  readonly entry: Entry
  readonly outboxPut: readonly OutboxRow[]
  readonly outboxRemove: readonly string[]
  readonly timersPut: readonly TimerRow[]
  readonly timersRemove: readonly string[]
  /** Dedupe key and content digest of what came from outside. */
  readonly inboxPut: readonly { readonly key: string; readonly digest: string }[]
  readonly snapshot: Snapshot | null
  /** Query indexes, derivable from the entries. */
  readonly run: Run | null
  readonly execution: Execution | null
}

/** What is stored of one portfolio. */
export interface Recovered {
  readonly snapshot: Snapshot | null
  /** Entries after the snapshot, in order. */
  readonly entries: readonly Entry[]
  readonly outbox: readonly OutboxRow[]
  readonly timers: readonly TimerRow[]
}

/** Result of checking a portfolio's chain. */
export type Verification =
  | {
      readonly ok: true
      readonly portfolio: PortfolioId
      /** Entries walked; the sealed ones are not among them. */
      readonly entries: number
      readonly head: string
      /** Where the chain begins, when entries are sealed that were not looked at. */
      readonly sealed?: { readonly seq: number; readonly segment: string }
    }
  | {
      readonly ok: false
      readonly portfolio: PortfolioId
      /** The first sequence that does not verify. */
      readonly seq: number
      /** `corrupt`: bytes changed, or a seal is gone; `truncated`: entries are missing at the end; `gap`: one is missing inside. */
      readonly kind: 'corrupt' | 'truncated' | 'gap'
      readonly message: string
    }

/**
 * The only truth: an append-only, hash-chained history per portfolio with its outbox, inbox, timers and snapshots.
 * Faults: `JOURNAL_LOCKED` (never; data names the owner's pid and since when), `JOURNAL_VERSION` (never),
 * `JOURNAL_CORRUPT` (never), `ENTRIES_SEALED` (never; data names the segment), `JOURNAL_WRITE_FAILED` (never: the
 * process must end).
 */
export interface Journal {
  portfolios(): readonly PortfolioId[]
  recover(portfolio: PortfolioId): Recovered
  /** Writes all commits in one transaction; resolves once they are on disk. At most one call at a time. */
  commit(commits: readonly Commit[]): Promise<void>
  /**
   * Saves states as they are after each portfolio's last entry, in one transaction, so that the next start replays
   * nothing. At most one call at a time, of this or of `commit`. Breaks I5 on a state that the last entry does not attest.
   */
  save(states: ReadonlyMap<PortfolioId, Snapshot>): Promise<void>
  /** Content digest stored under a dedupe key. */
  inbox(portfolio: PortfolioId, key: string): string | undefined
  head(portfolio: PortfolioId): { readonly seq: number; readonly hash: string }
  /** What stands for the entries that were moved into segments; null when the chain begins with entry 1. */
  seal(portfolio: PortfolioId): Sealed | null
  /** Entries from `fromSeq`, at most `limit`. @throws Fault `ENTRIES_SEALED` when the first of them is in a segment. */
  entries(portfolio: PortfolioId, fromSeq: number, limit: number): readonly Entry[]
  runs(portfolio: PortfolioId): readonly Run[]
  run(portfolio: PortfolioId, id: RunId): Run | undefined
  /** All executions booked, in booking order. */
  executions(portfolio: PortfolioId): readonly Execution[]
  verify(portfolio: PortfolioId): Verification
  /** Writes a row that means nothing; resolves once it is on disk. Shows that commits still get through. */
  probe(): Promise<void>
  /** Flushes and releases the lock. */
  close(): Promise<void>
}
