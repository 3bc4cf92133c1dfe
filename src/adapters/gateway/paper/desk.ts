import type { Bust, Execution } from '#domain/book/events.js'
import type { OrderBody } from '#domain/order.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { encode } from '#units/canonical.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import { minus, noQuantity, plus, type Quantity } from '#units/money.js'
import { type Instant, instant, later } from '#units/time.js'
import type { PaperConfig } from './config.js'
import type { VenueLedger } from './ledger.js'
import { filledWith, match } from './matching.js'
import { bustsOf, latencyOf, told } from './quirks.js'
import type { NumberedReport, Reporter } from './reporter.js'
import { keys, type PaperStore, type Report, type Row, type VenueOrder } from './store.js'
import { heldAfter } from './terms.js'

/** How an order left the book. */
export type Ending = Pick<VenueOrder, 'status' | 'reason' | 'at'>

/**
 * The venue's open orders and the bars they meet. An order meets the bar it was accepted under, once its latency is
 * over and never in the same turn of the event loop; one that is not marketable, and what a partial fill left, rests
 * until the next bar. Matching waits while it is `held`.
 */
export class OrderDesk {
  /** Accepted and open, in order of acceptance. */
  readonly #open = new Map<OrderId, VenueOrder>()
  /** Open orders of the present session that have not met the present bar yet, and when they may. */
  readonly #untried = new Map<OrderId, Instant>()
  #bars: SessionBars | null = null
  #holds = 0
  #commits = 0
  #trades = 0
  /** The pass that is arranged: null for none, else when it is due. */
  #passAt: Instant | null = null
  #unschedule: () => void = () => undefined
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

  /** How often an order traded or ended since the start. */
  get trades(): number {
    return this.#trades
  }

  /** An order still open at the venue. */
  order(id: OrderId): VenueOrder | undefined {
    return this.#open.get(id)
  }

