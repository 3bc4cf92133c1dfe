import { join } from 'node:path'
import { memoryBus } from '#adapters/bus/memory.js'
import { type VirtualClock, virtualClock } from '#adapters/clock/virtual.js'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openPaperVenue, type PaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PriceSanity } from '#domain/price-sanity.js'
import type { Bus } from '#ports/bus.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import type { Solver } from '#ports/solver.js'
import type { Staged } from '#runtime/actor.js'
import type { Engine } from '#runtime/engine.js'
import type { EnginePorts } from '#runtime/engine-ports.js'
import type { ShadowWatch } from '#runtime/shadow-watch.js'
import { audit } from './audit.js'
import { incarnationOf } from './incarnation.js'
import { recovered } from './recovered.js'
import { type SessionMarket, sessionMarket } from './session-market.js'
import { type ShadowParts, shadowing } from './shadow.js'
import { version } from './version.js'

/** What a replayed engine is made of. */
export interface Parts {
  readonly stateDir: string
  readonly policies: readonly PortfolioPolicy[]
  readonly history: PriceHistory
  /** Names the incarnations, so that order ids are the same in every run; absent draws them at random. */
  readonly seed?: string
  /** Which prices are doubted; default {@link PLAIN_SANITY}. */
  readonly sanity?: PriceSanity
  readonly venue: Partial<PaperConfig>
  /** Files that rules take their inputs from; absent where there are none. */
  readonly files?: ReferenceFiles
  readonly solver: Solver
  /** What candidates are tried with beside live runs; absent where none are. */
  readonly shadow?: ShadowParts
  /** Opens the journal of a directory; the LMDB journal unless said otherwise. */
  readonly openJournal?: (dir: string) => Journal
  readonly log: Log
  readonly metrics: Metrics
  readonly onStep?: (staged: Staged) => void
  /** Looks for the kill file: its reason, null when it is not there. */
  readonly killed?: () => string | null
  /** Readings in a file of a volatility index by its name in a policy; absent where none can be read. */
  readonly volatility?: EnginePorts['volatility']
  /** The journal failed: end the process. */
  readonly onFatal: (error: unknown) => void
}

/** An engine with its journal, paper venue, market and virtual clock, all in one process. */
export interface Assembly {
  readonly engine: Engine
  readonly journal: Journal
  readonly venue: PaperVenue
  readonly market: SessionMarket
  readonly clock: VirtualClock
  readonly bus: Bus
  /** Tries candidates; null where none are. */
  readonly shadows: ShadowWatch | null
  /** Index of the session the replay goes on with. */
  readonly next: number
  /** Stops in order: candidates, engine, venue, bus, journal. */
  close(): Promise<void>
}

/**
 * Opens a state directory and wires an engine over it. The market is shown every session before `next`; nothing is
 * sent anywhere until the engine is started.
 */
export async function assemble(parts: Parts): Promise<Assembly> {
  const { history, metrics, log, solver } = parts
  const open = parts.openJournal ?? ((dir: string) => openJournal({ dir, machineVersion: version }))
  const journal = open(join(parts.stateDir, 'journal'))
  const start = history.sessions[0]
  if (start === undefined) throw new RangeError('the price history is empty')
  const clock = virtualClock(start.at)
  const bus = memoryBus({ clock })
  const market = sessionMarket(history, undefined, parts.sanity)
  const venue = openPaperVenue({
    dir: join(parts.stateDir, 'venue'),
    clock,
    log,
    config: { instruments: parts.policies.flatMap((policy) => policy.universe), ...parts.venue },
  })
  const told = audit({ bus, metrics, log })
  const shadows = shadowing(parts.shadow, { market, clock, log, metrics })
  const ports: EnginePorts = {
    journal,
    gateway: venue,
    market,
    solver,
    clock,
    log,
    metrics,
    onStep: (staged) => {
      told.step(staged)
      parts.onStep?.(staged)
      shadows?.follow(staged)
    },
    onBlocked: told.blocked,
    ...(parts.files === undefined ? {} : { files: parts.files }),
    ...(parts.killed === undefined ? {} : { killed: parts.killed }),
    ...(parts.volatility === undefined ? {} : { volatility: parts.volatility }),
    ...(shadows === null ? {} : { onScenarios: shadows.heedScenarios }),
    onFatal: parts.onFatal,
  }
  const engine = await recovered(metrics, ports, async () => {
    await venue.close()
    await journal.close()
  })
  const next = firstOpenSession(engine, history, parts.policies)
  for (const bars of history.sessions.slice(0, next)) market.advance(bars)
  clock.advanceTo(history.sessions[next]!.at)
  for (const policy of parts.policies) await engine.adopt(policy, incarnationOf(parts.seed ?? null, policy.id))
  const close = async (): Promise<void> => {
    shadows?.close()
    await engine.stop()
    await venue.close()
    await bus.close()
    await journal.close()
  }
  return { engine, journal, venue, market, clock, bus, shadows, next, close }
}

/**
 * The session a replay goes on with: the one after the latest that was closed, or that one again when a portfolio was
 * killed just before closing it. New portfolios, and ones that were disabled for a while, join there: time never goes
 * back for the others. The last session when all are done.
 */
function firstOpenSession(engine: Engine, history: PriceHistory, policies: readonly PortfolioPolicy[]): number {
  const closed = policies.flatMap((policy) => {
    const known = engine.host.snapshot(policy.id)
    if (known === undefined) return []
    const marked = known.context.book.nav.markedSession ?? ''
    return [history.sessions.findLastIndex((bars) => bars.session <= marked)]
  })
  const latest = Math.max(-1, ...closed)
  const next = closed.includes(latest - 1) ? latest : latest + 1
  return Math.min(Math.max(next, 0), history.sessions.length - 1)
}
