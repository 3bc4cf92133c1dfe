import type { z } from 'zod'
import type { Order } from '#domain/order.js'
import type { Bus, Message } from '#ports/bus.js'
import type {
  Gateway,
  GatewayAccount,
  Holdings,
  ListedExecution,
  NeverAnswer,
  OrderReport,
  QueryAnswer,
  ReportSink,
  SubmitAnswer,
  TradingTerms,
} from '#ports/gateway.js'
import { type Log, silentLog } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { type OrderId, type PortfolioId, portfolioId } from '#units/ids.js'
import type { Approved, Journaled } from '#units/proof.js'
import { answering, ask, type Exchange } from '../wire/exchange.js'
import { exec, termsMessage, ticketMessage } from '../wire/exec.js'
import { type GatewayVerb, subjects } from '../wire/subjects.js'

/** Times holdings of several pages are asked for until they are all of one moment. */
const WHOLE_TRIES = 5

/** How the engine reaches its gateways. */
export interface GatewayClientOptions {
  readonly bus: Bus
  /** Name of the gateway that has a portfolio's account. */
  readonly gatewayOf: (portfolio: PortfolioId) => string
  /** How long one exchange may take, milliseconds; a paged answer is several. */
  readonly timeoutMs: number
  readonly log?: Log
  /** Told the subject of every report that could not be understood. */
  readonly onInvalid?: (subject: string) => void
}

/**
 * Gateways in other processes, as the engine sees them: one exchange a call on `exec.v1.<gateway>.<verb>`, reports on
 * `ballast.v1.exec.report.*`, `ballast.v1.exec.bust.*` and `ballast.v1.exec.order.*`. Faults are the bus's or the gateway's own, besides
 * `BAD_ANSWER` (ask-first) and `INVALID` (never: the gateway did not understand the question and did nothing).
 * A report is answered once the sink has it on disk; a sink that fails says nothing, so the gateway tells it again;
 * only a Fault that no repetition can change (`never`) is answered, for the gateway's log.
 * `idle` speaks for this side alone: a question given up on may still be worked on at the other.
 */
export function gatewayClient(options: GatewayClientOptions): Gateway {
  return new GatewayClient(options)
}

class GatewayClient implements Gateway {
  readonly name = 'bus'
  readonly #log: Log
  #asking = 0
  #taking = 0
  #disconnect: (() => void) | null = null

  constructor(readonly options: GatewayClientOptions) {
    this.#log = options.log ?? silentLog
  }