  /** What an order may take off a holding that is only to be reduced; negative for a short. */
  reducible(body: OrderBody): Quantity {
    const held = this.ledger.holdings(body.portfolio).positions[body.instrument] ?? noQuantity
    return heldAfter(held, body, this.#open.values())
  }

  /** True when no order can trade before the clock goes on, and no trade is being written. */
  idle(): boolean {
    const waits = this.#passAt !== null && this.#passAt > this.clock.now()
    return this.#commits === 0 && (this.#untried.size === 0 || waits)
  }

  /** True when no open order can trade with the present bars and no trade is being written. */
  settled(): boolean {
    return this.#commits === 0 && this.#untried.size === 0
  }

  /** Takes an order in; it trades once its latency is over and nothing is held. */
  add(order: VenueOrder): void {
    this.#open.set(order.id, order)
    this.#try(order)
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

  /**
   * Replaces the bars; the orders first meet the old ones, then a later session expires what it leaves behind. Bars
   * shown again change nothing; earlier ones are ignored.
   */
  onBars(bars: SessionBars): void {
    if (this.#closed) return
    if (this.#bars !== null) {
      if (isBefore(bars, this.#bars)) {
        this.log.warn({ session: bars.session, present: this.#bars.session }, 'earlier bars ignored')
        return
      }
      if (bars.session === this.#bars.session && encode(bars) === encode(this.#bars)) return
    }
    this.#matchAll()
    this.#bars = bars
    for (const order of [...this.#open.values()]) {
      if (order.session === bars.session) this.#try(order)
      else if (order.session !== null && order.session < bars.session)
        this.#logged(this.end(order, { status: 'expired', reason: 'session_ended', at: bars.at }))
    }
    this.#schedule()
  }

  /** Closes an order for good with its last executions, all in one transaction; reports them once that is on disk. */
  end(order: VenueOrder, ending: Ending, fills: readonly Execution[] = [], rows: readonly Row[] = []): Promise<void> {
    this.#open.delete(order.id)
    this.#untried.delete(order.id)
    return this.#committed({ ...order, ...ending }, fills, rows)
  }

  /** Takes an execution back: account and order are as if it had never been, and the engine is told. */
  bust(execution: Execution, reason: string): Promise<void> {
    const order = this.#open.get(execution.orderId) ?? this.store.order(execution.orderId)!
    const writes: Row[] = []
    const bust: Bust = { executionId: execution.id, orderId: order.id, reason, at: this.clock.now() }
    const left = this.#without(order, [execution], [bust], writes)
    return this.#written(order.body.portfolio, left, [{ kind: 'bust', bust }], writes)
  }

  /** Stops matching; what is open stays open on disk. */
  close(): void {
    this.#closed = true
    this.#callOff()
  }

  /** Books executions and stores the order as it is after them. */
  async #committed(order: VenueOrder, fills: readonly Execution[], rows: readonly Row[] = []): Promise<void> {
    const { portfolio } = order.body
    const writes: Row[] = [...rows]
    for (const execution of fills) writes.push(this.ledger.book(portfolio, execution))
    const busts = bustsOf(this.config, fills, order.at)
    await this.#written(
      portfolio,
      this.#without(order, fills, busts, writes),
      told(this.config, order, fills, busts),
      writes,
    )
  }

  /** The order without what is taken back of these executions; the rows that say so are added to the writes. */
  #without(order: VenueOrder, fills: readonly Execution[], busts: readonly Bust[], writes: Row[]): VenueOrder {
    let left = order
    for (const bust of busts) {
      const execution = fills.find(({ id }) => id === bust.executionId)!
      writes.push(this.ledger.takeBack(order.body.portfolio, { bust, execution }))
      left = {
        ...left,
        cumulative: minus(left.cumulative, execution.quantity),
        busted: plus(left.busted ?? noQuantity, execution.quantity),
      }
    }
    return left
  }

  /** Stores an order with its reports in one transaction, and reports them once that is on disk. */
  async #written(portfolio: PortfolioId, order: VenueOrder, told: readonly Report[], writes: Row[]): Promise<void> {
    if (this.#open.has(order.id)) this.#open.set(order.id, order)
    writes.push({ key: keys.order(order.id), value: order })
    const reports: NumberedReport[] = []
    for (const report of told) {
      const { row, numbered } = this.ledger.report(portfolio, report)
      writes.push(row)
      reports.push(numbered)
    }
    this.#commits += 1
    this.#trades += 1
    try {
      await this.store.write(writes)
      this.reporter.add(portfolio, reports)
    } finally {
      this.#commits -= 1
    }
  }

  #try(order: VenueOrder): void {
    // A clock set back since must not keep an order waiting for longer than its latency.
    const since = instant(Math.min(order.at, this.clock.now()))
    this.#untried.set(order.id, later(since, latencyOf(this.config, order.id)))
  }

  #schedule(): void {
    if (this.#closed || this.#untried.size === 0 || this.#holds > 0) return
    const due = instant(Math.min(...this.#untried.values()))
    if (this.#passAt !== null && this.#passAt <= due) return
    this.#callOff()
    this.#passAt = due
    const pass = () => {
      this.#passAt = null
      if (this.#holds > 0) return
      this.#matchAll(this.clock.now())
      this.#schedule()
    }
    if (due > this.clock.now()) {
      this.#unschedule = this.clock.wake(due, pass)
      return
    }
    const soon = setImmediate(pass)
    this.#unschedule = () => clearImmediate(soon)
  }

  #callOff(): void {
    this.#unschedule()
    this.#unschedule = () => undefined
    this.#passAt = null
  }

  /** Lets the orders due by then meet the bars, those due first first; all of them when no time is given. */
  #matchAll(by?: Instant): void {
    if (this.#bars === null) return
    const ready = [...this.#untried].filter(([, due]) => by === undefined || due <= by).sort((a, b) => a[1] - b[1])
    for (const [id] of ready) {
      this.#untried.delete(id)
      const order = this.#open.get(id)
      if (order !== undefined) this.#meet(order, this.#bars)
    }
  }

  #meet(order: VenueOrder, bars: SessionBars): void {
    const fills = match(order.id, order.body, bars, this.config, order.part)
    if (fills.length === 0) return
    const part = filledWith(order, fills, bars.at, this.config)
    const cumulative = minus(part.quantity, order.busted ?? noQuantity)
    const traded: VenueOrder = { ...order, cumulative, at: bars.at }
    if (part.quantity.eq(order.body.quantity)) {
      this.#logged(this.end(traded, { status: 'filled', reason: '', at: bars.at }, fills))
      return
    }
    const resting: VenueOrder = { ...traded, part }
    this.#open.set(order.id, resting)
    this.#logged(this.#committed(resting, fills))
  }

  #logged(work: Promise<void>): void {
    work.catch((error: unknown) => this.log.error({ error: String(error) }, 'paper venue could not write a trade'))
  }
}

const isBefore = (bars: SessionBars, present: SessionBars): boolean =>
  bars.session < present.session || (bars.session === present.session && bars.at < present.at)
