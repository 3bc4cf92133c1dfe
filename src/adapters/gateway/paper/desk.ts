import type { Execution } from '#domain/book/events.js'
import type { Clock } from '#ports/clock.js'
import type { OrderReport } from '#ports/gateway.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import { noQuantity } from '#units/money.js'
import { later } from '#units/time.js'
import type { PaperConfig } from './config.js'
import type { VenueLedger } from './ledger.js'
import { match } from './matching.js'
import type { NumberedReport, Reporter } from './reporter.js'
import { keys, type PaperStore, type Report, type Row, type VenueOrder } from './store.js'

/** How an order left the book. */
export type Ending = Pick<VenueOrder, 'status' | 'reason' | 'at'>

/**
 * The venue's open orders and the bars they meet. An order meets the bar it was accepted under, on a later turn of
 * the event loop; one that is not marketable rests until the session changes. Matching waits while it is `held`.
 */
export class OrderDesk {
  /** Accepted and open, in order of acceptance. */
  readonly #open = new Map<OrderId, VenueOrder>()
  /** Open orders of the present session that have not met the present bar yet. */
  readonly #untried = new Set<OrderId>()
  #bars: SessionBars | null = null
  #holds = 0
  #commits = 0
  #unschedule: (() => void) | null = null
  #closed = false

  constructor(
    readonly store: PaperStore,
    readonly ledger: VenueLedger,
    readonly reporter: Reporter,
    readonly clock: Clock,
    readonly log: Log,
    readonly config: PaperConfig,
  ) {
    const known = [...store.range('order/')].map((row) => row.value as VenueOrder)
    const open = known.filter((order) => order.status === 'accepted')
    for (const order of open.sort((a, b) => a.number - b.number)) this.#open.set(order.id, order)
  }

  /** The present session's bars; null before the first. */
  get bars(): SessionBars | null {
    return this.#bars
  }

  /** An order still open at the venue. */
  order(id: OrderId): VenueOrder | undefined {
    return this.#open.get(id)
  }

  /** True when no open order can trade and no trade is being written. */
  idle(): boolean {
    return this.#commits === 0 && this.#untried.size === 0
  }

  /** Takes an order in; it trades once nothing is held. */
  add(order: VenueOrder): void {
    this.#open.set(order.id, order)
    this.#untried.add(order.id)
    this.#schedule()
  }

  /**
   * Keeps matching back while the work goes on, so that orders sent together are all answered before
   * the first of them trades: the sequence of reports does not depend on how fast the disk is.
   */
  async held<T>(work: () => Promise<T>): Promise<T> {
    this.#holds += 1
    try {
      return await work()
    } finally {
      this.#holds -= 1
      this.#schedule()
    }
  }

  /** Replaces the bars; a later session first fills what could still fill, then expires what it leaves behind. */
  onBars(bars: SessionBars): void {
    if (this.#closed) return
    if (this.#bars !== null && bars.session < this.#bars.session) {
      this.log.warn({ session: bars.session, present: this.#bars.session }, 'bars of an earlier session ignored')
      return
    }
    this.#matchAll()
    this.#bars = bars
    for (const order of [...this.#open.values()]) {
      if (order.session === bars.session) this.#untried.add(order.id)
      else if (order.session !== null && order.session < bars.session)
        this.#logged(this.end(order, { status: 'expired', reason: 'session_ended', at: bars.at }))
    }
    this.#schedule()
  }

  /** Closes an order for good with its executions, all in one transaction; reports them once that is on disk. */
  async end(
    order: VenueOrder,
    ending: Ending,
    fills: readonly Execution[] = [],
    rows: readonly Row[] = [],
  ): Promise<void> {
    const portfolio = order.body.portfolio
    const ended: VenueOrder = { ...order, ...ending, cumulative: fills.length > 0 ? order.body.quantity : noQuantity }
    this.#open.delete(order.id)
    this.#untried.delete(order.id)
    const writes: Row[] = [...rows, { key: keys.order(order.id), value: ended }]
    for (const execution of fills) writes.push(this.ledger.book(portfolio, execution))
    const reports: NumberedReport[] = []
    for (const report of told(fills, ended)) {
      const { row, numbered } = this.ledger.report(portfolio, report)
      writes.push(row)
      reports.push(numbered)
    }
    await this.#committed(portfolio, writes, reports)
  }

  /** Stops matching; what is open stays open on disk. */
  close(): void {
    this.#closed = true
    this.#unschedule?.()
    this.#unschedule = null
  }

  async #committed(portfolio: PortfolioId, writes: readonly Row[], reports: readonly NumberedReport[]): Promise<void> {
    this.#commits += 1
    try {
      await this.store.write(writes)
      this.reporter.add(portfolio, reports)
    } finally {
      this.#commits -= 1
    }
  }

  #schedule(): void {
    if (this.#unschedule !== null || this.#closed || this.#untried.size === 0 || this.#holds > 0) return
    const pass = () => {
      this.#unschedule = null
      if (this.#holds === 0) this.#matchAll()
    }
    if (this.config.latencyMs > 0) {
      this.#unschedule = this.clock.wake(later(this.clock.now(), this.config.latencyMs), pass)
      return
    }
    const soon = setImmediate(pass)
    this.#unschedule = () => clearImmediate(soon)
  }

  #matchAll(): void {
    const bars = this.#bars
    if (bars === null) return
    for (const id of this.#untried) {
      const order = this.#open.get(id)
      const fills = order === undefined ? [] : match(id, order.body, bars, this.config)
      if (order !== undefined && fills.length > 0)
        this.#logged(this.end(order, { status: 'filled', reason: '', at: bars.at }, fills))
    }
    this.#untried.clear()
  }

  #logged(work: Promise<void>): void {
    work.catch((error: unknown) => this.log.error({ error: String(error) }, 'paper venue could not write a trade'))
  }
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

function told(fills: readonly Execution[], ended: VenueOrder): readonly Report[] {
  return [
    ...fills.map((execution) => ({ kind: 'execution' as const, execution })),
    { kind: 'order', report: reportOf(ended) },
  ]
}
