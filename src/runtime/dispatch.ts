import { freshPrice } from '#domain/market.js'
import type { Order } from '#domain/order.js'
import { withheld } from '#domain/permission/restraint.js'
import type { Request } from '#domain/portfolio/effect.js'
import { requestKey } from '#domain/portfolio/effect.js'
import type { OrderNews, PortfolioFact } from '#domain/portfolio/event.js'
import type { TargetsAnswer } from '#domain/run.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway, NeverAnswer, OrderReport, QueryAnswer, SubmitAnswer } from '#ports/gateway.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import { Fault } from '#units/fault.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import { type Approved, markJournaled } from '#units/proof.js'

/** Computes a portfolio's targets; never throws: a failure is an answer. */
export type Targeting = (
  snapshot: PortfolioSnapshot,
  held: Extract<Request, { type: 'solve' }>['held'],
) => Promise<TargetsAnswer>

/** What requests are carried out with, and where their answers go. */
export interface DispatchPorts {
  readonly gateway: Gateway
  readonly market: Market
  readonly clock: Clock
  readonly targeting: Targeting
  readonly log: Log
  readonly snapshot: (portfolio: PortfolioId) => PortfolioSnapshot | undefined
  /** Looks for the kill file: its reason, null when it is not there. */
  readonly killed?: () => string | null
  /** Told that the gateway obeys another owner now. */
  readonly fenced: (portfolio: PortfolioId, reason: string) => void
  readonly answer: (portfolio: PortfolioId, fact: PortfolioFact, cause: string, key: string) => Promise<unknown>
}

/** Carries out journaled requests and turns what comes back into events. */
export class Dispatcher {
  #open = 0

  constructor(private readonly ports: DispatchPorts) {}

  /** True when every request sent has been answered and the answer journaled. */
  idle(): boolean {
    return this.#open === 0
  }

  /**
   * Carries out a request whose entry is on disk, `again` when an earlier process may have done so. Never throws: no answer
   * is itself an answer (`unanswered`).
   */
  perform(portfolio: PortfolioId, request: Request, again = false): void {
    this.#open += 1
    this.#carryOut(portfolio, request, again)
      .catch((error: unknown) =>
        this.ports.log.warn({ portfolio, request: requestKey(request), error: String(error) }, 'unanswered request'),
      )
      .finally(() => {
        this.#open -= 1
      })
  }