  submit(order: Journaled<Approved<Order>>, epoch: number): Promise<SubmitAnswer> {
    return this.#asked(async () => {
      const answer = await this.#ask(exec.submit, 'submit', order.body.portfolio, ticketMessage(order, epoch))
      if (answer.status === 'accepted') return { kind: 'accepted' }
      if (answer.status === 'rejected') return { kind: 'rejected', reason: answer.reason }
      return { kind: 'duplicate', report: about(order.id, answer.report) }
    })
  }

  cancel(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<void> {
    return this.#asked(async () => {
      await this.#ask(exec.cancel, 'cancel', portfolio, { portfolio, client_order_id: id, epoch })
    })
  }

  query(portfolio: PortfolioId, id: OrderId): Promise<QueryAnswer> {
    return this.#asked(async () => {
      const answer = await this.#ask(exec.query, 'query', portfolio, { portfolio, client_order_id: id })
      return answer.status === 'known' ? { kind: 'known', report: about(id, answer.report) } : { kind: 'unknown' }
    })
  }

  never(portfolio: PortfolioId, id: OrderId, epoch: number): Promise<NeverAnswer> {
    return this.#asked(async () => {
      const answer = await this.#ask(exec.never, 'never', portfolio, { portfolio, client_order_id: id, epoch })
      return answer.status === 'known' ? { kind: 'known', report: about(id, answer.report) } : { kind: 'promised' }
    })
  }

  fence(portfolio: PortfolioId, epoch: number): Promise<{ readonly epoch: number }> {
    return this.#asked(async () => ({
      epoch: (await this.#ask(exec.fence, 'fence', portfolio, { portfolio, epoch })).epoch,
    }))
  }

  restrain(portfolio: PortfolioId, terms: TradingTerms, epoch: number): Promise<void> {
    return this.#asked(async () => {
      await this.#ask(exec.restrain, 'restrain', portfolio, termsMessage(portfolio, terms, epoch))
    })
  }

  account(portfolio: PortfolioId): Promise<GatewayAccount> {
    return this.#asked(async () => {
      const { mode, currency, ts, supports } = await this.#ask(exec.account, 'account', portfolio, { portfolio })
      const { idempotent, tombstones, replay } = supports
      return { mode, currency, at: ts, supports: { idempotent, tombstones, replay } }
    })
  }

  holdings(portfolio: PortfolioId): Promise<Holdings> {
    return this.#asked(async () => {
      for (let tries = 0; tries < WHOLE_TRIES; tries += 1) {
        const pages: z.output<typeof exec.holdings.answer>[] = []
        const items = await allPages('', async (after) => {
          pages.push(await this.#ask(exec.holdings, 'holdings', portfolio, { portfolio, after }))
          return pages.at(-1)!
        })
        const [{ as_of: asOf, fees, cash }] = pages as [(typeof pages)[number]]
        const positions = Object.fromEntries(items.map(({ symbol, qty }) => [symbol, qty]))
        if (pages.every((page) => page.as_of === asOf && page.cash.eq(cash))) return { asOf, positions, fees, cash }
      }
      throw new Fault('TIMEOUT', `the holdings of ${portfolio} change from page to page`, 'ask-first')
    })
  }

  executions(portfolio: PortfolioId, after: string): Promise<readonly ListedExecution[]> {
    return this.#asked(async () => {
      const items = await allPages(after, (mark) =>
        this.#ask(exec.executions, 'executions', portfolio, { portfolio, after: mark }),
      )
      return items.map(({ mark, execution, bust }) => ({ mark, execution, ...(bust === undefined ? {} : { bust }) }))
    })
  }

  connect(sink: ReportSink): () => void {
    this.#disconnect?.()
    const { bus } = this.options
    const observer = { invalid: (subject: string, reason: string) => this.#invalid(subject, reason) }
    const stops = [
      answering(
        bus,
        exec.executionReport,
        subjects.executionReport('*'),
        (execution, message) => this.#take(message, (portfolio) => sink.execution(portfolio, execution)),
        observer,
      ),
      answering(
        bus,
        exec.bustReport,
        subjects.bustReport('*'),
        (taken, message) => this.#take(message, (portfolio) => sink.bust(portfolio, taken)),
        observer,
      ),
      answering(
        bus,
        exec.orderReport,
        subjects.orderReport('*'),
        (report, message) => this.#take(message, (portfolio) => sink.order(portfolio, report)),
        observer,
      ),
    ]
    const disconnect = (): void => {
      for (const stop of stops.splice(0)) stop()
    }
    this.#disconnect = disconnect
    return disconnect
  }

  idle(): boolean {
    return this.#asking === 0 && this.#taking === 0
  }

  #ask<Q extends z.ZodType, A extends z.ZodType>(
    exchange: Exchange<Q, A>,
    verb: GatewayVerb,
    portfolio: PortfolioId,
    question: z.input<Q>,
  ): Promise<z.output<A>> {
    const { bus, gatewayOf, timeoutMs } = this.options
    return ask(bus, exchange, subjects.gateway(gatewayOf(portfolio), verb), question, timeoutMs)
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    this.#asking += 1
    try {
      return await work()
    } finally {
      this.#asking -= 1
    }
  }

  async #take({ subject }: Message, tell: (portfolio: PortfolioId) => Promise<void>): Promise<Record<string, never>> {
    this.#taking += 1
    try {
      await tell(this.#portfolioIn(subject))
      return {}
    } catch (error) {
      this.#log.warn({ subject, error: String(error) }, 'a report could not be taken')
      if (error instanceof Fault && error.retry === 'never') throw error
      throw new Fault('TIMEOUT', `${subject}: not taken, to be told again`, 'ask-first')
    } finally {
      this.#taking -= 1
    }
  }

  #portfolioIn(subject: string): PortfolioId {
    const name = subject.slice(subject.lastIndexOf('.') + 1)
    try {
      return portfolioId(name)
    } catch (error) {
      this.#invalid(subject, String(error))
      throw new Fault('INVALID', `${subject} ends in no portfolio id`, 'never')
    }
  }

  #invalid(subject: string, reason: string): void {
    this.#log.warn({ subject, reason }, 'a report could not be understood')
    this.options.onInvalid?.(subject)
  }
}

/** The report, if it is about the order asked for. @throws Fault `BAD_ANSWER`: the answer to another question. */
function about(id: OrderId, report: OrderReport): OrderReport {
  if (report.orderId === id) return report
  throw new Fault('BAD_ANSWER', `asked about ${id}, answered about ${report.orderId}`, 'ask-first')
}

/** Asks page after page. @throws Fault `BAD_ANSWER` when a page leads nowhere new: there would be no end. */
async function allPages<T>(
  first: string,
  page: (after: string) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): Promise<readonly T[]> {
  const all: T[] = []
  const asked = new Set<string>()
  for (let after: string | null = first; after !== null; ) {
    if (asked.has(after)) throw new Fault('BAD_ANSWER', `pages go round at ${JSON.stringify(after)}`, 'ask-first')
    asked.add(after)
    const { items, next } = await page(after)
    if (next !== null && items.length === 0)
      throw new Fault('BAD_ANSWER', `an empty page before ${JSON.stringify(next)}`, 'ask-first')
    all.push(...items)
    after = next
  }
  return all
}
