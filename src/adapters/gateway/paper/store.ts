import { mkdirSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import type { Bust, Execution } from '#domain/book/events.js'
import type { OrderBody } from '#domain/order.js'
import type { ListedExecution, OrderReport, VenueStatus } from '#ports/gateway.js'
import { decode, encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { ExecutionId, OrderId, PortfolioId } from '#units/ids.js'
import { type Money, noMoney, noQuantity, type Quantity } from '#units/money.js'
import { type Instant, instant, type SessionDate } from '#units/time.js'
import { type DirectoryLock, lockDirectory } from '../../journal/lock.js'

const VERSION = '1'

/** All the venue knows of one order id. */
export interface VenueOrder {
  readonly id: OrderId
  readonly body: OrderBody
  readonly bodyHash: string
  /** Place in the order of acceptance, from 1; 0 when it was refused. */
  readonly number: number
  /** The session it was accepted in, the only one it may trade in; null when it was refused before any. */
  readonly session: SessionDate | null
  readonly status: VenueStatus
  readonly cumulative: Quantity
  readonly reason: string
  readonly at: Instant
  /** What of it was filled and taken back; not in `cumulative`. */
  readonly busted?: Quantity
  /** What it filled so far, when that was not all at once. */
  readonly part?: FilledPart
}

/** What an order filled before the rest of it. */
export interface FilledPart {
  /** Close of the bar it last traded with: the rest needs a later one. */
  readonly at: Instant
  readonly quantity: Quantity
  readonly value: Money
  readonly fee: Money
  readonly executions: number
}

/** The venue's word on an order as it stands. */
export function reportOf(order: VenueOrder): OrderReport {
  return {
    orderId: order.id,
    status: order.status,
    cumulative: order.cumulative,
    reason: order.reason,
    at: order.at,
  }
}

/** Something the engine must be told, until it has taken it. */
export type Report =
  | { readonly kind: 'execution'; readonly execution: Execution }
  | { readonly kind: 'bust'; readonly bust: Bust }
  | { readonly kind: 'order'; readonly report: OrderReport }

/** What is kept of an execution taken back. */
export interface BustRow {
  readonly bust: Bust
  readonly execution: Execution
}

/** One change: a value under a key, or its removal. */
export interface Row {
  readonly key: string
  readonly value: unknown
}

/** Twelve digits, so that text order is number order. */
export const markOf = (number: number): string => String(number).padStart(12, '0')

/** Where each kind of fact is kept. No name contains the slash, so a prefix is a range. */
export const keys = {
  order: (id: OrderId) => `order/${id}`,
  tombstone: (id: OrderId) => `tombstone/${id}`,
  epoch: (portfolio: PortfolioId) => `epoch/${portfolio}`,
  /** What may be taken for a portfolio; absent while it was never held back. */
  terms: (portfolio: PortfolioId) => `terms/${portfolio}`,
  execution: (portfolio: PortfolioId, mark: string) => `execution/${portfolio}/${mark}`,
  /** An execution taken back. */
  bust: (portfolio: PortfolioId, id: ExecutionId) => `bust/${portfolio}/${id}`,
  report: (portfolio: PortfolioId, mark: string) => `report/${portfolio}/${mark}`,
  /** A report that will never be taken, and why. */
  refused: (portfolio: PortfolioId, mark: string) => `refused/${portfolio}/${mark}`,
  acceptance: (mark: string) => `acceptance/${mark}`,
  /** Written to see whether the disk still takes it. */
  probe: 'probe',
}

/**
 * The venue's memory: one LMDB database of canonical text. Reads see every write at once; a write's promise resolves
 * when it and all before it are on disk. The first failed write breaks the store: every later call throws its Fault.
 */
export class PaperStore {
  readonly #db: RootDatabase<string, string>
  readonly #lock: DirectoryLock
  readonly #pending = new Map<string, string | null>()
  #tail: Promise<void> = Promise.resolve()
  #broken: Fault | null = null

  /**
   * `onBroken` is told once of the first failed write.
   * @throws Fault `JOURNAL_LOCKED` while another venue has the directory, `VENUE_VERSION` when another version wrote it
   */
  constructor(
    dir: string,
    private readonly onBroken: (fault: Fault) => void = () => undefined,
  ) {
    mkdirSync(dir, { recursive: true })
    this.#lock = lockDirectory(dir)
    // overlappingSync off: a commit is acknowledged after its fdatasync, not before.
    this.#db = open<string, string>({ path: dir, encoding: 'string', overlappingSync: false, noSubdir: false })
    const version = this.#db.get('version')
    if (version === undefined) this.#db.putSync('version', VERSION)
    else if (version !== VERSION) {
      this.#lock.release()
      throw new Fault('VENUE_VERSION', `${dir} holds a paper venue of version ${version}, not ${VERSION}`, 'never')
    }
  }

  /** The value under a key, pending writes included. */
  read(key: string): unknown {
    this.check()
    const pending = this.#pending.get(key)
    if (pending === null) return undefined
    const text = pending ?? this.#db.get(key)
    return text === undefined ? undefined : decode(text)
  }

  /** What is known of an order id. */
  order(id: OrderId): VenueOrder | undefined {
    return this.read(keys.order(id)) as VenueOrder | undefined
  }

  /** Committed rows whose key starts with `prefix` (ending in a slash) and is greater than `prefix + after`. */
  *range(prefix: string, after = ''): Generator<{ readonly name: string; readonly value: unknown }> {
    this.check()
    // '0' follows '/' in ASCII: the end of everything under the prefix.
    const end = `${prefix.slice(0, -1)}0`
    for (const row of this.#db.getRange({ start: prefix + after, end })) {
      const name = row.key.slice(prefix.length)
      if (name !== after) yield { name, value: decode(row.value) }
    }
  }

  /** How often each id was newly accepted, oldest first. */
  acceptances(): readonly { readonly orderId: OrderId; readonly times: number }[] {
    const times = new Map<OrderId, number>()
    for (const { value } of this.range('acceptance/'))
      times.set(value as OrderId, (times.get(value as OrderId) ?? 0) + 1)
    return [...times].map(([orderId, count]) => ({ orderId, times: count }))
  }

  /** Number of the newest acceptance; 0 before the first. */
  lastAccepted(): number {
    let last = 0
    for (const { name } of this.range('acceptance/')) last = Number(name)
    return last
  }

  /** Writes all rows or none; an undefined value removes. */
  write(rows: readonly Row[]): Promise<void> {
    this.check()
    if (rows.length === 0) return this.durable()
    const texts = rows.map((row) => ({ key: row.key, text: row.value === undefined ? null : encode(row.value) }))
    for (const { key, text } of texts) this.#pending.set(key, text)
    const queued: Promise<boolean>[] = []
    const whole = this.#db.batch(() => {
      for (const { key, text } of texts) queued.push(text === null ? this.#db.remove(key) : this.#db.put(key, text))
    })
    const committed = Promise.all([whole, ...queued])
    const tail = this.#tail
    this.#tail = this.#settle(tail, committed, texts)
    // Whoever awaits the write sees the failure; the tail itself must not be an unhandled rejection.
    this.#tail.catch(() => undefined)
    return this.#tail
  }

  /** Resolves once all that was written so far is on disk. */
  async durable(): Promise<void> {
    await this.#tail
    this.check()
  }

  /** @throws Fault `VENUE_WRITE_FAILED` once a write has failed. */
  check(): void {
    if (this.#broken !== null) throw this.#broken
  }

  /** Waits for what is in flight, closes the files and frees the directory. */
  async close(): Promise<void> {
    await this.#tail.catch(() => undefined)
    // LMDB is not safe to touch after a failed write: the files and the lock then stay with this process to its end.
    if (this.#broken !== null) return
    await this.#db.flushed
    await this.#db.close()
    this.#lock.release()
  }

  async #settle(
    before: Promise<void>,
    committed: Promise<unknown>,
    texts: readonly { readonly key: string; readonly text: string | null }[],
  ): Promise<void> {
    try {
      await committed
    } catch (error) {
      throw this.#breakBy(error)
    }
    await before
    for (const { key, text } of texts) if (this.#pending.get(key) === text) this.#pending.delete(key)
  }
  #breakBy(error: unknown): Fault {
    if (this.#broken !== null) return this.#broken
    this.#broken = new Fault('VENUE_WRITE_FAILED', `the paper venue cannot write: ${String(error)}`, 'ask-first')
    this.onBroken(this.#broken)
    return this.#broken
  }
}

/** Executions of a portfolio after a mark, oldest first, with their takings-back. */
export function listed(store: PaperStore, portfolio: PortfolioId, after: string): readonly ListedExecution[] {
  return [...store.range(`execution/${portfolio}/`, after)].map(({ name, value }) => {
    const execution = value as Execution
    const row = store.read(keys.bust(portfolio, execution.id)) as BustRow | undefined
    return { mark: name, execution, ...(row === undefined ? {} : { bust: row.bust }) }
  })
}

/** A venue that does not know ids again trades an order anew: only the numbers of its executions go on. */
export function tradedBefore(store: PaperStore, { id, body: { portfolio } }: VenueOrder): FilledPart {
  const executions = listed(store, portfolio, '').filter(({ execution }) => execution.orderId === id).length
  return { at: instant(0), quantity: noQuantity, value: noMoney, fee: noMoney, executions }
}
