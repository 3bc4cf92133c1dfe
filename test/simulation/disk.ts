import { type JournalReader, journalReader } from '#adapters/journal/readings.js'
import type { StoreName, Stores } from '#adapters/journal/stores.js'
import { type Batch, planBatch, planSaves } from '#adapters/journal/writes.js'
import type { Commit, Journal, Recovered } from '#ports/journal.js'
import { hold } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

type Key = string | number
type Rows = Map<string, Map<Key, string>>

const STORES: readonly StoreName[] = ['entries', 'outbox', 'inbox', 'timers', 'snapshots', 'runs', 'executions']

/**
 * What a disk holds once it is written: the rows of a journal as text. It stands for the LMDB environment alone; what is
 * written and how it is read is the real journal's code.
 */
export class DiskImage {
  readonly #stores = new Map<StoreName, Rows>(STORES.map((store) => [store, new Map()]))
  readonly #heads = new Map<PortfolioId, string>()
  /** What was recovered last: a start asks several times, and reading is the most expensive thing here. */
  readonly #recovered = new Map<PortfolioId, Recovered>()
  /** Answers of the journal's own reader. */
  readonly reader: JournalReader

  constructor() {
    const tables = STORES.map((store) => [store, table(this.#stores.get(store)!)] as const)
    const reader = journalReader({
      ...Object.fromEntries(tables),
      heads: this.#headTable(),
      meta: { get: () => undefined },
    } as unknown as Stores)
    this.reader = { ...reader, recover: (portfolio) => this.#recall(portfolio, reader) }
  }

  #recall(portfolio: PortfolioId, reader: JournalReader): Recovered {
    const known = this.#recovered.get(portfolio) ?? reader.recover(portfolio)
    this.#recovered.set(portfolio, known)
    return known
  }

  /** Sequences of the stored snapshots, ascending. */
  snapshots(portfolio: PortfolioId): readonly number[] {
    return [...(this.#stores.get('snapshots')!.get(portfolio)?.keys() ?? [])].map(Number).sort((a, b) => a - b)
  }

  /** Writes a transaction as a whole. */
  apply({ writes, heads }: Batch): void {
    for (const { store, key, text } of writes) {
      const rows = this.#stores.get(store)!
      const [portfolio, name] = key
      const own = rows.get(portfolio) ?? new Map<Key, string>()
      rows.set(portfolio, own)
      if (text === null) own.delete(name)
      else own.set(name, text)
    }
    for (const [portfolio, head] of heads) {
      this.#heads.set(portfolio, encode(head))
      this.#recovered.delete(portfolio)
    }
  }

  #headTable() {
    return {
      get: (portfolio: PortfolioId) => this.#heads.get(portfolio),
      getKeys: () => [...this.#heads.keys()].sort(),
    }
  }
}

interface Range {
  readonly start: readonly [string, Key]
  readonly end: readonly [string, Key]
}

/** The few calls of an LMDB database that the reader makes. */
function table(rows: Rows) {
  const getKeys = ({ start, end }: Range): [string, Key][] => {
    const [portfolio, from] = start
    const keys = [...(rows.get(portfolio)?.keys() ?? [])]
    const numbered = typeof from === 'number' && typeof end[1] === 'number'
    const kept = keys.filter((key) => (numbered ? typeof key === 'number' && key >= from : typeof key === 'string'))
    return kept.sort(byBytes).map((key) => [portfolio, key])
  }
  return {
    get: ([portfolio, name]: readonly [string, Key]) => rows.get(portfolio)?.get(name),
    getKeys,
    getRange: (range: Range) => getKeys(range).map((key) => ({ key, value: rows.get(key[0])!.get(key[1])! })),
  }
}

/** Numbers by size, names by their bytes, as LMDB sorts them. */
const byBytes = (a: Key, b: Key): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`))

/** How a disk treats one transaction. */
export interface WritePlan {
  /** Time until it is on disk and acknowledged. */
  readonly ms: number
  /** The write fails; what it left behind is unknown. */
  readonly fails: boolean
}

/** How a simulated journal is opened. */
export interface SimulatedJournalOptions {
  readonly image: DiskImage
  /** Calls back after the time. */
  readonly after: (ms: number, run: () => void) => void
  readonly plan: () => WritePlan
  /** Told of what has just become durable, before the writer is. */
  readonly onDurable?: (commits: readonly Commit[]) => void
  /** The process passes a point where it may die; false once it is dead. */
  readonly touch?: () => boolean
  /** Whether what was under way at the process's death had reached the disk. */
  readonly survives?: () => boolean
}

/** A journal on a simulated disk, and what the death of its process leaves on it. */
export interface SimulatedJournal extends Journal {
  /** The process died: what was being written is on disk or is not, and nothing is acknowledged any more. */
  die(): void
}

/** Opens the journal of a disk image. One transaction at a time, whole or not at all, acknowledged once durable. */
export function openSimulatedJournal(options: SimulatedJournalOptions): SimulatedJournal {
  const { image, after, plan, onDurable = () => undefined, touch = () => true, survives = () => true } = options
  const { reader } = image
  let underWay: { readonly batch: Batch; readonly commits: readonly Commit[] } | null = null
  let closed = false
  let dead = false
  let failure: Fault | null = null

  const usable = (): void => {
    if (failure !== null) throw failure
    hold(!closed, 'journal-closed', () => 'the journal is closed')
  }
  const guarded =
    <A extends readonly unknown[], T>(read: (...given: A) => T) =>
    (...given: A): T => {
      usable()
      return read(...given)
    }
  const land = (): void => {
    if (underWay === null) return
    const { batch, commits } = underWay
    underWay = null
    image.apply(batch)
    onDurable(commits)
  }
  const write = (commits: readonly Commit[]): Promise<void> => {
    const present = { head: reader.head, inbox: reader.inbox, snapshots: (id: PortfolioId) => image.snapshots(id) }
    underWay = { batch: planBatch(commits, present), commits }
    const { ms, fails } = plan()
    return new Promise((resolve, reject) => {
      after(ms, () => {
        if (dead) return
        if (fails) {
          if (survives()) land()
          underWay = null
          failure = new Fault('JOURNAL_WRITE_FAILED', 'journal write failed: EIO', 'never')
          reject(failure)
          return
        }
        land()
        if (touch()) resolve()
      })
    })
  }
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
    async commit(commits) {
      if (!touch()) return new Promise(() => undefined)
      usable()
      hold(underWay === null, 'journal-one-writer', () => 'a commit began before the one before it ended')
      if (commits.length > 0) await write(commits)
    },
    async save(states) {
      if (!touch()) return new Promise(() => undefined)
      usable()
      hold(underWay === null, 'journal-one-writer', () => 'states are saved while a commit is being written')
      image.apply(planSaves(states, { ...reader, snapshots: (id: PortfolioId) => image.snapshots(id) }))
    },
    async probe() {
      usable()
    },
    async close() {
      hold(underWay === null, 'journal-one-writer', () => 'closed while a commit is being written')
      closed = true
    },
    die() {
      if (survives()) land()
      underWay = null
      dead = true
    },
  }
}
