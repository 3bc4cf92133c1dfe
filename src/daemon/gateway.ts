import { join } from 'node:path'
import { lateBus } from '#adapters/bus/late.js'
import { type NatsOptions, natsBus } from '#adapters/bus/nats.js'
import { systemClock } from '#adapters/clock/system.js'
import { type VirtualClock, virtualClock } from '#adapters/clock/virtual.js'
import { type MarketListener, marketListener } from '#adapters/feed/listener.js'
import { openPaperVenue, type PaperVenue } from '#adapters/gateway/paper.js'
import { type GatewayServer, serveGateway } from '#adapters/gateway/server.js'
import { killFile } from '#adapters/kill-file.js'
import { type LogLevel, pinoLog } from '#adapters/log/pino.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { type ServiceManager, serviceManager } from '#adapters/systemd/notify.js'
import type { BarSize } from '#domain/market.js'
import type { Bus, Unsubscribe } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'
import { instant } from '#units/time.js'
import { durationMs } from './config/fields.js'
import { natsOptions } from './config/nats-files.js'
import type { NatsSettings } from './config/nats-schema.js'
import { paperConfig, type VenueSettings } from './config/venue-schema.js'
import { assertAlone } from './gateway/alone.js'
import { gated } from './gateway/gate.js'
import { gatewayHealth } from './gateway/health.js'
import { GatewayPlayer } from './gateway/player.js'
import { serveHttp } from './http.js'
import { aborted } from './service.js'
import { servePlayer } from './simulation/remote.js'
import { commit, version } from './version.js'
import { watchOver } from './watchdog.js'

/** How to run a paper venue as a process. */
export interface GatewayOptions {
  /** One token of a subject: daemons ask on `exec.v1.<name>.*`. */
  readonly name: string
  /** The venue's memory is in its folder `venue`. */
  readonly stateDir: string
  readonly venue: VenueSettings
  readonly nats: NatsSettings
  /** Simulated: the feed moves the clock. */
  readonly clock: 'system' | 'simulated'
  readonly barSize: BarSize
  /** `host:port` of health and metrics. */
  readonly listen: string
  readonly logLevel: LogLevel
}

/** Longest work on one simulated step before it is answered as not quiet, milliseconds of real time. */
const PATIENCE_MS = 1_000
/** Sessions remembered for the steps of a simulation, which never ask for an old one. */
const REMEMBERED = 8
/** Longest farewell to a server that may not be there, milliseconds. */
const FAREWELL_MS = 5_000

/**
 * Runs a paper venue until the signal: it hears prices over NATS, takes orders over NATS and reports what became of
 * them. It starts and goes on without a server or a feed; orders wait until it knows the market. What it answered is on
 * disk, so it may be killed at any time.
 * @throws Fault `GATEWAY_TAKEN` when another gateway answers to its name once there is a connection; Fault of `openPaperVenue`, `serveHttp` and `natsOptions`
 */
export async function runPaperGateway(options: GatewayOptions, signal: AbortSignal): Promise<void> {
  const { name, stateDir } = options
  const log = pinoLog({ level: options.logLevel })
  const metrics = prometheusMetrics({ portfolios: [], log })
  metrics.gauge('ballast_build_info', 1, { version, commit, native_backend: 'none' })
  const simulation = options.clock === 'simulated' ? virtualClock(instant(0)) : null
  const service = { name: 'ballast-gateway', version, description: 'Execution gateway: the paper venue' }
  const connection = natsOptions(options.nats, { name: `ballast-gateway-${name}`, service, log, metrics })
  const venue = openPaperVenue({
    dir: join(stateDir, 'venue'),
    clock: simulation ?? systemClock(),
    log,
    config: paperConfig(options.venue, name),
    killed: killFile(join(stateDir, 'KILL')).read,
    onFatal: (fault) => dieOf(fault, log),
  })
  const farewells: (() => void | Promise<void>)[] = [() => venue.close()]
  try {
    const link = connected(connection, signal)
    farewells.unshift(link.close)
    const wired = wire({ ...options, bus: link.bus, venue, simulation, log, metrics })
    farewells.unshift(wired.close)
    const health = gatewayHealth({ bus: link.bus, venue, serving: wired.serving, feedAgeMs: wired.feedAgeMs })
    const http = await serveHttp({ listen: options.listen, metrics, health, version: { version } })
    farewells.push(http.close)
    const manager = serviceManager(log)
    farewells.unshift(watched(manager, venue, log))
    log.info({ http: http.address, gateway: name, state: stateDir, clock: options.clock }, 'serving')
    manager.ready(`serving as ${name}`)
    await Promise.race([wired.serve(signal), link.ended])
    await link.ended
  } finally {
    log.info({}, 'stopping')
    for (const farewell of farewells) await within(FAREWELL_MS, farewell())
  }
}

