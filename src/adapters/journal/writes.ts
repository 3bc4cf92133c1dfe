import { type Entry, entryText, GENESIS, isSealed, sealOf } from '#domain/portfolio/entry.js'
import { stateHashOf } from '#domain/portfolio/state-hash.js'
import type { Commit, Journal, Snapshot } from '#ports/journal.js'
import { hold } from '#units/assert.js'
import { rememberingEncoder } from '#units/canonical.js'
import type { PortfolioId } from '#units/ids.js'
import { type Head, writeSnapshot } from './codec.js'
import { nameKey, type RowKey, seqKey } from './keys.js'
import { STORE_NAMES, type StoreName } from './stores.js'

/** One row to write; a null text removes it. */
export interface Write {
  readonly store: StoreName
  readonly key: RowKey
  readonly text: string | null
}

/** Everything one transaction changes. */
export interface Batch {
  readonly writes: readonly Write[]
  readonly heads: ReadonlyMap<PortfolioId, Head>
  /** What the journal says of itself; absent when it says nothing new. */
  readonly meta?: ReadonlyMap<string, string>
}

/** What is on disk before the batch. */
export interface Present {
  head(portfolio: PortfolioId): Head
  inbox(portfolio: PortfolioId, key: string): string | undefined
  /** Sequences of the stored snapshots, ascending. */
  snapshots(portfolio: PortfolioId): readonly number[]
}

/** Writes a value as canonical text. */
type Encode = (value: unknown) => string

/** Snapshots kept per portfolio: the newest, and the one before in case the newest cannot be read. */
const SNAPSHOTS_KEPT = 2

/** Head of a portfolio without entries. */
export const EMPTY_HEAD: Head = { seq: 0, hash: GENESIS }

/**
 * Turns commits into rows, all checks done and all text made, so that nothing can throw once writing begins. Several
 * commits of one portfolio follow each other. The text that is hashed is the text that is stored.
 * Rows of one table stand together, so that a large group touches each page once; within a table their order stays.
 * Breaks I5 when an entry does not continue its chain or is not sealed or a snapshot is not the state it attests, I3 when
 * a dedupe key comes with another digest, `journal-key` on a name that cannot be a key, I14 (a RangeError) on a
 * non-finite number.
 */
export function planBatch(commits: readonly Commit[], present: Present): Batch {
  const encode = rememberingEncoder()
  const writes: Write[] = []
  const heads = new Map<PortfolioId, Head>()
  const inbox = new Map<string, string>()
  const snapshots = new Map<PortfolioId, readonly number[]>()
  for (const commit of commits) {
    const { portfolio } = commit.entry
    const text = entryText(commit.entry)
    heads.set(portfolio, chained(commit, heads.get(portfolio) ?? present.head(portfolio), text))
    writes.push(...entryRows(commit, text, encode), ...waitingRows(commit, encode))
    writes.push(...inboxRows(commit, inbox, present, encode))
    if (commit.snapshot !== null) {
      const stored = snapshots.get(portfolio) ?? present.snapshots(portfolio)
      const kept = snapshotRows(commit.entry, commit.snapshot, stored)
      snapshots.set(portfolio, kept.sequences)
      writes.push(...kept.writes)
    }
  }
  return { writes: STORE_NAMES.flatMap((name) => writes.filter(({ store }) => store === name)), heads }
}

/**
 * The rows that save states beside their portfolios' last entries; none for one that is saved already.
 * Breaks I5 on a state of another sequence, or of another hash than its entry carries.
 */
export function planSaves(
  states: ReadonlyMap<PortfolioId, Snapshot>,
  present: Pick<Present, 'snapshots'> & Pick<Journal, 'head' | 'entries'>,
): Batch {
  const writes = [...states].flatMap(([portfolio, snapshot]): Write[] => {
    const { seq } = present.head(portfolio)
    const [entry] = present.entries(portfolio, seq, 1)
    hold(entry !== undefined && snapshot.seq === seq, 'I5', () => `${portfolio}: a state of another entry than ${seq}`)
    const stored = present.snapshots(portfolio)
    return stored.includes(seq) ? [] : snapshotRows(entry, snapshot, stored).writes
  })
  return { writes, heads: new Map() }
}

