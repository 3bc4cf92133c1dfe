import type { z } from 'zod'
import type { Bust, Execution } from '#domain/book/events.js'
import type { Bus, Unsubscribe } from '#ports/bus.js'
import type {
  ListedExecution,
  NeverAnswer,
  OrderReport,
  QueryAnswer,
  ReportSink,
  SubmitAnswer,
  Venue,
} from '#ports/gateway.js'
import { type Log, silentLog } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { toIso } from '#units/time.js'
import { answering, ask, type Exchange } from '../wire/exchange.js'
import { bustMessage, exec, executionMessage, reasonText, reportMessage } from '../wire/exec.js'
import { type GatewayVerb, subjects } from '../wire/subjects.js'

/** Most of a page, bytes: with its envelope it stays below the limit of a body. */
const PAGE_BYTES = 48 * 1024

/** What a gateway is served with. */
export interface GatewayServerOptions {
  readonly bus: Bus
  readonly venue: Venue
  /** One token of a subject. Only one process may serve a name: two would each take a part of the orders. */
  readonly name: string
  /** How long the daemon may take to put a report on disk before it is told again, milliseconds. */
  readonly timeoutMs: number
  readonly log?: Log
}

/** A gateway being served. */
export interface GatewayServer {
  /** True when no question is being answered and no report is on its way to the daemon. */
  idle(): boolean
  /** Takes no more questions and reports nothing more; resolves when what was taken has been answered. */
  close(): Promise<void>
}

/**
 * Serves a venue on `exec.v1.<name>.<verb>` and brings its reports to the daemon: a report's promise resolves on the
 * daemon's answer and rejects without one, so that the venue tells it again. A question that cannot be understood is
 * refused with `INVALID` and never reaches the venue; the venue's Faults are refusals with their own code, except
 * `TIMEOUT`, which is silence, as is any other error (logged): what it did before is unknown.
 */
export function serveGateway(options: GatewayServerOptions): GatewayServer {
  return new Server(options)
}

class Server implements GatewayServer {
  readonly #log: Log
  readonly #stops: Unsubscribe[]
  readonly #under = new Set<Promise<unknown>>()

  constructor(readonly options: GatewayServerOptions) {
    this.#log = options.log ?? silentLog
    this.#stops = [...this.#orders(options.venue), ...this.#accounts(options.venue)]
    this.#stops.push(options.venue.connect(this.#sink()))
  }

