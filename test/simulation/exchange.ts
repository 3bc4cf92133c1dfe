import type { NumberedReport } from '#adapters/gateway/paper/reporter.js'
import type { Report } from '#adapters/gateway/paper/store.js'
import type { KeptTerms } from '#adapters/gateway/paper/terms.js'
import type { Bust, Execution } from '#domain/book/events.js'
import { cashFlow, signedQuantity } from '#domain/book/postings.js'
import type { OrderBody } from '#domain/order.js'
import { executed } from '#domain/order-life.js'
import type { Holdings, ListedExecution, OrderReport, OrderTicket, VenueStatus } from '#ports/gateway.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Decimal, parseDecimal } from '#units/decimal.js'
import type { ExecutionId, InstrumentId, OrderId, PortfolioId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, type Price, plus, price, type Quantity } from '#units/money.js'
import type { Instant, SessionDate } from '#units/time.js'

/** An order as the exchange knows it. */
export interface VenueOrder {
  readonly id: OrderId
  readonly body: OrderBody
  readonly bodyHash: string
  readonly epoch: number
  readonly accepted: boolean
  readonly session: SessionDate | null
  /** 0 for the first order of an id, 1 for a second one that should never have been. */
  readonly copy: number
  status: VenueStatus
  reason: string
  cumulative: Quantity
  /** What of it was taken back: not in the above, and not traded again. */
  busted: Quantity
  /** What it had filled when it ended, what was taken back included; null while it may trade. */
  told: Quantity | null
  pieces: number
  at: Instant
  /** Fills whose report waits for the order's end. */
  held: readonly Report[]
}

/** True while it may trade. */
export const isOpen = (order: VenueOrder): boolean => order.status === 'accepted'

/** The exchange's word on an order. */
export const reportOf = ({ id, status, cumulative, reason, at }: VenueOrder): OrderReport => ({
  orderId: id,
  status,
  cumulative,
  reason,
  at,
})

interface Account {
  epoch: number
  fees: Money
  cash: Money
  reports: number
  readonly positions: Map<InstrumentId, Quantity>
  readonly executions: Execution[]
  untold: NumberedReport[]
  refused: number
}

/**
 * What is true at the exchange and durable at the gateway: orders, promises, epochs, executions, reports not taken yet.
 * The ground truth that the books are compared with.
 */
export class Exchange {
  bars: SessionBars | null = null
  readonly tombstones = new Set<OrderId>()
  /** What may be taken for each portfolio that was ever told. */
  readonly terms = new Map<PortfolioId, KeptTerms>()
  /** Executions told with two contents. */
  readonly conflicts = new Map<string, PortfolioId>()
  /** Every order, the second copies of an id too, as they came. */
  readonly orders: VenueOrder[] = []
  readonly #byId = new Map<OrderId, VenueOrder>()
  readonly #open = new Set<VenueOrder>()
  readonly #busts = new Map<ExecutionId, Bust>()
  readonly #accounts = new Map<PortfolioId, Account>()

  constructor(private readonly onAccepted: (order: VenueOrder, ticket: OrderTicket) => void = () => undefined) {}

  order(id: OrderId): VenueOrder | undefined {
    return this.#byId.get(id)
  }