function chained({ entry, snapshot }: Commit, head: Head, text: string): Head {
  const { portfolio, seq } = entry
  hold(seq === head.seq + 1, 'I5', () => `${portfolio}: entry ${seq} after ${head.seq}`)
  hold(entry.prev === head.hash, 'I5', () => `${portfolio}: entry ${seq} does not follow the head's hash`)
  const seal = sealOf(text)
  const own = seal !== undefined && isSealed(seal) && seal.hash === entry.hash && seal.seq === seq
  hold(own, 'I5', () => `${portfolio}: entry ${seq} does not have its hash`)
  hold(snapshot === null || snapshot.seq === seq, 'I5', () => `${portfolio}: a snapshot of another entry than ${seq}`)
  return { seq, hash: entry.hash }
}

/** The entry and the indexes that can be derived from it. */
function entryRows({ entry, run, execution }: Commit, text: string, encode: Encode): Write[] {
  const { portfolio, seq } = entry
  const rows: Write[] = [{ store: 'entries', key: seqKey(portfolio, seq), text }]
  if (run !== null) rows.push({ store: 'runs', key: seqKey(portfolio, run.number), text: encode(run) })
  if (execution !== null) rows.push({ store: 'executions', key: seqKey(portfolio, seq), text: encode(execution) })
  return rows
}

/** What is waited for; removals first, so that a key both removed and put stays. */
function waitingRows({ entry, outboxPut, outboxRemove, timersPut, timersRemove }: Commit, encode: Encode): Write[] {
  const key = (name: string): RowKey => nameKey(entry.portfolio, name)
  return [
    ...outboxRemove.map((name): Write => ({ store: 'outbox', key: key(name), text: null })),
    ...timersRemove.map((name): Write => ({ store: 'timers', key: key(name), text: null })),
    ...outboxPut.map((row): Write => ({ store: 'outbox', key: key(row.key), text: encode(row) })),
    ...timersPut.map((row): Write => ({ store: 'timers', key: key(row.timer), text: encode(row) })),
  ]
}

function inboxRows({ entry, inboxPut }: Commit, seen: Map<string, string>, present: Present, encode: Encode): Write[] {
  const { portfolio } = entry
  return inboxPut.flatMap(({ key, digest }): Write[] => {
    const row = nameKey(portfolio, key)
    const stored = seen.get(`${portfolio} ${key}`) ?? present.inbox(portfolio, key)
    hold(stored === undefined || stored === digest, 'I3', () => `${portfolio}: ${key} came with two contents`)
    seen.set(`${portfolio} ${key}`, digest)
    return stored === undefined ? [{ store: 'inbox', key: row, text: encode(digest) }] : []
  })
}

function snapshotRows(
  { portfolio, seq, stateHash, v }: Pick<Entry, 'portfolio' | 'seq' | 'stateHash' | 'v'>,
  snapshot: Snapshot,
  stored: readonly number[],
): { readonly writes: Write[]; readonly sequences: readonly number[] } {
  const attested = stateHashOf(snapshot.text, v) === stateHash
  hold(attested, 'I5', () => `${portfolio}: snapshot ${seq} is not the entry's state`)
  const all = [...stored, seq]
  const dropped = all.slice(0, -SNAPSHOTS_KEPT)
  return {
    writes: [
      ...dropped.map((old): Write => ({ store: 'snapshots', key: seqKey(portfolio, old), text: null })),
      { store: 'snapshots', key: seqKey(portfolio, seq), text: writeSnapshot(snapshot) },
    ],
    sequences: all.slice(-SNAPSHOTS_KEPT),
  }
}
