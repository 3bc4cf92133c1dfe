import type { MarketView } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Journal } from '#ports/journal.js'
import type { Market } from '#ports/market.js'
import type { Solver } from '#ports/solver.js'
import type { Engine } from '#runtime/engine.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

/** The market as a portfolio sees it: its prices, its past, and the time they are looked at. */
export interface LastMarket {
  readonly market: Market
  readonly clock: Clock
  readonly view: MarketView
}

/**
 * All that questions are answered from; nothing can be changed through it. The same over a state directory that
 * nobody owns and inside a running daemon, so both give the same answers.
 */
export interface Sight {
  readonly journal: Pick<Journal, 'portfolios' | 'head' | 'entries' | 'seal' | 'runs' | 'executions'>
  /** The newest state; undefined for a portfolio that has none. */
  snapshot(portfolio: PortfolioId): PortfolioSnapshot | undefined
  /** The policy as configured now; undefined when it is configured no more. */
  policy(portfolio: PortfolioId): PortfolioPolicy | undefined
  /** @throws Fault `NOT_STARTED` before the first prices, `FEED_MISMATCH` when the feed lacks the last session. */
  market(portfolio: PortfolioId): LastMarket
  /** Whether a daemon runs it and has taken it over; null when there is no daemon. */
  ready(portfolio: PortfolioId): boolean | null
  solver(): Solver
}

/** What a daemon's own sight is made of. */
export interface DaemonParts {
  readonly engine: Pick<Engine, 'host' | 'portfolios' | 'isReady'>
  readonly journal: Journal
  readonly market: Market
  readonly clock: Clock
  readonly solver: Solver
  /** Configured policies, the disabled ones too. */
  readonly policies: () => readonly PortfolioPolicy[]
}

/** A running daemon's sight: states as they are in memory, prices as they are now. */
export function daemonSight({ engine, journal, market, clock, solver, policies }: DaemonParts): Sight {
  return {
    journal,
    snapshot: (portfolio) => engine.host.snapshot(portfolio),
    policy: (portfolio) => policies().find(({ id }) => id === portfolio),
    market: (portfolio) => {
      const view = market.view(clock.now())
      if (Object.keys(view.quotes).length === 0)
        throw new Fault('NOT_STARTED', `${portfolio} has no prices yet: the feed has not been heard`, 'safe')
      return { market, clock, view }
    },
    ready: (portfolio) =>
      // A portfolio of the journal that is not configured any more is nobody's.
      engine.portfolios.includes(portfolio) && engine.isReady(portfolio),
    solver: () => solver,
  }
}

/** The id of a portfolio with a journal. @throws Fault `PORTFOLIO_UNKNOWN` naming those there are. */
export function knownPortfolio({ journal }: Pick<Sight, 'journal'>, name: string): PortfolioId {
  const all = [...journal.portfolios()].sort()
  const found = all.find((id) => id === name)
  if (found !== undefined) return found
  const others = all.length === 0 ? 'there is none yet' : `there are ${all.join(', ')}`
  throw new Fault('PORTFOLIO_UNKNOWN', `no portfolio is called ${name}; ${others}`, 'never')
}

/** The newest state of a portfolio. @throws Fault `PORTFOLIO_UNKNOWN`. */
export function stateOf(sight: Pick<Sight, 'snapshot'>, portfolio: PortfolioId): PortfolioSnapshot {
  const snapshot = sight.snapshot(portfolio)
  if (snapshot !== undefined) return snapshot
  throw new Fault('PORTFOLIO_UNKNOWN', `${portfolio} has no state`, 'never')
}
