import type { Clock } from '#ports/clock.js'
import type { Gateway, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { Metrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'
import { takeOver } from './reconcile.js'

/** What taking over works with. */
interface OwnershipPorts {
  readonly host: Host
  readonly journal: Journal
  readonly gateway: Gateway
  readonly market: Market
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Which portfolios this very process has taken over; what an earlier one left in the journal says nothing about it. */
export class Ownership {
  /** Portfolios whose gateway has not answered yet. */
  readonly #waiting = new Set<PortfolioId>()
  /** By portfolio, how far its history went when what it still had to do was carried out. */
  readonly #owned = new Map<PortfolioId, number>()
  /** Portfolios that another process has taken over since; only a restart makes them this process's again. */
  readonly #fenced = new Set<PortfolioId>()

  constructor(private readonly ports: OwnershipPorts) {}

  /** Portfolios that are not taken over yet because their gateway does not answer, in id order. */
  get waiting(): readonly PortfolioId[] {
    return [...this.#waiting].sort()
  }

  /** Portfolios another process has taken from this one. */
  get fenced(): ReadonlySet<PortfolioId> {
    return this.#fenced
  }

  /** True once this process has taken the portfolio over, until it is fenced. */
  has(portfolio: PortfolioId): boolean {
    return this.#owned.has(portfolio)
  }

  /** Notes a portfolio that is to be taken over. */
  want(portfolio: PortfolioId): void {
    this.#waiting.add(portfolio)
  }

  /**
   * True when the requests of this entry are for its step to carry out: it is this process's, and came after what the
   * outbox held at the take-over. One written together with the take-over was in that outbox already.
   */
  carriesOut(portfolio: PortfolioId, seq: number): boolean {
    return seq > (this.#owned.get(portfolio) ?? Number.POSITIVE_INFINITY)
  }

  /** Notes that a take-over is on disk, in a history that by then goes as far as `seq`. */
  gain(portfolio: PortfolioId, seq: number): void {
    this.#owned.set(portfolio, seq)
  }

  /** The gateway obeys another process now: nothing more is done for this portfolio, and it halts. */
  lose(portfolio: PortfolioId, reason: string): void {
    this.#fenced.add(portfolio)
    this.#owned.delete(portfolio)
    void this.#fault(portfolio, reason, 'fenced')
  }

  /** Tries to take over those that wait. One whose gateway does not answer goes on waiting; any other failure halts it. */
  async takeOverWaiting(sink: ReportSink): Promise<void> {
    await Promise.all(this.waiting.map((portfolio) => this.#takeOver(portfolio, sink)))
  }

  async #takeOver(portfolio: PortfolioId, sink: ReportSink): Promise<void> {
    const { log } = this.ports
    try {
      await takeOver(portfolio, { ...this.ports, sink })
    } catch (error) {
      const passing = error instanceof Fault && error.retry !== 'never'
      const reason = error instanceof Error ? error.message : String(error)
      log[passing ? 'warn' : 'error']({ portfolio, error: String(error) }, 'take-over failed')
      if (passing) return
      await this.#fault(portfolio, reason, 'take-over')
    }
    this.#waiting.delete(portfolio)
  }

  /** Halts a portfolio whose world is not what it must be. */
  async #fault(portfolio: PortfolioId, reason: string, event: string): Promise<void> {
    const { host } = this.ports
    if (host.snapshot(portfolio)?.value.permission === 'halted') return
    await host.deliver(portfolio, { type: 'faulted', reason, event }, event).catch(() => undefined)
  }
}