interface Link {
  readonly bus: Bus
  /** Resolves when the signal fires; rejects when no connection can ever come. */
  readonly ended: Promise<void>
  readonly close: () => Promise<void>
}

/** A connection that is tried for until the signal fires or it is closed. */
function connected(connection: NatsOptions, signal: AbortSignal): Link {
  const closed = new AbortController()
  const connecting = natsBus({ ...connection, signal: AbortSignal.any([signal, closed.signal]) }, 'forever')
  const bus = lateBus(connecting)
  const refused = new Promise<never>((_, reject) => {
    connecting.catch((error: unknown) => {
      if (!signal.aborted && !closed.signal.aborted) reject(error)
    })
  })
  const ended = Promise.race([aborted(signal), refused])
  ended.catch(() => undefined) // it may be refused before anybody waits for it
  return {
    bus,
    ended,
    close: () => {
      closed.abort()
      return bus.close()
    },
  }
}

/** Tells the service manager that the store still commits; returns the farewell. */
function watched(manager: ServiceManager, venue: PaperVenue, log: Log): () => void {
  const stop = watchOver(manager, () => venue.probe(), log)
  return () => {
    manager.stopping()
    stop()
  }
}

interface Wiring extends Pick<GatewayOptions, 'name' | 'nats' | 'barSize'> {
  readonly bus: Bus
  readonly venue: PaperVenue
  readonly simulation: VirtualClock | null
  readonly log: Log
  readonly metrics: Metrics
}

interface Wired {
  /** Milliseconds since the feed was heard last; null before. */
  readonly feedAgeMs: () => number | null
  /** Whether orders are taken. */
  readonly serving: () => boolean
  /** Takes orders and reports, once there is a connection and nobody else does under this name. */
  serve(signal: AbortSignal): Promise<void>
  /** Takes no more, and resolves when what was taken has been answered. */
  close(): Promise<void>
}

/** Puts a venue between the market data and the orders of a bus. */
function wire({ name, nats, barSize, bus, venue, simulation, log, metrics }: Wiring): Wired {
  const timeoutMs = durationMs(nats.request_timeout)
  const gate = gated(venue, simulation === null ? 'orders' : 'all', timeoutMs)
  const sessions = new Map<number, SessionBars>()
  let heardAt: number | null = null
  const listener: MarketListener = marketListener({
    bus,
    barSize,
    clock: systemClock(),
    log,
    metrics,
    timeoutMs,
    onHeard: () => {
      heardAt = performance.now()
      metrics.gauge('ballast_market_data_last_timestamp_seconds', Date.now() / 1000, { feed: 'bus' })
    },
    onSession: (bars, number) => {
      if (simulation !== null) {
        sessions.set(number, bars)
        sessions.delete(number - REMEMBERED)
        return
      }
      venue.onBars(bars)
      // Not while it still catches up: an order must not trade at the price of long ago.
      if (listener.ready()) gate.open()
    },
  })
  const bars = async (session: number): Promise<SessionBars | null> => {
    await listener.catchUp(session)
    return sessions.get(session) ?? null
  }
  let server: GatewayServer | null = null
  let leave: Unsubscribe = () => undefined
  let closed = false
  return {
    feedAgeMs: () => (heardAt === null ? null : performance.now() - heardAt),
    serving: () => server !== null,
    serve: async (signal) => {
      await assertAlone({ bus, name, timeoutMs, log, signal })
      if (closed || signal.aborted) return
      server = serveGateway({ bus, venue: gate.venue, name, timeoutMs, log })
      if (simulation === null) return
      const stage = { clock: simulation, venue, server, bars, open: gate.open, patienceMs: PATIENCE_MS }
      leave = servePlayer(bus, 'gateway', new GatewayPlayer(stage))
    },
    close: async () => {
      closed = true
      leave()
      listener.close()
      await server?.close()
    },
  }
}

/** Waits for work, though not for ever. */
async function within(ms: number, work: void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, enough])
  clearTimeout(timer)
}

/** What it would answer from now on could not be relied on. */
function dieOf(error: unknown, log: Log): never {
  log.error({ error: String(error) }, 'the store failed; the process ends')
  process.exit(1)
}
