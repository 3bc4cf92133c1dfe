import { Reporter } from '#adapters/gateway/paper/reporter.js'
import type { Report } from '#adapters/gateway/paper/store.js'
import { excluded, heldAfter, newerTerms } from '#adapters/gateway/paper/terms.js'
import type { Bust } from '#domain/book/events.js'
import { FULL_SUPPORT, type GatewaySupport } from '#domain/gateway-support.js'
import { executed } from '#domain/order-life.js'
import type {
  GatewayAccount,
  Holdings,
  NeverAnswer,
  OrderReport,
  OrderTicket,
  QueryAnswer,
  ReportSink,
  SubmitAnswer,
  TradingTerms,
  Venue,
} from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import { minus, money, noQuantity, type Price, plus, type Quantity, quantity } from '#units/money.js'
import { later } from '#units/time.js'
import { isOpen, reportOf, type VenueOrder } from './exchange.js'
import { executionOf } from './execution.js'
import { EVERY_LAYER, type Layers } from './layers.js'
import type { SimulatedVenueOptions } from './venue-options.js'

/** From a cancel to the piece that trades all the same. */
const AFTER_CANCEL_MS = 700

/**
 * A gateway's process with an exchange behind it that keeps every promise of the port and has the habits of a broker:
 * late, partial and repeated fills, endings told before their fills, rejections, and on demand fills beyond the order.
 * What it does is durable at once; what has not been taken is told again by the next process.
 */
export class SimulatedVenue implements Venue {
  readonly name = 'paper'
  readonly #reporter: Reporter
  readonly #layers: Layers
  readonly #supports: GatewaySupport
  /** Orders whose next piece is on its way. */
  readonly #moving = new Set<VenueOrder>()
  #requests = 0
  #soon = 0
  #closed = false

