import type { Sent } from '#domain/governance/sent.js'
import type { MarketView } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { ShadowRecord } from '#domain/shadow/record.js'
import { invalid } from '#domain/what-if/changes.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Journal } from '#ports/journal.js'
import type { Market } from '#ports/market.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import type { Solver } from '#ports/solver.js'
import type { Engine } from '#runtime/engine.js'
import { Traffic } from '#runtime/traffic.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Outcome } from '#units/outcome.js'
import type { Instant } from '#units/time.js'
import { changedPolicy } from '../config/changed.js'
import type { Sectors } from '../config/sectors.js'

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
  /** The candidate configured beside it; null for none. */
  candidate(portfolio: PortfolioId): PortfolioPolicy | null
  /** What its candidates would have done in its runs, as far as it is kept, oldest first. */
  shadows(portfolio: PortfolioId): Promise<readonly ShadowRecord[]>
  /** The same with some settings of its file otherwise, dotted path to text; refuses what a file would be refused for. */
  changedPolicy(portfolio: PortfolioId, settings: Readonly<Record<string, string>>): Outcome<PortfolioPolicy>
  /** @throws Fault `NOT_STARTED` before the first prices, `FEED_MISMATCH` when the feed lacks the last session. */
  market(portfolio: PortfolioId): LastMarket
  /** Whether a daemon runs it and has taken it over; null when there is no daemon. */
  ready(portfolio: PortfolioId): boolean | null
  solver(): Solver
  /** What has been sent as of `now`, as the portfolio of a policy counts it. */
  sent(policy: PortfolioPolicy, now: Instant): Sent
}

/** A portfolio as it is configured. */
export interface Configured {
  readonly policy: PortfolioPolicy
  readonly shadow?: PortfolioPolicy | null
  readonly document?: unknown
  readonly sectors?: Sectors
}

/** What a daemon's own sight is made of. */
export interface DaemonParts {
  readonly engine: Pick<Engine, 'host' | 'portfolios' | 'isReady'>
  readonly journal: Journal
  readonly market: Market
  readonly clock: Clock
  readonly solver: Solver
  /** Configured portfolios, the disabled ones too; `document` is absent where no file stands behind one. */
  readonly configured: () => readonly Configured[]
  /** Where comparisons with candidates are kept; absent where none are. */
  readonly store?: Pick<ShadowStore, 'read'>
}

/** A running daemon's sight: states as they are in memory, prices as they are now. */
export function daemonSight({ engine, journal, market, clock, solver, configured, store }: DaemonParts): Sight {
  const { traffic = new Traffic(journal, (id) => engine.host.snapshot(id)?.context.policy) } = engine.host
  return {
    journal,
    snapshot: (portfolio) => engine.host.snapshot(portfolio),
    ...policiesOf(configured),
    shadows: async (portfolio) => store?.read(portfolio) ?? [],
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
    sent: (policy, now) => traffic.sent(policy, now),
  }
}

/** Looks policies up, as they are configured or with some settings otherwise. */
export function policiesOf(
  configured: () => readonly Configured[],
): Pick<Sight, 'policy' | 'candidate' | 'changedPolicy'> {
  const find = (portfolio: PortfolioId) => configured().find(({ policy }) => policy.id === portfolio)
  return {
    policy: (portfolio) => find(portfolio)?.policy,
    candidate: (portfolio) => find(portfolio)?.shadow ?? null,
    changedPolicy: (portfolio, settings) => {
      const found = find(portfolio)
      if (found?.document === undefined)
        return invalid(Object.keys(settings).map((path) => `${path}: ${portfolio} is in no configuration file`))
      return changedPolicy(found.document, settings, found.sectors)
    },
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
