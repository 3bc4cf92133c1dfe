import type { GatewaySupport } from '#domain/gateway-support.js'
import type { Clock } from '#ports/clock.js'
import type {
  GatewayAccount,
  Holdings,
  ListedExecution,
  NeverAnswer,
  OrderReport,
  OrderTicket,
  QueryAnswer,
  ReportSink,
  SubmitAnswer,
  TradingTerms,
  Venue,
} from '#ports/gateway.js'
import { type Log, silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import type { ExecutionId, OrderId, PortfolioId } from '#units/ids.js'
import { noQuantity } from '#units/money.js'
import { checkedConfig, type PaperConfig } from './paper/config.js'
import { OrderDesk } from './paper/desk.js'
import { admitted, highestEpoch } from './paper/fence.js'
import { VenueLedger } from './paper/ledger.js'
import { isSilent } from './paper/quirks.js'
import { refusalOf } from './paper/refusal.js'
import { Reporter } from './paper/reporter.js'
import { ReportShelf } from './paper/shelf.js'
import { keys, listed, markOf, PaperStore, type Row, reportOf, tradedBefore, type VenueOrder } from './paper/store.js'
import { stopped, termsRows } from './paper/terms.js'

/** What a paper venue needs. */
export interface PaperOptions {
  /** Its own directory, made when absent; what it accepted and filled lives there. */
  readonly dir: string
  readonly clock: Clock
  readonly log?: Log
  /** Anything left out is as in `PAPER_DEFAULTS`. */
  readonly config?: Partial<PaperConfig>
  /** Looks for the venue's own kill file: its reason, null when it is not there. */
  readonly killed?: () => string | null
  /** Told once when a write failed: nothing it would answer from then on could be relied on. */
  readonly onFatal?: (fault: Fault) => void
}

/** A simulated exchange in this process that behaves like a real one: durable ids, asynchronous fills, fencing. */
export interface PaperVenue extends Venue {
  /**
   * The venue's own market data. Orders trade against the bar they were accepted under; a later session first fills
   * what could still fill, then expires the rest. Bars shown again change nothing, earlier ones are ignored.
   */
  onBars(bars: SessionBars): void
  /** True when nothing is under way and nothing waits for the clock: no order to trade, no report to be taken. */
  settled(): boolean
  /** Reports nobody has taken yet. */
  unsent(): number
  /** Reports that were refused for good and set aside. */
  refused(): number
  /** Everything done since it was opened, as a count: requests, trades and endings, reports offered. */
  steps(): number
  /** Resolves once a write made now is on disk. @throws Fault `VENUE_WRITE_FAILED` */
  probe(): Promise<void>
  /** Takes an execution back, as a venue does after an erroneous trade. @throws RangeError when there is none such. */
  bust(portfolio: PortfolioId, id: ExecutionId, reason: string): Promise<void>
  /** How often each id was newly accepted, oldest first: once each, or orders were doubled. */
  acceptances(): readonly { readonly orderId: OrderId; readonly times: number }[]
  /** Stops, waits for its writes and releases the directory. Later calls throw Fault `NO_RESPONDERS`. */
  close(): Promise<void>
}

/**
 * Opens the paper venue of a directory, with everything it knew when it last ran: unfilled orders trade once the bar
 * of their session is set again, reports nobody took are sent on `connect`.
 * @throws Fault `JOURNAL_LOCKED` while another venue has the directory, `VENUE_VERSION` when another version wrote it;
 * RangeError on an impossible configuration.
 */
export function openPaperVenue(options: PaperOptions): PaperVenue {
  const config = checkedConfig(options.config ?? {})
  const { dir, clock, log = silentLog, killed = () => null, onFatal } = options
  return new Paper(new PaperStore(dir, onFatal), clock, log, config, killed)
}

/** Every answer waits until all it rests on is on disk; memory is ahead of the disk only while a write is in flight. */
class Paper implements PaperVenue {
  readonly name: string
  readonly #ledger: VenueLedger
  readonly #shelf: ReportShelf
  readonly #reporter: Reporter
  readonly #desk: OrderDesk
  #accepted = 0
  #requests = 0
  #handled = 0
  #closed = false

  constructor(
    readonly store: PaperStore,
    readonly clock: Clock,
    readonly log: Log,
    readonly config: PaperConfig,
    readonly killed: () => string | null,
  ) {
    this.name = config.name
    this.#ledger = new VenueLedger(config)
    this.#shelf = new ReportShelf(store, clock, log)
    this.#reporter = new Reporter(clock, log, this.#shelf)
    for (const { portfolio, reports } of this.#ledger.load(store)) this.#reporter.add(portfolio, reports)
    this.#desk = new OrderDesk(store, this.#ledger, this.#reporter, clock, log, config)
    this.#accepted = store.lastAccepted()
  }

  submit(order: OrderTicket, epoch: number): Promise<SubmitAnswer> {
    return this.#desk.held(() => this.#request(() => this.#take(order, epoch)))
  }

  cancel(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<void> {
    return this.#request(async () => {
      const rows = admitted(this.store, portfolio, epoch)
      const order = this.#desk.order(id)
      if (order?.body.portfolio !== portfolio) return this.store.write(rows)
      await this.#desk.end(order, { status: 'cancelled', reason: 'cancelled', at: this.clock.now() }, [], rows)
    })
  }

  query(portfolio: PortfolioId, id: OrderId): Promise<QueryAnswer> {
    return this.#request(async () => {
      await this.store.durable()
      return this.#known(portfolio, id) ?? { kind: 'unknown' }
    })
  }

  never(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<NeverAnswer> {
    return this.#request(async () => {
      const rows = admitted(this.store, portfolio, epoch)
      if (this.#known(portfolio, id) === undefined) {
        this.#mustSupport('tombstones')
        rows.push({ key: keys.tombstone(id), value: { portfolio, at: this.clock.now() } })
      }
      await this.store.write(rows)
      return this.#known(portfolio, id) ?? { kind: 'promised' }
    })
  }

  fence(portfolio: PortfolioId, epoch: number): Promise<{ readonly epoch: number }> {
    return this.#request(async () => {
      const highest = Math.max(epoch, highestEpoch(this.store, portfolio))
      await this.store.write(admitted(this.store, portfolio, highest))
      return { epoch: highest }
    })
  }

  restrain(portfolio: PortfolioId, terms: TradingTerms, epoch: number): Promise<void> {
    const rows = (): Row[] => [
      ...admitted(this.store, portfolio, epoch),
      ...termsRows(this.store, portfolio, terms, epoch),
    ]
    return this.#request(async () => this.store.write(rows()))
  }

  account(_portfolio: PortfolioId): Promise<GatewayAccount> {
    const { mode, currency, supports } = this.config
    return this.#request(async () => ({ mode, currency, at: this.clock.now(), supports }))
  }

  holdings(portfolio: PortfolioId): Promise<Holdings> {
    return this.#request(async () => {
      await this.store.durable()
      const holdings = this.#ledger.holdings(portfolio)
      return this.config.supports.replay ? holdings : { ...holdings, asOf: '' }
    })
  }

  executions(portfolio: PortfolioId, after: string): Promise<readonly ListedExecution[]> {
    return this.#request(async () => {
      this.#mustSupport('replay')
      await this.store.durable()
      return listed(this.store, portfolio, after)
    })
  }

  bust(portfolio: PortfolioId, id: ExecutionId, reason: string): Promise<void> {
    return this.#request(async () => {
      const execution = listed(this.store, portfolio, '').find(
        (row) => row.execution.id === id && row.bust === undefined,
      )
      if (execution === undefined) throw new RangeError(`${portfolio} has no execution ${id} to take back`)
      await this.#desk.bust(execution.execution, reason)
    })
  }

  connect(sink: ReportSink): () => void {
    this.#refuseClosed()
    return this.#reporter.connect(sink)
  }

  idle(): boolean {
    // A broken store throws here, or whoever waits for idle would wait for ever.
    if (!this.#closed) this.store.check()
    return this.#requests === 0 && this.#desk.idle() && this.#reporter.resting()
  }

  settled(): boolean {
    return this.idle() && this.#desk.settled() && this.#reporter.waiting === 0
  }

  unsent(): number {
    return this.#reporter.waiting
  }

  refused(): number {
    return this.#shelf.refused
  }

  steps(): number {
    return this.#handled + this.#desk.trades + this.#reporter.attempts
  }

  onBars(bars: SessionBars): void {
    this.#desk.onBars(bars)
  }

  probe(): Promise<void> {
    return this.store.write([{ key: keys.probe, value: this.clock.now() }])
  }

  acceptances(): readonly { readonly orderId: OrderId; readonly times: number }[] {
    return this.store.acceptances()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#desk.close()
    this.#reporter.disconnect()
    await this.store.close()
  }

  async #take(order: OrderTicket, epoch: number): Promise<SubmitAnswer> {
    const rows = admitted(this.store, order.body.portfolio, epoch)
    const before = this.store.order(order.id)
    const known = this.config.supports.idempotent ? before : undefined
    if (known !== undefined || this.store.read(keys.tombstone(order.id)) !== undefined) {
      await this.store.write(rows)
      if (known === undefined) return { kind: 'rejected', reason: 'tombstoned' }
      if (known.bodyHash !== order.bodyHash) return { kind: 'rejected', reason: 'body_mismatch' }
      return { kind: 'duplicate', report: reportOf(this.store.order(order.id)!) }
    }
    const at = this.clock.now()
    const stop = stopped(this.store, order.body, this.killed, () => this.#desk.reducible(order.body))
    const reason = stop ?? refusalOf(this.config, this.#desk.bars, order, at)
    const number = reason === null ? ++this.#accepted : 0
    const record: VenueOrder = {
      id: order.id,
      body: order.body,
      bodyHash: order.bodyHash,
      number,
      session: this.#desk.bars?.session ?? null,
      status: reason === null ? 'accepted' : 'rejected',
      cumulative: noQuantity,
      reason: reason ?? '',
      at,
      ...(before === undefined ? {} : { part: tradedBefore(this.store, before) }),
    }
    rows.push({ key: keys.order(order.id), value: record })
    if (reason === null) {
      rows.push({ key: keys.acceptance(markOf(number)), value: order.id })
      this.#desk.add(record)
    }
    await this.store.write(rows)
    if (before === undefined && isSilent(this.config, order))
      throw new Fault('TIMEOUT', `no answer to the submit of ${order.id}`, 'ask-first', { orderId: order.id })
    return reason === null ? { kind: 'accepted' } : { kind: 'rejected', reason }
  }

  #mustSupport(promise: keyof GatewaySupport): void {
    if (!this.config.supports[promise])
      throw new Fault('NOT_SUPPORTED', `the ${this.name} venue does not support ${promise}`, 'never')
  }

  #known(portfolio: PortfolioId, id: OrderId): { readonly kind: 'known'; readonly report: OrderReport } | undefined {
    const order = this.store.order(id)
    return order?.body.portfolio === portfolio ? { kind: 'known', report: reportOf(order) } : undefined
  }

  async #request<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseClosed()
    this.#requests += 1
    this.#handled += 1
    try {
      return await work()
    } finally {
      this.#requests -= 1
    }
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Fault('NO_RESPONDERS', `the ${this.name} venue is closed`, 'ask-first')
  }
}