  constructor(readonly options: SimulatedVenueOptions) {
    const { exchange, clock } = options
    this.#layers = options.layers ?? EVERY_LAYER
    this.#supports = options.supports ?? FULL_SUPPORT
    this.#reporter = new Reporter(clock, silentLog, {
      taken: (portfolio, number) => exchange.taken(portfolio, number),
      setAside: (portfolio, report) => exchange.setAside(portfolio, report.number),
    })
    for (const [portfolio, reports] of exchange.untold) this.#reporter.add(portfolio, reports)
    for (const order of exchange.open()) this.#proceed(order)
  }

  async submit(ticket: OrderTicket, epoch: number): Promise<SubmitAnswer> {
    const { exchange, clock } = this.options
    this.#admit(ticket.body.portfolio, epoch)
    const known = exchange.order(ticket.id)
    if (this.#layers.tombstones && known === undefined && exchange.tombstones.has(ticket.id))
      return this.#answer({ kind: 'rejected', reason: 'tombstoned' })
    if (known !== undefined && known.bodyHash !== ticket.bodyHash)
      return this.#answer({ kind: 'rejected', reason: 'body_mismatch' })
    if (known !== undefined && ((this.#layers.idempotent && this.#supports.idempotent) || !known.accepted))
      return this.#answer({ kind: 'duplicate', report: reportOf(known) })
    const order = exchange.take(ticket, epoch, this.#refusal(ticket), clock.now())
    this.#proceed(order)
    return this.#answer(order.accepted ? { kind: 'accepted' } : { kind: 'rejected', reason: order.reason })
  }

  async cancel(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<void> {
    this.#admit(portfolio, epoch)
    const order = this.options.exchange.order(id)
    if (order?.body.portfolio === portfolio && isOpen(order)) {
      const fate = this.options.fate(order)
      if (fate.fillsInCancel) this.#fill(order)
      if (isOpen(order)) this.#end(order, 'cancelled', 'cancelled')
      if (fate.fillsAfterCancel) this.#later(AFTER_CANCEL_MS, () => this.#fill(order, true))
    }
    return this.#answer(undefined)
  }

  async query(portfolio: PortfolioId, id: OrderId): Promise<QueryAnswer> {
    return this.#answer(this.#known(portfolio, id) ?? { kind: 'unknown' })
  }

  async never(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<NeverAnswer> {
    this.#admit(portfolio, epoch)
    const known = this.#known(portfolio, id)
    if (known === undefined) {
      this.#mustSupport('tombstones')
      this.options.exchange.tombstones.add(id)
    }
    return this.#answer(known ?? { kind: 'promised' })
  }

  async fence(portfolio: PortfolioId, epoch: number): Promise<{ readonly epoch: number }> {
    const { exchange } = this.options
    exchange.raise(portfolio, epoch)
    return this.#answer({ epoch: exchange.epoch(portfolio) })
  }

  async restrain(portfolio: PortfolioId, terms: TradingTerms, epoch: number): Promise<void> {
    this.#admit(portfolio, epoch)
    const { exchange } = this.options
    exchange.terms.set(portfolio, newerTerms(exchange.terms.get(portfolio), terms, epoch))
    return this.#answer(undefined)
  }

  async account(_portfolio: PortfolioId): Promise<GatewayAccount> {
    return this.#answer({ mode: 'paper', currency: 'USD', at: this.options.clock.now(), supports: this.#supports })
  }

  async holdings(portfolio: PortfolioId): Promise<Holdings> {
    const holdings = this.options.exchange.holdings(portfolio)
    return this.#answer(this.#supports.replay ? holdings : { ...holdings, asOf: '' })
  }

  async executions(portfolio: PortfolioId, after: string) {
    this.#mustSupport('replay')
    return this.#answer(this.options.exchange.executions(portfolio, after))
  }

  /** Takes an execution back, and says so. */
  bust(portfolio: PortfolioId, bust: Bust): void {
    const { exchange } = this.options
    exchange.bust(portfolio, bust)
    this.#tell(exchange.order(bust.orderId)!, [{ kind: 'bust', bust }])
  }

  connect(sink: ReportSink): () => void {
    return this.#reporter.connect(sink)
  }

  idle(): boolean {
    return this.#requests === 0 && this.#soon === 0 && this.#reporter.resting()
  }

  /** A session begins: what the one before left on its way trades a last time, the rest expires. */
  onBars(bars: SessionBars): void {
    const { exchange } = this.options
    const past = exchange.open().filter((order) => order.session === null || order.session < bars.session)
    for (const order of past) {
      while (this.#moving.has(order) && this.#fill(order));
      if (isOpen(order)) this.#end(order, 'expired', 'session_ended')
    }
    exchange.bars = bars
    for (const order of exchange.open()) this.#proceed(order)
  }

  /** Reports nobody has taken yet. */
  unsent(): number {
    return this.#reporter.waiting
  }

  /** The process ends; what it was about to do is done by the next one. */
  close(): void {
    this.#closed = true
    this.#reporter.disconnect()
  }

  #refusal(ticket: OrderTicket): string | null {
    const { exchange, clock, fate } = this.options
    const { portfolio, instrument } = ticket.body
    const held = () =>
      heldAfter(exchange.holdings(portfolio).positions[instrument] ?? noQuantity, ticket.body, exchange.open())
    const stop = excluded(exchange.terms.get(portfolio), ticket.body, held)
    if (stop !== null) return stop
    if (clock.now() >= ticket.body.notAfter) return 'too_late'
    if (exchange.close(ticket.body.instrument) === undefined) return 'no_price'
    return fate(ticket).rejected ? 'venue_reject' : null
  }

  /** Plans the next piece of an order; all of them at once for one that does not wait. */
  #proceed(order: VenueOrder): void {
    if (this.#moving.has(order) || !isOpen(order)) return
    this.#moving.add(order)
    const { afterMs } = this.options.fate(order)
    this.#later(afterMs, () => {
      this.#moving.delete(order)
      while (isOpen(order) && this.#fill(order)) if (afterMs > 0) return this.#proceed(order)
    })
  }

  #later(ms: number, run: () => void): void {
    const { clock, soon } = this.options
    const go = (): void => {
      this.#soon -= ms === 0 ? 1 : 0
      if (!this.#closed) run()
    }
    this.#soon += ms === 0 ? 1 : 0
    if (ms === 0) soon(go)
    else clock.wake(later(clock.now(), ms), go)
  }

  /** One piece trades at the session's close, if the limit allows it; true when more may follow. */
  #fill(order: VenueOrder, anyway = false): boolean {
    const { exchange } = this.options
    const fate = this.options.fate(order)
    const close = exchange.close(order.body.instrument)
    const { side, limit, quantity: wanted } = order.body
    if (close === undefined || order.session !== exchange.bars?.session || (!isOpen(order) && !anyway)) return false
    if (side === 'buy' ? close.gt(limit) : close.lt(limit)) return false
    if (fate.restsAfter !== null && order.pieces >= fate.restsAfter && !anyway) return false
    const rest = minus(wanted, executed(order))
    const left = fate.pieces - order.pieces
    const piece = quantity(rest.div(Math.max(1, left)).toDecimalPlaces(0, 0))
    if (rest.lte(0)) return false
    const last = left <= 1 || piece.gte(rest)
    this.#trade(order, last ? plus(rest, quantity(String(fate.overfill))) : piece, close)
    if (last && isOpen(order)) this.#end(order, 'filled', '')
    return !last
  }

  #trade(order: VenueOrder, units: Quantity, at: Price): void {
    const { exchange, fate } = this.options
    const { body } = order
    order.pieces += 1
    order.cumulative = plus(order.cumulative, units)
    order.at = exchange.bars!.at
    const execution = executionOf(order, units, at, exchange.bars!, this.name)
    exchange.book(body.portfolio, execution)
    const told: Report = { kind: 'execution', execution }
    const { conflicts, endFirst } = fate(order)
    const other: Report = { kind: 'execution', execution: { ...execution, fee: plus(execution.fee, money('1')) } }
    if (conflicts) exchange.conflicts.set(execution.id, body.portfolio)
    const bust = this.options.onTrade?.(body.portfolio, execution) ?? null
    if (bust !== null) exchange.bust(body.portfolio, bust)
    const ahead: readonly Report[] = bust === null ? [] : [{ kind: 'bust', bust }]
    const reports = conflicts ? [...ahead, told, other] : [...ahead, told]
    if (endFirst && isOpen(order)) order.held = [...order.held, ...reports]
    else this.#tell(order, reports)
  }

  #end(order: VenueOrder, status: 'filled' | 'cancelled' | 'expired', reason: string): void {
    const { exchange, clock } = this.options
    exchange.end(order, status, reason, status === 'filled' ? order.at : clock.now())
    this.#tell(order, [{ kind: 'order', report: reportOf(order) }, ...order.held])
    order.held = []
  }

  #tell(order: VenueOrder, reports: readonly Report[]): void {
    const { exchange, fate } = this.options
    const all = fate(order).repeats ? [...reports, ...reports] : reports
    this.#reporter.add(order.body.portfolio, exchange.tell(order.body.portfolio, all))
  }

  #known(portfolio: PortfolioId, id: OrderId): { readonly kind: 'known'; readonly report: OrderReport } | undefined {
    const order = this.options.exchange.order(id)
    return order?.body.portfolio === portfolio ? { kind: 'known', report: reportOf(order) } : undefined
  }

  #mustSupport(promise: keyof GatewaySupport): void {
    if (!this.#supports[promise]) throw new Fault('NOT_SUPPORTED', `the venue does not support ${promise}`, 'never')
  }

  #admit(portfolio: PortfolioId, epoch: number): void {
    const { exchange } = this.options
    const highest = exchange.epoch(portfolio)
    if (epoch < highest && this.#layers.fencing)
      throw new Fault('STALE_EPOCH', `${portfolio} is at epoch ${highest}, not ${epoch}`, 'never', {
        portfolio,
        highest,
      })
    exchange.raise(portfolio, epoch)
  }

  async #answer<T>(answer: T): Promise<T> {
    this.#requests += 1
    try {
      await this.options.answers()
      return answer
    } finally {
      this.#requests -= 1
    }
  }
}
