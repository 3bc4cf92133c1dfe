import type { Clock } from '#ports/clock.js'
import type { ReportSink } from '#ports/gateway.js'
import type { Log } from '#ports/log.js'
import { type Fault, refusedForGood } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { later } from '#units/time.js'
import type { Report } from './store.js'

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000

/** A stored report and its number among the portfolio's. */
export interface NumberedReport {
  readonly number: number
  readonly report: Report
}

/** Told of every report that need not be sent again, to remember it durably. */
export interface Settled {
  taken(portfolio: PortfolioId, number: number): void
  setAside(portfolio: PortfolioId, report: NumberedReport, refusal: Fault): void
}

/** One `connect`: a late answer to an earlier connection acknowledges nothing. */
interface Connection {
  readonly sink: ReportSink
  readonly busy: Set<PortfolioId>
  readonly retries: Map<PortfolioId, () => void>
  open: boolean
}

/**
 * Tells the engine what happened, one report at a time per portfolio, in order, again and again with growing pauses
 * (0.5 s to 30 s) until its promise resolves. One that is refused for good (Fault `never`) is set aside, so that the
 * reports behind it get through; not when the refusal is about the other side's journal or a closed connection, which
 * the next process or connection does not have.
 */
export class Reporter {
  readonly #queues = new Map<PortfolioId, NumberedReport[]>()
  #connection: Connection | null = null
  #attempts = 0

  constructor(
    readonly clock: Clock,
    readonly log: Log,
    readonly settled: Settled,
  ) {}

  /** Queues reports that are already on disk. */
  add(portfolio: PortfolioId, reports: readonly NumberedReport[]): void {
    const queue = this.#queues.get(portfolio) ?? []
    queue.push(...reports)
    this.#queues.set(portfolio, queue)
    if (this.#connection !== null) this.#start(this.#connection, portfolio)
  }

  /** Replaces the sink and sends it everything not yet taken. */
  connect(sink: ReportSink): () => void {
    this.disconnect()
    const connection: Connection = { sink, busy: new Set(), retries: new Map(), open: true }
    this.#connection = connection
    for (const portfolio of this.#queues.keys()) this.#start(connection, portfolio)
    return () => {
      if (this.#connection === connection) this.disconnect()
    }
  }

  /** Stops delivering; what is not taken waits for the next sink. */
  disconnect(): void {
    if (this.#connection === null) return
    this.#connection.open = false
    for (const callOff of this.#connection.retries.values()) callOff()
    this.#connection = null
  }

  /** True when everything has been taken, or waits for its time to be offered again: only the clock can go on. */
  resting(): boolean {
    for (const [portfolio, queue] of this.#queues)
      if (queue.length > 0 && this.#connection?.retries.has(portfolio) !== true) return false
    return true
  }

  /** How many reports nobody has taken yet. */
  get waiting(): number {
    let count = 0
    for (const queue of this.#queues.values()) count += queue.length
    return count
  }

  /** How often a report was offered, taken or not. */
  get attempts(): number {
    return this.#attempts
  }

  #start(connection: Connection, portfolio: PortfolioId): void {
    if (connection.busy.has(portfolio)) return
    connection.busy.add(portfolio)
    void this.#deliver(connection, portfolio)
  }

  async #deliver(connection: Connection, portfolio: PortfolioId): Promise<void> {
    const queue = this.#queues.get(portfolio) ?? []
    let pause = FIRST_RETRY_MS
    while (connection.open && queue.length > 0) {
      const head = queue[0]!
      this.#attempts += 1
      try {
        await send(connection.sink, portfolio, head.report)
      } catch (error) {
        if (refusedForGood(error)) {
          if (!connection.open) return
          queue.shift()
          pause = FIRST_RETRY_MS
          this.settled.setAside(portfolio, head, error)
          continue
        }
        this.log.warn({ portfolio, report: head.number, pauseMs: pause, error: String(error) }, 'report not taken')
        await this.#pause(connection, portfolio, pause)
        pause = Math.min(pause * 2, LAST_RETRY_MS)
        continue
      }
      if (!connection.open) return
      queue.shift()
      pause = FIRST_RETRY_MS
      this.settled.taken(portfolio, head.number)
    }
    connection.busy.delete(portfolio)
  }

  #pause(connection: Connection, portfolio: PortfolioId, ms: number): Promise<void> {
    // A connection closed meanwhile has no retry to call off: the pause must not outlive it.
    if (!connection.open) return Promise.resolve()
    return new Promise((resolve) => {
      const goOn = (): void => {
        connection.retries.delete(portfolio)
        resolve()
      }
      const callOff = this.clock.wake(later(this.clock.now(), ms), goOn)
      connection.retries.set(portfolio, () => {
        callOff()
        goOn()
      })
    })
  }
}

function send(sink: ReportSink, portfolio: PortfolioId, report: Report): Promise<void> {
  if (report.kind === 'execution') return sink.execution(portfolio, report.execution)
  return report.kind === 'bust' ? sink.bust(portfolio, report.bust) : sink.order(portfolio, report.report)
}
