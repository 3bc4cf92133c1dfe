import { lossLimitsOf } from '#domain/lifecycle/losses.js'
import type { MarketView } from '#domain/market.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Run, RunStatus } from '#domain/run.js'
import { sessionReturn, tighterLoss } from '#domain/trips/daily-loss.js'
import { latestRuns, wentWell, wentWrong } from '#domain/trips/failed-runs.js'
import { areLasting, findings, type TripLimits } from '#domain/trips/registry.js'
import type { Finding, TripInput } from '#domain/trips/trip.js'
import type { Clock } from '#ports/clock.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Decimal } from '#units/decimal.js'
import type { PortfolioId, RunId } from '#units/ids.js'
import type { Staged } from './actor.js'
import type { Engine } from './engine.js'

/** What trips work with. */
export interface TripPorts {
  readonly limits: TripLimits
  readonly journal: Pick<Journal, 'runs' | 'entries' | 'head'>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

interface Seen {
  /** Journal sequence of when somebody last let trading go on: runs that began before it count no more. */
  resumed: number
  /** Journal sequence with which the last run that went well began; 0 before the first. */
  well: number
  /** The runs since then, and since that one, that failed: no more than a few, however long the process lives. */
  readonly ended: Map<RunId, RunStatus>
  unitAtClose: Decimal | null
  /** Findings said already. */
  said: ReadonlySet<string>
  /** What was looked at last, when looking at the same again would find the same; null since something else has changed. */
  looked: { readonly state: PortfolioState; readonly view: MarketView } | null
}

/** Entries read at once. */
const CHUNK = 512

/**
 * Stops trading by rule: looks at each portfolio with every pulse and halts one whose figures are past a limit, with rule and
 * figures in the journal. How runs ended is what the journal says, so that a restart neither forgets a failure nor a reset.
 * A session's loss is held to the tighter of the daemon's limit and that of the portfolio's own rule. Where the portfolio has no such
 * rule the last close is remembered beside the state; after a restart in the middle of a session with a deposit, the session then
 * counts from that deposit.
 */
export class TripWatch {
  readonly #seen = new Map<PortfolioId, Seen>()

  constructor(private readonly ports: TripPorts) {}

  /** Follows the steps on disk. */
  follow({ portfolio, entry: { event, seq }, after, commit: { run } }: Staged): void {
    const seen = this.#of(portfolio, after.context)
    seen.looked = null
    if (event.type === 'marked') seen.unitAtClose = after.context.book.nav.perUnit
    // The journal may have told of this step and of later ones already.
    if (letsGoOn(event) && seq > seen.resumed) {
      seen.resumed = seq
      seen.ended.clear()
    }
    if (run !== null) note(seen, run)
  }

  /** Looks at portfolios as they stand; resolves once every halt is on disk. */
  async look(
    engine: Pick<Engine, 'host' | 'permit'>,
    portfolios: readonly PortfolioId[],
    view: MarketView,
  ): Promise<void> {
    const looks: Promise<void>[] = []
    for (const portfolio of portfolios) {
      const snapshot = engine.host.snapshot(portfolio)
      if (snapshot === undefined || snapshot.value.permission === 'halted') continue
      if (!sees(this.#of(portfolio, snapshot.context).looked, snapshot.context, view))
        looks.push(this.#look(engine, portfolio, snapshot.context, view))
    }
    await Promise.all(looks)
  }

  async #look(
    engine: Pick<Engine, 'permit'>,
    portfolio: PortfolioId,
    state: PortfolioState,
    view: MarketView,
  ): Promise<void> {
    const input = this.#input(portfolio, state, view)
    const { limits } = this.ports
    const found = findings({ ...limits, dailyLoss: tighterLoss(limits.dailyLoss, lossLimitsOf(state.policy)) }, input)
    this.#say(portfolio, found, input)
    const [stop] = found
    if (stop?.verdict !== 'halt') {
      this.#of(portfolio, state).looked = areLasting(input) ? { state, view } : null
      return
    }
    const trip = { rule: stop.rule, figures: stop.figures }
    await engine.permit(portfolio, 'halted', `trip:${stop.rule}`, stop.reason, null, { trip })
    this.ports.metrics.count('ballast_trips_total', { rule: stop.rule })
  }

  #input(portfolio: PortfolioId, state: PortfolioState, view: MarketView): TripInput {
    const { ended, unitAtClose: remembered } = this.#of(portfolio, state)
    const unitAtClose = state.unitAtClose ?? remembered
    return { state, at: this.ports.clock.now(), view, ended: [...ended.values()], unitAtClose }
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
    const runs = latestRuns(this.ports.journal.runs(portfolio), ({ status }) => status)
    const resumed = runs[0] === undefined ? 0 : this.#resumedSince(portfolio, runs[0].version)
    const unitAtClose = book.nav.markedSession === null ? null : book.nav.perUnit
    const seen: Seen = { resumed, well: 0, ended: new Map(), unitAtClose, said: new Set(), looked: null }
    for (const run of runs) note(seen, run)
    this.#seen.set(portfolio, seen)
    return seen
  }

  /** The last entry after a sequence with which somebody let trading go on; 0 without one. */
  #resumedSince(portfolio: PortfolioId, seq: number): number {
    const { journal } = this.ports
    let found = 0
    for (let from = seq + 1; from <= journal.head(portfolio).seq; from += CHUNK)
      found = journal.entries(portfolio, from, CHUNK).findLast(({ event }) => letsGoOn(event))?.seq ?? found
    return found
  }
}

/** Whether a look would see what was looked at already: a feed without news shows the same prices again, as one object. */
const sees = (looked: Seen['looked'], state: PortfolioState, view: MarketView): boolean =>
  looked !== null &&
  looked.state === state &&
  looked.view.quotes === view.quotes &&
  looked.view.session === view.session &&
  looked.view.barSize === view.barSize

/** Whatever is no halt was said by somebody who knew how the runs before it had ended. */
const letsGoOn = (event: PortfolioEvent): boolean => event.type === 'permitted' && event.to !== 'halted'

function note(seen: Seen, { id, version, status }: Run): void {
  // A run before the last that went well is told again when one of its fills is taken back.
  if (version < seen.resumed || version <= seen.well) return
  if (wentWell(status)) {
    seen.ended.clear()
    seen.well = version
  } else if (wentWrong(status)) seen.ended.set(id, status)
}
