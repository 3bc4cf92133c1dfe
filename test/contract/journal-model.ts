import fc from 'fast-check'
import type { Execution } from '#domain/book/events.js'
import { type Entry, GENESIS } from '#domain/portfolio/entry.js'
import type { Run } from '#domain/run.js'
import type { Commit, Journal, OutboxRow, Snapshot, TimerRow } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import type { PortfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { instant } from '#units/time.js'
import { commitAfter, executionOf, PORTFOLIOS, runOf, START } from './journal-samples.js'

/** One random step: what a commit changes, not yet chained. */
export interface Step {
  readonly portfolio: PortfolioId
  readonly cents: number
  readonly put: readonly string[]
  readonly remove: readonly string[]
  readonly inbox: readonly string[]
  readonly snapshot: boolean
  readonly run: number | null
  readonly execution: boolean
}

const name = fc.constantFrom('solve:1', 'solve:2', 'submit:A', 'zß-€', '\u{1f600}')

const step: fc.Arbitrary<Step> = fc.record({
  portfolio: fc.constantFrom(...PORTFOLIOS),
  cents: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  put: fc.uniqueArray(name, { maxLength: 3 }),
  remove: fc.uniqueArray(name, { maxLength: 3 }),
  inbox: fc.uniqueArray(name, { maxLength: 2 }),
  snapshot: fc.boolean(),
  run: fc.option(fc.integer({ min: 1, max: 12 })),
  execution: fc.boolean(),
})

/** Batches of steps: each inner list is written in one transaction. */
export const batches: fc.Arbitrary<readonly (readonly Step[])[]> = fc.array(fc.array(step, { maxLength: 5 }), {
  maxLength: 8,
})

interface Portfolio {
  readonly entries: Entry[]
  readonly outbox: Map<string, OutboxRow>
  readonly timers: Map<string, TimerRow>
  readonly inbox: Map<string, string>
  readonly runs: Map<number, Run>
  readonly executions: Execution[]
  snapshot: Snapshot | null
}

/** What a journal should hold, kept in plain maps. */
export class JournalModel {
  private readonly books = new Map<PortfolioId, Portfolio>()

  /** Chains a step, remembers it and returns the commit that writes it. */
  apply(step: Step): Commit {
    const { portfolio } = step
    const book = this.books.get(portfolio) ?? emptyPortfolio()
    this.books.set(portfolio, book)
    const commit = commitOf(step, book.entries.at(-1) ?? { seq: 0, hash: GENESIS })
    book.entries.push(commit.entry)
    for (const key of commit.outboxRemove) book.outbox.delete(key)
    for (const key of commit.timersRemove) book.timers.delete(key)
    for (const row of commit.outboxPut) book.outbox.set(row.key, row)
    for (const row of commit.timersPut) book.timers.set(row.timer, row)
    for (const { key, digest } of commit.inboxPut) book.inbox.set(key, digest)
    if (commit.run !== null) book.runs.set(commit.run.number, commit.run)
    if (commit.execution !== null) book.executions.push(commit.execution)
    book.snapshot = commit.snapshot ?? book.snapshot
    return commit
  }

  /** Everything the model knows, in one comparable text. */
  describe(): string {
    return encode(
      this.sorted().map(([portfolio, book]) => ({
        portfolio,
        entries: book.entries,
        after: book.entries.slice(book.snapshot?.seq ?? 0),
        snapshot: book.snapshot,
        outbox: byKey(book.outbox),
        timers: byKey(book.timers),
        inbox: byKey(book.inbox),
        runs: [...book.runs].sort(([a], [b]) => a - b).map(([, run]) => run),
        executions: book.executions,
      })),
    )
  }

  /** What a journal answers, in the words of {@link describe}. */
  describeJournal(journal: Journal): string {
    return encode(
      journal.portfolios().map((portfolio) => {
        const { snapshot, entries: after, outbox, timers } = journal.recover(portfolio)
        const keys = [...(this.books.get(portfolio)?.inbox ?? new Map<string, string>())].map(([key]) => key)
        const inbox = new Map(keys.map((key): [string, string] => [key, journal.inbox(portfolio, key) ?? 'absent']))
        const runs = journal.runs(portfolio).map((run) => journal.run(portfolio, run.id))
        return {
          portfolio,
          entries: journal.entries(portfolio, 1, Number.POSITIVE_INFINITY),
          after,
          snapshot,
          outbox,
          timers,
          inbox: byKey(inbox),
          runs,
          executions: journal.executions(portfolio),
        }
      }),
    )
  }

  private sorted(): [PortfolioId, Portfolio][] {
    return [...this.books].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

function commitOf(step: Step, prev: Pick<Entry, 'seq' | 'hash'>): Commit {
  const { portfolio, put, remove } = step
  const seq = prev.seq + 1
  const fact = { type: 'permitted', to: 'active', reason: `${step.cents}`, actor: 'model' } as const
  return commitAfter(portfolio, prev, fact, {
    outboxPut: put.map((key) => ({ key, effect: { type: 'observe', request: `${seq}` } })),
    outboxRemove: remove,
    timersPut: put.map((timer) => ({ timer, at: instant(START + step.cents) })),
    timersRemove: remove,
    inboxPut: step.inbox.map((key) => ({ key, digest: `digest of ${key}` })),
    snapshot: step.snapshot ? { seq, text: encode({ cash: money(`${step.cents}.07`), seq }) } : null,
    run: step.run === null ? null : runOf(portfolio, step.run, `at ${seq}`),
    execution: step.execution ? executionOf(seq) : null,
  })
}

const emptyPortfolio = (): Portfolio => ({
  entries: [],
  outbox: new Map(),
  timers: new Map(),
  inbox: new Map(),
  runs: new Map(),
  executions: [],
  snapshot: null,
})

const byKey = <T>(rows: ReadonlyMap<string, T>): readonly T[] =>
  [...rows].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([, row]) => row)
