import { resolve } from 'node:path'
import type { Commit, Journal, Snapshot } from '#ports/journal.js'
import { hold } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { lockDirectory, lockedBy, ownerOfDirectory } from './lock.js'
import { type JournalReader, journalReader, snapshotSequences } from './readings.js'
import { makeDirectory, openStores, type Stores } from './stores.js'
import { type Batch, planBatch, planSaves } from './writes.js'

/** How to open a journal. */
export interface JournalOptions {
  /** Directory of the journal, on a local file system; created when absent. */
  readonly dir: string
  /** Address space mapped at first, bytes; no cap, the file grows as needed. Default 256 MiB. */
  readonly mapSize?: number
  /** Version of the program that writes; kept in the journal for people. */
  readonly machineVersion?: string
  /** A commit not on disk after this time counts as failed, milliseconds. Default 30 000. */
  readonly commitTimeoutMs?: number
  /** Told once, before the commit that failed rejects: the process must end. */
  readonly onWriteFailure?: (fault: Fault) => void
}

/** A journal that only answers questions; every read sees the state at that moment. */
export interface ReadableJournal extends JournalReader {
  close(): Promise<void>
}

const MAP_SIZE = 256 * 1024 * 1024
const COMMIT_TIMEOUT_MS = 30_000

/**
 * Opens a directory's journal for this process alone, on LMDB: one write transaction per commit call, acknowledged
 * after fdatasync. After the first write error it refuses everything (going on after one can corrupt memory, ending
 * loses nothing) and keeps the lock until the process ends.
 * @throws Fault `JOURNAL_LOCKED`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`. Source: design engine.md section 2.
 */
export function openJournal(options: JournalOptions): Journal {
  const dir = resolve(options.dir)
  makeDirectory(dir)
  const lock = lockDirectory(dir)
  try {
    const { mapSize = MAP_SIZE, machineVersion = '' } = options
    const stores = openStores({ dir, readOnly: false, mapSize, machineVersion })
    return new LmdbJournal(stores, options, () => lock.release()).journal()
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Opens a journal for tools, without taking it; meant for when no engine runs.
 * @throws Fault `JOURNAL_LOCKED` naming the live owner, `JOURNAL_MISSING` when there is none, `JOURNAL_VERSION`.
 */
export function openJournalForReading(options: { readonly dir: string }): ReadableJournal {
  const dir = resolve(options.dir)
  const missing = new Fault('JOURNAL_MISSING', `${dir} holds no journal`, 'never', { dir })
  const owner = existing(() => ownerOfDirectory(dir), missing)
  if (owner !== undefined) throw lockedBy(dir, owner)
  const stores = openStores({ dir, readOnly: true, mapSize: 0, machineVersion: '' })
  return { ...journalReader(stores), close: stores.close }
}

/** The writing side: at most one commit at a time, and none after a failure. */
class LmdbJournal {
  private readonly reader: JournalReader
  private writing = false
  private failure: Fault | null = null
  private closing: Promise<void> | null = null

  constructor(
    private readonly stores: Stores,
    private readonly options: JournalOptions,
    private readonly release: () => void,
  ) {
    this.reader = journalReader(stores)
  }

  journal(): Journal {
    const guarded = <Args extends readonly unknown[], T>(read: (...args: Args) => T) => {
      return (...args: Args): T => {
        this.usable()
        return read(...args)
      }
    }
    const { reader } = this
    return {
      portfolios: guarded(reader.portfolios),
      recover: guarded(reader.recover),
      inbox: guarded(reader.inbox),
      head: guarded(reader.head),
      seal: guarded(reader.seal),
      entries: guarded(reader.entries),
      runs: guarded(reader.runs),
      run: guarded(reader.run),
      executions: guarded(reader.executions),
      verify: guarded(reader.verify),
      commit: (commits) => this.commit(commits),
      save: (states) => this.save(states),
      probe: async () => {
        this.usable()
        await this.stores.meta.put('probe', new Date().toISOString())
      },
      close: () => this.close(),
    }
  }

  private usable(): void {
    if (this.failure !== null) throw this.failure
    hold(this.closing === null, 'journal-closed', () => 'the journal is closed')
  }

  private async commit(commits: readonly Commit[]): Promise<void> {
    this.usable()
    hold(!this.writing, 'journal-one-writer', () => 'a commit began before the one before it ended')
    if (commits.length > 0) await this.write(planBatch(commits, { ...this.reader, snapshots: this.snapshots }))
  }

  private async save(states: ReadonlyMap<PortfolioId, Snapshot>): Promise<void> {
    this.usable()
    hold(!this.writing, 'journal-one-writer', () => 'states are saved while a commit is being written')
    const batch = planSaves(states, { ...this.reader, snapshots: this.snapshots })
    if (batch.writes.length > 0) await this.write(batch)
  }

  private readonly snapshots = (portfolio: PortfolioId): readonly number[] => snapshotSequences(this.stores, portfolio)

  private async write(batch: Batch): Promise<void> {
    this.writing = true
    try {
      await inTime(write(this.stores, batch), this.options.commitTimeoutMs ?? COMMIT_TIMEOUT_MS)
    } catch (error) {
      this.failure = await writeFailed(error)
      this.options.onWriteFailure?.(this.failure)
      throw this.failure
    } finally {
      this.writing = false
    }
  }

  private close(): Promise<void> {
    // After a write error the environment is left alone, lock included: only the process's end lets go of it safely.
    if (this.failure !== null) return Promise.resolve()
    hold(!this.writing, 'journal-one-writer', () => 'closed while a commit is being written')
    this.closing ??= (async () => {
      await this.stores.close()
      this.release()
    })()
    return this.closing
  }
}

/**
 * Queues every row of a batch as one transaction of the writer thread, which aborts the whole of it on any error.
 * Resolves after fdatasync. (A callback transaction would keep the rows written before an error.)
 */
export function write(stores: Stores, batch: Batch): Promise<boolean> {
  const queued: Promise<boolean>[] = []
  const whole = stores.root.batch(() => {
    for (const { store, key, text } of batch.writes)
      queued.push(text === null ? stores[store].remove(key) : stores[store].put(key, text))
    for (const [portfolio, head] of batch.heads) queued.push(stores.heads.put(portfolio, encode(head)))
    for (const [key, text] of batch.meta ?? []) queued.push(stores.meta.put(key, text))
  })
  return Promise.all([whole, ...queued]).then(() => true)
}

async function inTime(written: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not on disk after ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([written, late])
  } finally {
    clearTimeout(timer)
  }
}

/** LMDB rejects with a generic error whose `commitError` rejects with the cause, at the latest in the same turn. */
export async function writeFailed(error: unknown): Promise<Fault> {
  const { commitError } = error as { commitError?: PromiseLike<unknown> }
  const turnEnd = new Promise<unknown>((end) => setImmediate(end, error))
  const cause: unknown =
    commitError === undefined
      ? error
      : await Promise.race([
          commitError.then(
            () => error,
            (real: unknown) => real,
          ),
          turnEnd,
        ])
  return new Fault('JOURNAL_WRITE_FAILED', `journal write failed: ${String(cause)}`, 'never', { cause: String(cause) })
}

function existing<T>(read: () => T, missing: Fault): T {
  try {
    return read()
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? missing : error
  }
}
