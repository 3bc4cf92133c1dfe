import type { Execution } from '#domain/book/events.js'
import { type Entry, GENESIS } from '#domain/portfolio/entry.js'
import type { Run } from '#domain/run.js'
import type { Journal, OutboxRow, Recovered, Snapshot, TimerRow } from '#ports/journal.js'
import { entriesSealed, type Sealed } from '#ports/sealed.js'
import type { Fault } from '#units/fault.js'
import { type PortfolioId, portfolioId, type RunId } from '#units/ids.js'
import { corrupt, type Head, type Reading, readEntry, readHead, readRow, readSnapshot } from './codec.js'
import { nameKey, nameRange, runNumber, seqKey, seqRange } from './keys.js'
import { readSeal, sealKey } from './seal-row.js'
import { tellingDamage } from './soundness.js'
import { holdsSeals, type Stores } from './stores.js'
import { verifyChain } from './verify.js'
import { EMPTY_HEAD } from './writes.js'

/** What can be asked of a journal without changing it. */
export type JournalReader = Omit<Journal, 'commit' | 'save' | 'probe' | 'close'>

/** Answers from the open databases. Everything read is checked; a failed check throws `JOURNAL_CORRUPT`. */
export function journalReader(stores: Stores): JournalReader {
  const head = (portfolio: PortfolioId): Head => readStoredHead(stores, portfolio)
  return tellingDamage(stores.dir, {
    portfolios: () => [...stores.heads.getKeys()].map(portfolioId),
    head,
    inbox(portfolio, key) {
      const text = stores.inbox.get(nameKey(portfolio, key))
      return text === undefined ? undefined : readRow<string>(text, portfolio, `inbox row ${key}`)
    },
    recover: (portfolio) => recover(stores, portfolio),
    seal: (portfolio) => sealOf(stores, portfolio),
    entries: (portfolio, fromSeq, limit) => chain(stores, portfolio, Math.max(fromSeq, 1), Math.max(limit, 0)),
    runs: (portfolio) => rows<Run>(stores, 'runs', portfolio),
    run(portfolio, id: RunId) {
      const number = runNumber(id)
      const text = number === undefined ? undefined : stores.runs.get(seqKey(portfolio, number))
      return text === undefined ? undefined : readRow<Run>(text, portfolio, id)
    },
    executions: (portfolio) => rows<Execution>(stores, 'executions', portfolio),
    verify(portfolio) {
      const stored = stores.entries.getRange(seqRange(portfolio)).map(({ key, value }) => ({
        seq: key[1] as number,
        text: value,
      }))
      const snapshots = stores.snapshots
        .getRange(seqRange(portfolio))
        .map(({ key, value }): [number, string] => [key[1] as number, value])
      const seal = storedSeal(stores, portfolio) ?? (holdsSeals(stores.meta) ? null : undefined)
      return verifyChain(portfolio, stored, stores.heads.get(portfolio), new Map(snapshots), seal)
    },
  })
}

/** Sequences of a portfolio's stored snapshots, ascending. */
export const snapshotSequences = (stores: Stores, portfolio: PortfolioId): readonly number[] =>
  [...stores.snapshots.getKeys(seqRange(portfolio))].map((key) => key[1] as number)

function readStoredHead(stores: Stores, portfolio: PortfolioId): Head {
  const text = stores.heads.get(portfolio)
  if (text === undefined) return EMPTY_HEAD
  const reading = readHead(text)
  if (!reading.ok) throw corrupt(portfolio, 0, `the head is damaged: ${reading.problem}`)
  return reading.value
}

function recover(stores: Stores, portfolio: PortfolioId): Recovered {
  const head = readStoredHead(stores, portfolio)
  const snapshot = newestSnapshot(stores, portfolio, head.seq)
  const after = snapshot?.seq ?? 0
  const entries = chain(stores, portfolio, after + 1, Number.POSITIVE_INFINITY)
  const end = entries.at(-1)?.hash ?? hashAt(stores, portfolio, after)
  if (after + entries.length !== head.seq)
    throw corrupt(portfolio, after + entries.length + 1, `the head is at ${head.seq}`)
  if (end !== head.hash) throw corrupt(portfolio, head.seq, 'the head has another hash')
  const read = <T>(store: 'outbox' | 'timers'): T[] =>
    [...stores[store].getRange(nameRange(portfolio))].map(({ value }) => readRow<T>(value, portfolio, store))
  return { snapshot, entries, outbox: read<OutboxRow>('outbox'), timers: read<TimerRow>('timers') }
}

