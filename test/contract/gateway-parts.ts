import type { Bust, Execution, Side } from '#domain/book/events.js'
import { bodyHash, clientOrderId, type Order, type OrderBody } from '#domain/order.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway, OrderReport, ReportSink } from '#ports/gateway.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import { type ExecutionId, incarnation, instrumentId, portfolioId, runId } from '#units/ids.js'
import { noMoney, noQuantity, price, quantity } from '#units/money.js'
import { type Approved, type Journaled, markApproved, markJournaled } from '#units/proof.js'
import { type Instant, later } from '#units/time.js'
import { barsOf } from '../support/prices.js'

/** Time that stands still until told otherwise; wakes are due when it reaches them. */
export class ManualClock implements Clock {
  #now: Instant
  #wakes: { readonly at: Instant; readonly callback: () => void }[] = []

  constructor(start: Instant) {
    this.#now = start
  }

  now(): Instant {
    return this.#now
  }

  wake(at: Instant, callback: () => void): () => void {
    const wake = { at, callback }
    this.#wakes.push(wake)
    return () => {
      this.#wakes = this.#wakes.filter((other) => other !== wake)
    }
  }

  /** How many wakes are waiting. */
  get waiting(): number {
    return this.#wakes.length
  }

  /** Moves on and fires what is due, earliest first. */
  advance(ms: number): void {
    this.#now = later(this.#now, ms)
    const due = this.#wakes.filter((wake) => wake.at <= this.#now).sort((a, b) => a.at - b.at)
    this.#wakes = this.#wakes.filter((wake) => wake.at > this.#now)
    for (const wake of due) wake.callback()
  }
}

/** A gateway under test with the strings that move its venue. */
export interface GatewayHarness {
  readonly clock: ManualClock
  /** The gateway as it is now; another object after {@link GatewayHarness.reopen}. */
  gateway(): Gateway
  /** Sets the venue's market. */
  bars(bars: SessionBars): void
  /** Ends the gateway without any farewell to its sink and starts it again on what it had stored; no bars are set. */
  reopen(): Promise<void>
  /** Has the venue take an execution of {@link MAIN} back as `erroneous`. */
  bust(id: ExecutionId): Promise<void>
  /** How often each id was newly accepted. */
  acceptances(): readonly { readonly orderId: string; readonly times: number }[]
  /**
   * Resolves when nothing is under way any more, reports that wait for their time to be offered again included: time
   * moves on for them. Left out where idle alone says so.
   */
  settled?(): Promise<void>
  close(): Promise<void>
}

/** The portfolio, the first session and its bars that the suite trades on. */
export const MAIN = portfolioId('main')
export const FIRST = barsOf('2020-01-06', { AAA: '100.00', BBB: '50.00', CCC: '20.00' })
/** The session after {@link FIRST}. */
export const SECOND = barsOf('2020-01-07', { AAA: '101.00', BBB: '51.00', CCC: '21.00' })

/** An order ready to be sent; each leg number has its own id. */
export function orderFor(leg: number, changes: Partial<OrderBody> = {}): Journaled<Approved<Order>> {
  const side: Side = changes.side ?? 'buy'
  const body: OrderBody = {
    portfolio: MAIN,
    run: runId(1),
    leg: `${side}-${leg}`,
    attempt: 1,
    instrument: instrumentId('AAA'),
    side,
    quantity: quantity('30'),
    type: 'limit',
    limit: price(side === 'buy' ? '105' : '10'),
    arrival: price('100'),
    timeInForce: 'day',
    notAfter: later(FIRST.at, 60_000),
    ...changes,
  }
  const order: Order = {
    id: clientOrderId({ ...body, leg: String(leg) }, incarnation('contract0')),
    body,
    bodyHash: bodyHash(body),
    status: 'submitting',
    cumulative: noQuantity,
    value: noMoney,
    fees: noMoney,
    reported: null,
    sends: 1,
    waits: 0,
    executions: [],
    reason: '',
    intendedAt: FIRST.at,
    closedAt: null,
  }
  return markJournaled(markApproved(order))
}

/** A sink that writes down what it is told and takes it, unless told to refuse. */
export class RecordingSink implements ReportSink {
  readonly executions: Execution[] = []
  readonly orders: OrderReport[] = []
  readonly busts: Bust[] = []
  /** Everything in the order it came, refused attempts included. */
  readonly attempts: string[] = []
  /** Set to refuse: called with the attempt's name, true refuses it. */
  refuses: (attempt: string) => boolean = () => false
  #inside = 0

  async execution(_portfolio: string, execution: Execution): Promise<void> {
    await this.#told(execution.id)
    this.executions.push(execution)
  }

  async bust(_portfolio: string, bust: Bust): Promise<void> {
    await this.#told(`bust ${bust.executionId}`)
    this.busts.push(bust)
  }

  async order(_portfolio: string, report: OrderReport): Promise<void> {
    await this.#told(`${report.orderId} ${report.status}`)
    this.orders.push(report)
  }

  async #told(attempt: string): Promise<void> {
    this.#inside += 1
    this.attempts.push(attempt)
    if (this.#inside > 1) throw new Error('two reports of one portfolio at once')
    await new Promise((resolve) => setImmediate(resolve))
    this.#inside -= 1
    if (this.refuses(attempt)) throw new Error('not now')
  }
}

/** Lets the event loop turn until the condition holds; fails with the condition's text after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** What a call throws: a Fault's code and whether to repeat it, or `no fault`. */
export const faultCode = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => 'no fault',
    (thrown: unknown) => thrown,
  )
  return error instanceof Fault ? `${error.code} ${error.retry}` : String(error)
}
