import { join } from 'node:path'
import { steadyClock } from '#adapters/clock/steady.js'
import { type VirtualClock, virtualClock } from '#adapters/clock/virtual.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { trafficClass } from '#adapters/wire/subjects.js'
import type { BarSize } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PriceSanity } from '#domain/price-sanity.js'
import type { TripLimits } from '#domain/trips/registry.js'
import type { VolatilityReading } from '#domain/volatility/standing.js'
import type { Bus } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import type { Solver } from '#ports/solver.js'
import type { Staged } from '#runtime/actor.js'
import type { Engine } from '#runtime/engine.js'
import type { ShadowWatch } from '#runtime/shadow-watch.js'
import { TripWatch } from '#runtime/trips.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Instant, instant } from '#units/time.js'
import { audit } from '../audit.js'
import { incarnationOf } from '../incarnation.js'
import { recovered } from '../recovered.js'
import { type ShadowParts, shadowing } from '../shadow.js'
import { version } from '../version.js'
import { hearPrices, type Prices } from './prices.js'

/** What a daemon on the wire is made of. */
export interface WiredParts {
  readonly stateDir: string
  readonly policies: readonly PortfolioPolicy[]
  readonly seed: string | null
  readonly bus: Bus
  readonly barSize: BarSize
  /** Which prices are doubted. */
  readonly sanity: PriceSanity
  /** Whether the feed moves the clock. */
  readonly simulated: boolean
  readonly requestTimeoutMs: number
  readonly solver: Solver
  /** Files that rules take their inputs from; absent where there are none. */
  readonly files?: ReferenceFiles
  /** What candidates are tried with beside live runs, and those there are at the start; absent where none are. */
  readonly shadow?: ShadowParts & { readonly candidates: readonly PortfolioPolicy[] }
  readonly log: Log
  readonly metrics: Metrics
  /** Why no new run may begin now; null when it may. */
  readonly heldBack: () => string | null
  /** What stops trading by itself. */
  readonly trips: TripLimits
  /** Looks for the kill file: its reason, null when it is not there. */
  readonly killed: () => string | null
  /** Readings in a file of a volatility index by its name in a policy; absent where none can be read. */
  readonly volatility?: (file: string) => readonly VolatilityReading[]
  /** The journal failed: end the process. */
  readonly onFatal: (error: unknown) => void
}

/** An engine whose prices and orders travel over a bus. */
export interface WiredAssembly {
  readonly engine: Engine
  readonly journal: Journal
  readonly gateway: Gateway
  readonly prices: Prices
  readonly trips: TripWatch
  /** Tries candidates; null where none are. */
  readonly shadows: ShadowWatch | null
  readonly solver: Solver
  readonly clock: Clock
  /** How far the machine's clock is ahead of {@link clock}, milliseconds: not zero once it has been set. */
  readonly skewMs: () => number
  /** The same clock when the feed moves it, else null. */
  readonly simulation: VirtualClock | null
  readonly bus: Bus
  /** Makes the configured portfolios known to the engine. */
  adopt(): Promise<void>
  /** Stops in order: candidates, engine, feed, bus, journal. */
  close(): Promise<void>
}

/**
 * Opens a state directory and wires an engine over it. Nothing is sent before the engine is started, and no connection
 * is waited for: the books are whole as soon as this returns.
 * @throws Fault `JOURNAL_LOCKED`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`.
 */
export async function assembleWired(parts: WiredParts): Promise<WiredAssembly> {
  const { policies, bus, metrics, log, requestTimeoutMs: timeoutMs } = parts
  const journal = openJournal({ dir: join(parts.stateDir, 'journal'), machineVersion: version })
  const simulation = parts.simulated ? virtualClock(lastEntry(journal)) : null
  const steady = steadyClock()
  const clock = simulation ?? steady
  const gateways = new Map(policies.map(({ id, gateway }) => [id, gateway]))
  const gatewayOf = (portfolio: PortfolioId): string => gateways.get(portfolio) ?? 'paper'
  const onInvalid = (subject: string): void =>
    metrics.count('ballast_nats_invalid_messages_total', { class: trafficClass(subject) })
  const gateway = gatewayClient({ bus, gatewayOf, timeoutMs, log, onInvalid })
  const remembered = [...policies, ...(parts.shadow?.candidates ?? [])]
  const prices = hearPrices({ ...parts, policies: remembered, clock, timeoutMs })
  const told = audit({ bus, metrics, log })
  const trips = new TripWatch({ limits: parts.trips, journal, clock, log, metrics })
  const shadows = shadowing(parts.shadow, { market: prices.market, clock, log, metrics })
  const onStep = (staged: Staged): void => {
    told.step(staged)
    trips.follow(staged)
    shadows?.follow(staged)
  }
  const ports = {
    ...parts,
    ...{ journal, gateway, clock, market: prices.market, onStep, onBlocked: told.blocked },
    ...(shadows === null ? {} : { onScenarios: shadows.heedScenarios }),
  }
  const engine = await recovered(metrics, ports, async () => {
    prices.listener.close()
    await journal.close()
  })
  const adopt = async (): Promise<void> => {
    for (const policy of policies)
      await engine.adopt(policy, incarnationOf(parts.seed, policy.id)).catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error
        // The others must not suffer for it: this one goes on with the policy it had.
        log.error({ portfolio: policy.id, error: String(error) }, 'the changed policy is not adopted')
      })
  }
  const close = async (): Promise<void> => {
    shadows?.close()
    await engine.stop()
    prices.listener.close()
    await bus.close()
    await journal.close()
  }
  const skewMs = (): number => (simulation === null ? steady.skewMs() : 0)
  const parted = { prices, trips, shadows, solver: parts.solver, simulation }
  return { engine, journal, gateway, clock, skewMs, bus, ...parted, adopt, close }
}

/** When the journal was written last: simulated time never goes back behind it. */
function lastEntry(journal: Journal): Instant {
  const times = journal.portfolios().map((id) => journal.entries(id, journal.head(id).seq, 1)[0]?.at ?? 0)
  return instant(Math.max(0, ...times))
}
