import type { MarketView } from '#domain/market.js'
import { standingOf } from '#domain/permission/restraint.js'
import { type BlockedTrigger, type Due, due } from '#domain/trigger.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Market } from '#ports/market.js'
import type { Metrics } from '#ports/metrics.js'
import type { PortfolioId } from '#units/ids.js'
import { decisionView } from './dispatch.js'
import type { Host } from './host.js'
import { Screen } from './screen/screen.js'
import { tell } from './tell.js'

/** What a pulse looks at and whom it tells. */
export interface PulsePorts {
  readonly host: Pick<Host, 'snapshot' | 'deliver'>
  readonly market: Market
  readonly clock: Clock
  readonly metrics: Metrics
  /** Told of triggers that were due but may not fire. */
  readonly onBlocked: (portfolio: PortfolioId, blocked: readonly BlockedTrigger[]) => void
  /** Whether anything new of a portfolio may leave. */
  readonly isReady: (portfolio: PortfolioId) => boolean
}

/**
 * Looks at portfolios and starts the runs that are due. Which portfolios nothing can be due for a {@link Screen} knows; the
 * others, and they alone, are valued exactly.
 */
export class Pulse {
  readonly #screen = new Screen()

  constructor(private readonly ports: PulsePorts) {}

  /** One look; resolves once every run that it starts is on disk. */
  async look(portfolios: readonly PortfolioId[]): Promise<void> {
    const { host, market, clock, metrics } = this.ports
    const started = performance.now()
    const view = market.view(clock.now())
    this.#screen.look(view)
    const asked: Promise<void>[] = []
    for (const portfolio of portfolios) {
      const snapshot = host.snapshot(portfolio)
      const known = snapshot === undefined ? null : this.#screen.known(portfolio, snapshot.context)
      if (known === null || known.blocked.length > 0) asked.push(this.#ask(portfolio, snapshot, view, known))
    }
    metrics.observe('ballast_pulse_duration_seconds', (performance.now() - started) / 1000)
    metrics.count('ballast_pulse_portfolios_total', { way: 'screened' }, portfolios.length - asked.length)
    metrics.count('ballast_pulse_portfolios_total', { way: 'asked' }, asked.length)
    await Promise.all(asked)
  }

  /** Where something may be due: what fails here fails for one portfolio, the others are looked at all the same. */
  async #ask(
    portfolio: PortfolioId,
    snapshot: PortfolioSnapshot | undefined,
    view: MarketView,
    known: Due | null,
  ): Promise<void> {
    if (snapshot === undefined) throw new RangeError(`${portfolio} is not hosted`)
    const { trading } = standingOf(snapshot.value.permission, snapshot.context)
    if (trading !== 'active' || !this.ports.isReady(portfolio)) return
    const answer = known ?? due(snapshot.context, view)
    if (known === null) this.#screen.learn(portfolio, snapshot.context, answer)
    const { trigger, blocked } = answer
    this.ports.onBlocked(portfolio, blocked)
    if (trigger === null) return
    const fact = { type: 'triggered', trigger, view: decisionView(view, snapshot) } as const
    await tell(this.ports.host, portfolio, fact, trigger.kind)
  }
}
