import type { MarketView } from '#domain/market.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { FINAL_RUN, type RunStatus } from '#domain/run.js'
import { sessionReturn } from '#domain/trips/daily-loss.js'
import { findings, type TripLimits } from '#domain/trips/registry.js'
import type { Finding, TripInput } from '#domain/trips/trip.js'
import type { Clock } from '#ports/clock.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Decimal } from '#units/decimal.js'
import type { PortfolioId } from '#units/ids.js'
import type { Staged } from './actor.js'
import type { Engine } from './engine.js'

/** What trips work with. */
export interface TripPorts {
  readonly limits: TripLimits
  readonly journal: Pick<Journal, 'runs'>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

interface Seen {
  /** How runs ended since trading was last resumed. */
  readonly ended: RunStatus[]
  /** True from the end of a run until it was looked at: a failure counts once, not at every look. */
  fresh: boolean
  unitAtClose: Decimal | null
  /** Findings said already. */
  said: ReadonlySet<string>
}

/**
 * Stops trading by rule: looks at each portfolio with every pulse and halts one whose figures are past a limit, with rule and
 * figures in the journal. What it remembers beside the state is the last close and how runs ended; after a restart in the
 * middle of a session with a deposit, the session counts from that deposit.
 */
export class TripWatch {
  readonly #seen = new Map<PortfolioId, Seen>()

  constructor(private readonly ports: TripPorts) {}

  /** Follows the steps on disk. */
  follow({ portfolio, entry: { event }, after, commit }: Staged): void {
    const first = !this.#seen.has(portfolio)
    const seen = this.#of(portfolio, after.context)
    if (event.type === 'marked') seen.unitAtClose = after.context.book.nav.perUnit
    if (event.type === 'permitted' && event.to === 'active') seen.ended.length = 0
    const { run } = commit
    if (run === null || !FINAL_RUN.has(run.status)) return
    if (!first) seen.ended.push(run.status) // else the journal has told of it already
    seen.fresh = true
  }

  /** Looks at portfolios as they stand; resolves once every halt is on disk. */
  async look(
    engine: Pick<Engine, 'host' | 'permit'>,
    portfolios: readonly PortfolioId[],
    view: MarketView,
  ): Promise<void> {
    await Promise.all(
      portfolios.map(async (portfolio) => {
        const snapshot = engine.host.snapshot(portfolio)
        if (snapshot === undefined || snapshot.value.permission === 'halted') return
        const input = this.#input(portfolio, snapshot.context, view)
        const found = findings(this.ports.limits, input)
        this.#say(portfolio, found, input)
        const [stop] = found
        if (stop?.verdict !== 'halt') return
        const trip = { rule: stop.rule, figures: stop.figures }
        await engine.permit(portfolio, 'halted', `trip:${stop.rule}`, stop.reason, null, { trip })
        this.ports.metrics.count('ballast_trips_total', { rule: stop.rule })
      }),
    )
  }

  #input(portfolio: PortfolioId, state: PortfolioState, view: MarketView): TripInput {
    const seen = this.#of(portfolio, state)
    const ended = seen.fresh ? [...seen.ended] : []
    seen.fresh = false
    return { state, at: this.ports.clock.now(), view, ended, unitAtClose: seen.unitAtClose }
  }

  #say(portfolio: PortfolioId, found: readonly Finding[], input: TripInput): void {
    const { metrics, log } = this.ports
    const made = sessionReturn(input)
    if (made !== null) metrics.gauge('ballast_session_return_ratio', made, { portfolio })
    const seen = this.#of(portfolio, input.state)
    for (const { rule, verdict, reason, figures } of found)
      if (!seen.said.has(`${rule} ${verdict}`)) log.warn({ portfolio, rule, verdict, figures }, reason)
    seen.said = new Set(found.map(({ rule, verdict }) => `${rule} ${verdict}`))
  }

  /** What is remembered of a portfolio; at first, what its journal and state say. */
  #of(portfolio: PortfolioId, { book }: PortfolioState): Seen {
    const known = this.#seen.get(portfolio)
    if (known !== undefined) return known
    const ended = this.ports.journal.runs(portfolio).flatMap((run) => (FINAL_RUN.has(run.status) ? [run.status] : []))
    const unitAtClose = book.nav.markedSession === null ? null : book.nav.perUnit
    const seen: Seen = { ended, fresh: false, unitAtClose, said: new Set() }
    this.#seen.set(portfolio, seen)
    return seen
  }
}