  idle(): boolean {
    return this.#under.size === 0
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    while (this.#under.size > 0) await Promise.allSettled(this.#under)
  }

  #orders(venue: Venue): Unsubscribe[] {
    return [
      this.#serve(exec.submit, 'submit', async ({ ticket, epoch }) => submitted(await venue.submit(ticket, epoch))),
      this.#serve(exec.cancel, 'cancel', async ({ portfolio, client_order_id: id, epoch }) => {
        await venue.cancel(portfolio, id, epoch)
        return {}
      }),
      this.#serve(exec.query, 'query', async ({ portfolio, client_order_id: id }) =>
        known(await venue.query(portfolio, id)),
      ),
      this.#serve(exec.never, 'never', async ({ portfolio, client_order_id: id, epoch }) =>
        known(await venue.never(portfolio, id, epoch)),
      ),
    ]
  }

  #accounts(venue: Venue): Unsubscribe[] {
    return [
      this.#serve(exec.fence, 'fence', ({ portfolio, epoch }) => venue.fence(portfolio, epoch)),
      this.#serve(exec.restrain, 'restrain', async ({ portfolio, terms, epoch }) => {
        await venue.restrain(portfolio, terms, epoch)
        return {}
      }),
      this.#serve(exec.account, 'account', async ({ portfolio }) => {
        const { mode, currency, at, supports } = await venue.account(portfolio)
        return { mode, currency, ts: toIso(at), supports: { ...supports } }
      }),
      this.#serve(exec.holdings, 'holdings', async ({ portfolio, after }) => {
        const { asOf, positions, fees, cash } = await venue.holdings(portfolio)
        const held = Object.entries(positions).filter(([symbol]) => symbol > after)
        const rows = held.sort(([a], [b]) => (a < b ? -1 : 1))
        const items = pageOf(rows, ([symbol, qty]) => ({ symbol, qty: qty.toFixed() }))
        const next = items.length < rows.length ? items.at(-1)!.symbol : null
        return { as_of: asOf, fees: fees.toFixed(), cash: cash.toFixed(), items, next }
      }),
      this.#serve(exec.executions, 'executions', async ({ portfolio, after }) => {
        const rows = await venue.executions(portfolio, after)
        const items = pageOf(rows, listed)
        return { items, next: items.length < rows.length ? items.at(-1)!.mark : null }
      }),
    ]
  }

  #serve<Q extends z.ZodType, A extends z.ZodType>(
    exchange: Exchange<Q, A>,
    verb: GatewayVerb,
    handle: (asked: z.output<Q>) => Promise<z.input<A>>,
  ): Unsubscribe {
    const { bus, name } = this.options
    const subject = subjects.gateway(name, verb)
    return answering(bus, exchange, subject, (asked) => this.#tracked(this.#handled(verb, () => handle(asked))), {
      invalid: (_, reason) => this.#log.warn({ subject, reason }, 'a question could not be understood'),
    })
  }

  async #handled<T>(verb: GatewayVerb, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Fault)) this.#log.error({ verb, error: String(error) }, 'no answer: unexpected error')
      throw error
    }
  }

  /** Where the venue's reports go: to the daemon, each one question. */
  #sink(): ReportSink {
    const { bus, timeoutMs } = this.options
    return {
      execution: (portfolio: PortfolioId, execution: Execution) =>
        this.#told(portfolio, execution.id, () =>
          ask(bus, exec.executionReport, subjects.executionReport(portfolio), executionMessage(execution), timeoutMs),
        ),
      bust: (portfolio: PortfolioId, bust: Bust) =>
        this.#told(portfolio, bust.executionId, () =>
          ask(bus, exec.bustReport, subjects.bustReport(portfolio), bustMessage(bust), timeoutMs),
        ),
      order: (portfolio: PortfolioId, report: OrderReport) =>
        this.#told(portfolio, report.orderId, () =>
          ask(bus, exec.orderReport, subjects.orderReport(portfolio), reportMessage(report), timeoutMs),
        ),
    }
  }

  async #told(portfolio: PortfolioId, report: string, tell: () => Promise<object>): Promise<void> {
    try {
      await this.#tracked(tell())
    } catch (error) {
      if (error instanceof Fault && error.retry === 'never')
        this.#log.error({ portfolio, report, code: error.code, error: error.message }, 'the daemon refuses a report')
      throw error
    }
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#under.add(work)
    const done = (): void => void this.#under.delete(work)
    work.then(done, done)
    return work
  }
}

function submitted(answer: SubmitAnswer): z.input<typeof exec.submit.answer> {
  if (answer.kind === 'duplicate') return { status: 'duplicate', report: reportMessage(answer.report) }
  return answer.kind === 'accepted' ? { status: 'accepted' } : { status: 'rejected', reason: reasonText(answer.reason) }
}

function known<T extends QueryAnswer | NeverAnswer>(answer: T) {
  return answer.kind === 'known'
    ? { status: 'known' as const, report: reportMessage(answer.report) }
    : { status: answer.kind as Exclude<T['kind'], 'known'> }
}

const listed = ({ mark, execution, bust }: ListedExecution) => ({
  mark,
  execution: executionMessage(execution),
  ...(bust === undefined ? {} : { bust: bustMessage(bust) }),
})

/** Rows from the front, as they travel, as many as fit a page and at least one. */
function pageOf<R, W>(rows: readonly R[], wire: (row: R) => W): W[] {
  const items: W[] = []
  let bytes = 0
  for (const row of rows) {
    const item = wire(row)
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1
    if (bytes > PAGE_BYTES && items.length > 0) break
    items.push(item)
  }
  return items
}
