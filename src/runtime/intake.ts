import type { Bust, Execution } from '#domain/book/events.js'
import { tradesWithout } from '#domain/book/history.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { type Corrections, noCorrections } from '#domain/portfolio/state.js'
import type { OrderReport, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'
import { Turns } from './turns.js'

/** The inbox key of an execution. */
export const executionKey = ({ id }: Execution): string => `exec:${id}`
/** What makes two reports of an execution the same: the digest of all they say. */
export const contentOf = (execution: Execution): string => digest(encode(execution))
/** The inbox key of an execution's taking-back. */
export const bustKey = ({ executionId }: Bust): string => `bust:${executionId}`

/** Takings-back of executions not booked yet that are remembered at most; more is not a venue's mistake but its fault. */
const MOST_AWAITED = 100

/**
 * Takes a gateway's reports. An execution is journaled once however often it is reported (invariant I3); the same id
 * with other content halts the portfolio, unless an adjustment settled just that content. It is taken back once as well,
 * before or after it is booked. Each promise settles after the entry is on disk (invariant I9). A portfolio the journal
 * does not know, or that somebody else has taken over, is not this process's to answer for: Fault `UNKNOWN_PORTFOLIO` or
 * `FENCED` (both safe: the gateway tells it again, and its owner hears it). A taking-back that names another order than
 * the execution's is none: `BAD_BUST` (never).
 */
export function intake(host: Host, journal: Journal, fenced: ReadonlySet<PortfolioId> = new Set()): ReportSink {
  return new Intake(host, journal, fenced)
}

class Intake implements ReportSink {
  readonly #underWay = new Map<string, { readonly digest: string; readonly done: Promise<void> }>()
  /** Fills of a portfolio wait while one of its executions is taken back: which lots it has must not change meanwhile. */
  readonly #turns = new Turns<PortfolioId>()

  constructor(
    private readonly host: Host,
    private readonly journal: Journal,
    private readonly fenced: ReadonlySet<PortfolioId>,
  ) {}

  async execution(portfolio: PortfolioId, execution: Execution): Promise<void> {
    this.#mustKnow(portfolio)
    for (let other = this.#turns.underWay(portfolio); other !== undefined; other = this.#turns.underWay(portfolio))
      await other
    const key = executionKey(execution)
    const content = contentOf(execution)
    const pending = this.#underWay.get(place(portfolio, key))
    if (pending?.digest === content) return pending.done
    const booked = pending?.digest ?? this.journal.inbox(portfolio, key)
    if (booked === content || this.#corrections(portfolio).contents?.[execution.id] === content) return
    if (booked !== undefined) {
      await this.host.deliver(portfolio, { type: 'conflicted', execution, booked }, execution.orderId)
      return
    }
    await this.#book(portfolio, key, content, { type: 'filled', execution }, execution.orderId)
  }

  async bust(portfolio: PortfolioId, bust: Bust): Promise<void> {
    this.#mustKnow(portfolio)
    await this.#turns.take(portfolio, () => this.#takeBack(portfolio, bust))
  }

  async order(portfolio: PortfolioId, report: OrderReport): Promise<void> {
    this.#mustKnow(portfolio)
    const { orderId, status, cumulative, reason } = report
    const news = { kind: 'reported', status, cumulative, reason } as const
    await this.host.deliver(portfolio, { type: 'orderNews', orderId, news }, orderId)
  }

  async #takeBack(portfolio: PortfolioId, bust: Bust): Promise<void> {
    const key = bustKey(bust)
    if (this.journal.inbox(portfolio, key) !== undefined) return
    const mine = [...this.#underWay].filter(([name]) => name.startsWith(place(portfolio, '')))
    await Promise.allSettled(mine.map(([, { done }]) => done))
    const all = this.journal.executions(portfolio)
    const execution = all.find(({ id }) => id === bust.executionId)
    const { busted, awaited, adjusted } = this.#corrections(portfolio)
    if (execution !== undefined && execution.orderId !== bust.orderId)
      throw new Fault('BAD_BUST', `${bust.executionId} is of order ${execution.orderId}, not ${bust.orderId}`, 'never')
    if (execution === undefined && awaited.length >= MOST_AWAITED)
      throw new Fault('BUSTS_AWAITED', `${portfolio} remembers ${MOST_AWAITED} takings-back of nothing booked`, 'safe')
    const booked =
      execution === undefined ? null : { execution, trades: tradesWithout(execution, all, busted, adjusted) }
    await this.#book(portfolio, key, digest(encode(bust)), { type: 'busted', bust, booked }, bust.orderId)
  }

  async #book(portfolio: PortfolioId, key: string, content: string, fact: PortfolioFact, cause: string): Promise<void> {
    const origin = { answers: [], inbox: { key, digest: content } }
    const done = this.host.deliver(portfolio, fact, cause, origin).then(() => undefined)
    this.#underWay.set(place(portfolio, key), { digest: content, done })
    try {
      await done
    } finally {
      this.#underWay.delete(place(portfolio, key))
    }
  }

  #corrections(portfolio: PortfolioId): Corrections {
    return this.host.snapshot(portfolio)?.context.corrections ?? noCorrections
  }

  #mustKnow(portfolio: PortfolioId): void {
    if (this.host.snapshot(portfolio) === undefined)
      throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not in this journal`, 'safe', { portfolio })
    if (this.fenced.has(portfolio))
      throw new Fault('FENCED', `${portfolio} belongs to another process`, 'safe', { portfolio })
  }
}

const place = (portfolio: PortfolioId, key: string): string => `${portfolio} ${key}`