  async #carryOut(portfolio: PortfolioId, request: Request, again: boolean): Promise<void> {
    const fact = await this.#factOf(portfolio, request, again)
    const cause = request.type === 'solve' || request.type === 'observe' ? request.request : orderIdOf(request)
    await this.ports.answer(portfolio, fact, cause, requestKey(request))
  }

  async #factOf(portfolio: PortfolioId, request: Request, again: boolean): Promise<PortfolioFact> {
    if (request.type === 'observe')
      return { type: 'observed', request: request.request, view: this.#viewFor(portfolio) }
    if (request.type === 'solve') {
      const snapshot = this.ports.snapshot(portfolio)
      if (snapshot === undefined) throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not hosted`, 'never')
      const answer = await this.ports.targeting(snapshot, request.held)
      return { type: 'solved', request: request.request, answer, view: this.#viewFor(portfolio) }
    }
    return { type: 'orderNews', orderId: orderIdOf(request), news: await this.#ask(portfolio, request, again) }
  }

  async #ask(
    portfolio: PortfolioId,
    request: Exclude<Request, { type: 'solve' | 'observe' }>,
    again: boolean,
  ): Promise<OrderNews> {
    const { gateway } = this.ports
    const epoch = this.ports.snapshot(portfolio)?.context.epoch ?? 0
    try {
      switch (request.type) {
        case 'submit':
          return await this.#submit(portfolio, request.order, epoch, again)
        case 'query':
          return queryNews(await gateway.query(portfolio, request.orderId))
        case 'never':
          return neverNews(await gateway.never(portfolio, request.orderId, epoch))
        case 'cancel':
          await gateway.cancel(portfolio, request.orderId, epoch)
          return queryNews(await gateway.query(portfolio, request.orderId))
      }
    } catch (error) {
      if (error instanceof Fault && error.code === 'STALE_EPOCH') this.ports.fenced(portfolio, error.message)
      if (error instanceof Fault) return { kind: 'unanswered', reason: `${error.code}: ${error.message}` }
      throw error
    }
  }

  /** Sends an order if it still may be. A gateway that would take its id twice is asked first, unless it is the first time. */
  async #submit(portfolio: PortfolioId, order: Approved<Order>, epoch: number, again: boolean): Promise<OrderNews> {
    const { gateway } = this.ports
    const resent = again || order.sends > 1
    if (resent && this.ports.snapshot(portfolio)?.context.support?.idempotent === false) {
      const answer = await gateway.query(portfolio, order.id)
      if (answer.kind === 'known') return reportNews(answer.report)
    }
    const why = this.#withheld(portfolio, order, resent)
    if (why !== null) return { kind: 'unanswered', reason: `not sent: ${why}` }
    return submitNews(await gateway.submit(markJournaled(order), epoch))
  }

  /**
   * The last look before an order leaves (invariant I12): what is on disk or in memory may have been overtaken since the
   * order was intended, by a halt, by its own last moment, by prices nobody has heard since; and the kill file speaks
   * before anything is journaled.
   */
  #withheld(portfolio: PortfolioId, { body }: Order, resent: boolean): string | null {
    const { clock, market, killed } = this.ports
    const file = killed?.() ?? null
    if (file !== null) return `the kill file is there (${file})`
    const now = clock.now()
    if (now >= body.notAfter) return 'it is too late for it'
    const snapshot = this.ports.snapshot(portfolio)
    // The first time it was decided on fresh prices a moment ago, unless its plan has waited for people.
    const waited = snapshot?.context.run?.approval !== undefined
    const fresh = resent || waited ? freshPrice(market.view(now), body.instrument) : null
    if (fresh?.ok === false) return fresh.refusal.message
    return snapshot === undefined ? null : withheld(snapshot.value.permission, snapshot.context, body)
  }

  #viewFor(portfolio: PortfolioId): ReturnType<Market['view']> {
    return decisionView(this.ports.market.view(this.ports.clock.now()), this.ports.snapshot(portfolio))
  }
}

/** A view cut down to what a portfolio holds or may hold: what its journal needs to keep. */
export function universeView(
  view: ReturnType<Market['view']>,
  snapshot: PortfolioSnapshot | undefined,
): ReturnType<Market['view']> {
  if (snapshot === undefined) return view
  const { policy, book } = snapshot.context
  const names = new Set<string>([...policy.universe.map((spec) => spec.id), ...Object.keys(book.positions)])
  const quotes = Object.fromEntries(Object.entries(view.quotes).filter(([id]) => names.has(id)))
  const { liquidity: _, ...plain } = view
  return { ...plain, quotes }
}

/** A view for a decision: cut down as {@link universeView} does, with what it shows of liquidity where the policy asks. */
export function decisionView(
  view: ReturnType<Market['view']>,
  snapshot: PortfolioSnapshot | undefined,
): ReturnType<Market['view']> {
  const seen = universeView(view, snapshot)
  if (snapshot?.context.policy.liquidity === undefined || view.liquidity === undefined) return seen
  const known = Object.entries(view.liquidity).filter(([id]) => Object.hasOwn(seen.quotes, id))
  return { ...seen, liquidity: Object.fromEntries(known) }
}

const orderIdOf = (request: Exclude<Request, { type: 'solve' | 'observe' }>): OrderId =>
  request.type === 'submit' ? request.order.id : request.orderId

const reportNews = ({ status, cumulative, reason }: OrderReport): OrderNews => ({
  kind: 'reported',
  status,
  cumulative,
  reason,
})

function submitNews(answer: SubmitAnswer): OrderNews {
  if (answer.kind === 'accepted') return { kind: 'accepted' }
  if (answer.kind === 'rejected') return { kind: 'rejected', reason: answer.reason }
  return reportNews(answer.report)
}

/** What a gateway's answer to a query means for the order. */
export const queryNews = (answer: QueryAnswer): OrderNews =>
  answer.kind === 'unknown' ? { kind: 'unseen' } : reportNews(answer.report)

const neverNews = (answer: NeverAnswer): OrderNews =>
  answer.kind === 'promised' ? { kind: 'promised' } : reportNews(answer.report)
