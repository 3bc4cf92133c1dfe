import { join } from 'node:path'
import { systemClock } from '#adapters/clock/system.js'
import { type VirtualClock, virtualClock } from '#adapters/clock/virtual.js'
import { type MarketListener, marketListener } from '#adapters/feed/listener.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import type { BarSize } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Bus } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'
import type { Solver } from '#ports/solver.js'
import type { Engine } from '#runtime/engine.js'
import { type Instant, instant } from '#units/time.js'
import { audit } from '../audit.js'
import { announceDrops } from '../drops.js'
import { incarnationOf } from '../incarnation.js'
import { recovered } from '../recovered.js'
import { type SessionMarket, sessionMarket } from '../session-market.js'
import { version } from '../version.js'

/** What a daemon on the wire is made of. */
export interface WiredParts {
  readonly stateDir: string
  readonly policies: readonly PortfolioPolicy[]
  readonly seed: string | null
  readonly bus: Bus
  readonly barSize: BarSize
  /** Whether the feed moves the clock. */
  readonly simulated: boolean
  readonly requestTimeoutMs: number
  readonly solver: Solver
  readonly log: Log
  readonly metrics: Metrics
  /** Why no new run may begin now; null when it may. */
  readonly heldBack: () => string | null
  /** The journal failed: end the process. */
  readonly onFatal: (error: unknown) => void
}

/** An engine whose prices and orders travel over a bus. */
export interface WiredAssembly {
  readonly engine: Engine
  readonly journal: Journal
  readonly gateway: Gateway
  readonly market: SessionMarket
  readonly listener: MarketListener
  readonly clock: Clock
  /** The same clock when the feed moves it, else null. */
  readonly simulation: VirtualClock | null
  readonly bus: Bus
  /** The newest session the market shows; null before the first. */
  latest(): SessionBars | null
  /** The bars of a session by its number; null when they are no longer remembered. */
  bars(number: number): SessionBars | null
  /** Milliseconds of real time since the feed was heard, heartbeats included; null before. */
  feedAgeMs(): number | null
  /** Makes the configured portfolios known and takes over those whose gateway answers. */
  start(): Promise<void>
  /** Stops in order: engine, feed, bus, journal. */
  close(): Promise<void>
}

/** Sessions remembered beyond the longest scenario window, so that a gap in one name is seen. */
const SPARE_SESSIONS = 2

/**
 * Opens a state directory and wires an engine over it. Nothing is sent before `start`, and no connection is waited for:
 * the books are whole as soon as this returns.
 * @throws Fault `JOURNAL_LOCKED`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`.
 */
export async function assembleWired(parts: WiredParts): Promise<WiredAssembly> {
  const { policies, bus, metrics, log, solver, requestTimeoutMs: timeoutMs } = parts
  const journal = openJournal({ dir: join(parts.stateDir, 'journal'), machineVersion: version })
  const simulation = parts.simulated ? virtualClock(lastEntry(journal)) : null
  const clock = simulation ?? systemClock()
  const instruments = [...new Set(policies.flatMap(({ universe }) => universe.map(({ id }) => id)))].sort()
  const window = Math.max(0, ...policies.map(({ optimiser }) => optimiser.scenarios.maximum)) + SPARE_SESSIONS
  const market = sessionMarket({ barSize: parts.barSize, instruments }, window)
  const shown = new Map<number, SessionBars>()
  let latest: SessionBars | null = null
  let heardAt: number | null = null
  const gatewayByPortfolio = new Map(policies.map(({ id, gateway }) => [id, gateway]))
  const gateway = gatewayClient({
    bus,
    gatewayOf: (portfolio) => gatewayByPortfolio.get(portfolio) ?? 'paper',
    timeoutMs,
    log,
  })
  const told = audit({ bus, metrics, log })
  const ports = { ...parts, journal, gateway, market, solver, clock, onStep: told.step, onBlocked: told.blocked }
  const engine = await recovered(metrics, ports, () => journal.close())
  const listener = marketListener({
    bus,
    barSize: parts.barSize,
    universe: instruments,
    clock,
    log,
    metrics,
    timeoutMs,
    onHeard: () => {
      heardAt = performance.now()
      metrics.gauge('ballast_market_data_last_timestamp_seconds', Date.now() / 1000, { feed: 'bus' })
    },
    onSession: (bars, number) => {
      announceDrops(market.advance(bars), log, metrics)
      latest = bars
      shown.set(number, bars)
      shown.delete(number - window)
    },
  })
  return {
    engine,
    journal,
    gateway,
    market,
    listener,
    clock,
    simulation,
    bus,
    latest: () => latest,
    bars: (number) => shown.get(number) ?? null,
    feedAgeMs: () => (heardAt === null ? null : performance.now() - heardAt),
    start: async () => {
      for (const policy of policies) await engine.adopt(policy, incarnationOf(parts.seed, policy.id))
      await engine.start()
    },
    close: async () => {
      await engine.stop()
      listener.close()
      await bus.close()
      await journal.close()
    },
  }
}

/** When the journal was written last: simulated time never goes back behind it. */
function lastEntry(journal: Journal): Instant {
  const times = journal.portfolios().map((id) => journal.entries(id, journal.head(id).seq, 1)[0]?.at ?? 0)
  return instant(Math.max(0, ...times))
}