  /** Orders that may trade, oldest first. */
  open(): readonly VenueOrder[] {
    return [...this.#open]
  }

  /** The close an order trades against; undefined when the session has none. */
  close(instrument: InstrumentId): Price | undefined {
    const text = this.bars?.closes[instrument]
    const close = text === undefined ? undefined : parseDecimal(text)
    return close?.gt(0) ? price(close) : undefined
  }

  /** Records an order, refused when there is a reason to. */
  take(ticket: OrderTicket, epoch: number, refusal: string | null, at: Instant): VenueOrder {
    const { id, body, bodyHash } = ticket
    const before = this.#byId.get(id)
    const order: VenueOrder = {
      ...{ id, body, bodyHash, epoch, at },
      accepted: refusal === null,
      session: this.bars?.session ?? null,
      copy: before === undefined ? 0 : before.copy + 1,
      status: refusal === null ? 'accepted' : 'rejected',
      reason: refusal ?? '',
      ...{ cumulative: noQuantity, busted: noQuantity },
      told: null,
      pieces: 0,
      held: [],
    }
    this.orders.push(order)
    this.#byId.set(id, order)
    if (order.accepted) {
      this.#open.add(order)
      this.onAccepted(order, ticket)
    }
    return order
  }

  /** An order ends. */
  end(order: VenueOrder, status: VenueStatus, reason: string, at: Instant): void {
    Object.assign(order, { status, reason, at, told: executed(order) })
    this.#open.delete(order)
  }

  /** An execution happens. */
  book(portfolio: PortfolioId, execution: Execution): void {
    this.#move(portfolio, execution, plus)
    this.#account(portfolio).executions.push(execution)
  }

  /** An execution is taken back. */
  bust(portfolio: PortfolioId, bust: Bust): void {
    const execution = this.#account(portfolio).executions.find(({ id }) => id === bust.executionId)!
    const order = this.#byId.get(bust.orderId)!
    this.#move(portfolio, execution, minus)
    order.cumulative = minus(order.cumulative, execution.quantity)
    order.busted = plus(order.busted, execution.quantity)
    this.#busts.set(bust.executionId, bust)
  }

  /** What was taken back of an account. */
  busted(portfolio: PortfolioId): readonly ExecutionId[] {
    const { executions } = this.#account(portfolio)
    return this.#busts.size === 0 ? [] : executions.map(({ id }) => id).filter((id) => this.#busts.has(id))
  }

  isBusted(id: ExecutionId): boolean {
    return this.#busts.has(id)
  }

  #move(portfolio: PortfolioId, execution: Execution, add: typeof plus): void {
    const account = this.#account(portfolio)
    const { instrument, fee } = execution
    account.positions.set(instrument, add(account.positions.get(instrument) ?? noQuantity, signedQuantity(execution)))
    account.fees = add(account.fees, fee)
    account.cash = add(account.cash, cashFlow(execution, new Decimal('1')))
  }

  /** Numbers reports; they are told until they are taken. */
  tell(portfolio: PortfolioId, reports: readonly Report[]): readonly NumberedReport[] {
    const account = this.#account(portfolio)
    const numbered = reports.map((report, index) => ({ number: account.reports + index + 1, report }))
    account.reports += reports.length
    account.untold.push(...numbered)
    return numbered
  }

  taken(portfolio: PortfolioId, number: number): void {
    const account = this.#account(portfolio)
    account.untold = account.untold.filter((row) => row.number !== number)
  }

  setAside(portfolio: PortfolioId, number: number): void {
    this.taken(portfolio, number)
    this.#account(portfolio).refused += 1
  }

  /** Reports refused for good: a mistake of one of the two sides. */
  get refused(): number {
    return [...this.#accounts.values()].reduce((sum, account) => sum + account.refused, 0)
  }

  /** Everything not taken yet is never told again. */
  forget(): void {
    for (const account of this.#accounts.values()) account.untold = []
  }

  get untold(): readonly (readonly [PortfolioId, readonly NumberedReport[]])[] {
    return [...this.#accounts].map(([id, account]) => [id, account.untold])
  }

  epoch(portfolio: PortfolioId): number {
    return this.#account(portfolio).epoch
  }

  raise(portfolio: PortfolioId, epoch: number): void {
    const account = this.#account(portfolio)
    account.epoch = Math.max(account.epoch, epoch)
  }

  /** What an account has traded; units at zero are left out. */
  holdings(portfolio: PortfolioId): Holdings {
    const { positions, executions, fees, cash } = this.#account(portfolio)
    const held = [...positions].filter(([, units]) => !units.isZero()).sort(([a], [b]) => (a < b ? -1 : 1))
    const asOf = executions.length === 0 ? '' : markOf(executions.length)
    return { asOf, positions: Object.fromEntries(held), fees, cash }
  }

  executions(portfolio: PortfolioId, after = ''): readonly ListedExecution[] {
    const rows = this.#account(portfolio).executions.map((execution, index): ListedExecution => {
      const bust = this.#busts.get(execution.id)
      return { mark: markOf(index + 1), execution, ...(bust === undefined ? {} : { bust }) }
    })
    return rows.filter(({ mark }) => mark > after)
  }

  #account(portfolio: PortfolioId): Account {
    let account = this.#accounts.get(portfolio)
    if (account === undefined) {
      account = {
        ...{ epoch: 0, fees: noMoney, cash: noMoney, reports: 0, refused: 0 },
        ...{ positions: new Map(), executions: [], untold: [] },
      }
      this.#accounts.set(portfolio, account)
    }
    return account
  }
}

const markOf = (number: number): string => String(number).padStart(12, '0')