function storedSeal({ meta }: Stores, portfolio: PortfolioId): Reading<Sealed> | undefined {
  const text = meta.get(sealKey(portfolio))
  return text === undefined ? undefined : readSeal(text, portfolio)
}

function sealOf(stores: Stores, portfolio: PortfolioId): Sealed | null {
  const seal = storedSeal(stores, portfolio)
  if (seal?.ok === false) throw corrupt(portfolio, 1, `the seal is damaged: ${seal.problem}`)
  return seal?.value ?? null
}

/**
 * The newest snapshot that is the state its entry attests, else the seal's; older ones, or none, mean a longer replay,
 * nothing else.
 */
function newestSnapshot(stores: Stores, portfolio: PortfolioId, lastSeq: number): Snapshot | null {
  for (const seq of snapshotSequences(stores, portfolio).toReversed()) {
    if (seq > lastSeq) continue
    const entry = entryAt(stores, portfolio, seq)
    const reading = readSnapshot(stores.snapshots.get(seqKey(portfolio, seq)) ?? '', entry)
    if (reading.ok) return reading.value
  }
  return sealOf(stores, portfolio)?.state ?? null
}

/** Entries from `fromSeq` on, each checked by itself and against the one before it. */
function chain(stores: Stores, portfolio: PortfolioId, fromSeq: number, limit: number): Entry[] {
  const entries: Entry[] = []
  if (limit === 0) return entries
  let prev: string | undefined
  for (const { key, value } of stores.entries.getRange(seqRange(portfolio, fromSeq))) {
    const seq = fromSeq + entries.length
    if (key[1] !== seq)
      throw (
        sealedBefore(stores, portfolio, seq) ?? corrupt(portfolio, seq, `missing, the next entry is ${String(key[1])}`)
      )
    const reading = readEntry(value, portfolio, seq)
    if (!reading.ok) throw corrupt(portfolio, seq, reading.problem)
    if (reading.value.prev !== (prev ?? hashAt(stores, portfolio, fromSeq - 1)))
      throw corrupt(portfolio, seq, 'it does not carry the hash of the entry before it')
    entries.push(reading.value)
    if (entries.length === limit) break
    prev = reading.value.hash
  }
  return entries
}

/** The fault of asking for an entry that a seal stands for; undefined for any other. */
function sealedBefore(stores: Stores, portfolio: PortfolioId, seq: number): Fault | undefined {
  const seal = sealOf(stores, portfolio)
  return seal !== null && seq <= seal.seq ? entriesSealed(portfolio, seq, seal) : undefined
}

function hashAt(stores: Stores, portfolio: PortfolioId, seq: number): string {
  if (seq === 0) return GENESIS
  const seal = stores.entries.get(seqKey(portfolio, seq)) === undefined ? sealOf(stores, portfolio) : null
  return seal?.seq === seq ? seal.hash : entryAt(stores, portfolio, seq).hash
}

function entryAt(stores: Stores, portfolio: PortfolioId, seq: number): Entry {
  const reading = readEntry(stores.entries.get(seqKey(portfolio, seq)) ?? '', portfolio, seq)
  if (!reading.ok) throw corrupt(portfolio, seq, reading.problem)
  return reading.value
}

function rows<T>(stores: Stores, store: 'runs' | 'executions', portfolio: PortfolioId): T[] {
  // A run is stored under its own number, an execution under the sequence of its entry.
  const seqOf = (key: number | string): number | undefined => (store === 'executions' ? Number(key) : undefined)
  return [...stores[store].getRange(seqRange(portfolio))].map(({ key, value }) =>
    readRow<T>(value, portfolio, store, seqOf(key[1])),
  )
}
