import { dirname, join } from 'node:path'
import { lateBus } from '#adapters/bus/late.js'
import { natsBus } from '#adapters/bus/nats.js'
import { openControlStore } from '#adapters/control-store.js'
import { volatilityFiles } from '#adapters/feed/volatility-file.js'
import { referenceFiles } from '#adapters/reference/files.js'
import { serviceManager } from '#adapters/systemd/notify.js'
import type { Bus } from '#ports/bus.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import { authorityRules } from '../config/control-schema.js'
import { durationMs } from '../config/fields.js'
import { natsOptions } from '../config/nats-files.js'
import type { NatsSettings } from '../config/nats-schema.js'
import { candidatesOf } from '../config/shadow.js'
import { tripLimits } from '../config/trips-schema.js'
import { serveControl } from '../control/serve.js'
import { watchDisk } from '../disk.js'
import { type Health, serveHttp } from '../http.js'
import { VERIFY_MS, watchJournal } from '../journal-watch.js'
import { watchKill } from '../kill-watch.js'
import { daemonSight } from '../queries/sight.js'
import { type ReloadAsked, type Reloader, reloader, reloadOnHangUp } from '../reload/reload.js'
import { loosenedByTwo } from '../reload/two-person.js'
import { aborted, type Ending, type Service } from '../service.js'
import { openSolving } from '../shadow.js'
import { EnginePlayer } from '../simulation/engine-player.js'
import { servePlayer } from '../simulation/remote.js'
import { version } from '../version.js'
import { watchOver } from '../watchdog.js'
import { assembleWired, type WiredAssembly, type WiredParts } from './assemble.js'
import { keepComparing } from './comparison.js'
import { watchGateways } from './gateway-watch.js'
import { heldBackBy, type Vitals, wiredHealth } from './health.js'
import { pulse } from './pulse.js'
import { hearRegimes } from './regimes.js'

/** Time between two looks at the market, and between two comparisons with the gateways, milliseconds. */
const PULSE_MS = 1_000
const COMPARE_MS = 60_000
/** Pause between two questions to a gateway, milliseconds. */
const GATEWAY_MS = 5_000
/** Longest work on one simulated step before it is answered as not quiet, milliseconds. */
const PATIENCE_MS = 1_000

/**
 * Runs the daemon over NATS: prices come from the bus, orders leave over it, operators ask and command over it. The
 * books are restored and health and metrics served before any connection; a server, feed or gateway that is away is
 * waited for, without new runs.
 */
export async function serveWired(service: Service): Promise<Ending> {
  const { config, policies, stateDir, log, metrics } = service
  const { nats, http: pages } = config.system
  if (nats === null) throw new RangeError('a feed on the bus without NATS passed the configuration')
  const farewells: (() => void | Promise<void>)[] = []
  const { bus, close } = connected(service, nats)
  farewells.unshift(close)
  try {
    const started = performance.now()
    let vitals: Vitals | null = null
    const heldBack = (): string | null => (vitals === null ? null : heldBackBy(vitals))
    const solving = openSolving(service)
    farewells.unshift(solving.close)
    const shadow = { ...solving.shadow, candidates: candidatesOf(config) }
    const assembly = await assembled(service, nats, bus, { solver: solving.solver, shadow, heldBack })
    farewells.unshift(() => assembly.close())
    const recoveryMs = Math.round(performance.now() - started)
    metrics.observe('ballast_recovery_duration_seconds', recoveryMs / 1000)
    vitals = watched(service, assembly)
    const { gateways, disk } = vitals
    const verifying = watchJournal({
      ...assembly,
      ...service,
      portfolios: policies.map(({ id }) => id),
      everyMs: VERIFY_MS,
    })
    farewells.unshift(
      () => verifying.close(),
      () => gateways?.close(),
      () => disk.close(),
    )
    const killing = watchKill({ file: service.kill, engine: assembly.engine, metrics, log })
    farewells.unshift(() => killing.close())
    const health = wiredHealth(vitals, assembly)
    const http = await serveHttp({ listen: pages.listen, metrics, health, version: { version } })
    const manager = serviceManager(log)
    farewells.unshift(
      watchOver(manager, () => assembly.journal.probe(), log),
      http.close,
    )
    log.info({ http: http.address, state: stateDir, portfolios: policies.map(({ id }) => id), recoveryMs }, 'serving')
    manager.ready('books restored')
    const mayLoosen = loosenedByTwo(authorityRules(config.system.control))
    const reloads = reloader({ ...service, engine: assembly.engine, manager, mayLoosen })
    solving.follow(reloads)
    farewells.unshift(reloadOnHangUp(service.onHangUp, reloads), () => manager.stopping())
    const controls = { service, health, reloads, shadows: solving.shadow.store }
    await (assembly.simulation === null ? runLive(assembly, controls) : playAlong(assembly, controls))
  } finally {
    log.info({}, 'stopping')
    for (const farewell of farewells) await farewell()
  }
  return 'stopped'
}

/** The bus of this daemon; it may be long in coming, and is given up on the signal or when it is closed. */
function connected({ signal, log, metrics }: Service, nats: NatsSettings): { bus: Bus; close: () => Promise<void> } {
  const closed = new AbortController()
  const service = { name: 'ballast', version, description: 'Portfolio rebalancing daemon' }
  const options = natsOptions(nats, { name: 'ballast', service, log, metrics })
  const connecting = natsBus({ ...options, signal: AbortSignal.any([signal, closed.signal]) }, 'forever')
  connecting.catch((error: unknown) => {
    if (!signal.aborted && !closed.signal.aborted)
      log.error({ error: String(error) }, 'NATS: given up; restart after mending it')
  })
  const bus = lateBus(connecting)
  return {
    bus,
    close: () => {
      closed.abort()
      return bus.close()
    },
  }
}

function assembled(
  { config: { file, system }, policies, stateDir, log, metrics, kill, onFatal }: Service,
  nats: NatsSettings,
  bus: Bus,
  more: Pick<WiredParts, 'solver' | 'shadow' | 'heldBack'>,
): Promise<WiredAssembly> {
  return assembleWired({
    ...{ stateDir, policies, bus, log, metrics, onFatal, ...more },
    files: referenceFiles(dirname(file)),
    killed: kill.read,
    volatility: volatilityFiles(dirname(file)),
    trips: tripLimits(system.trips),
    seed: system.seed,
    barSize: system.feed.bar_size,
    sanity: system.feed.jump,
    simulated: system.feed.clock === 'simulated',
    requestTimeoutMs: durationMs(nats.request_timeout),
  })
}

/** What new runs and health depend on. In simulated time only the disk counts: the conductor waits for everybody else. */
function watched({ config: { system }, policies, stateDir, log, metrics }: Service, assembly: WiredAssembly): Vitals {
  const { bus, gateway, clock, prices, simulation } = assembly
  const maxSkewMs = durationMs(system.max_clock_skew)
  const skewMs = () => {
    const skew = { wall: assembly.skewMs(), feed: simulation === null ? prices.feedSkewMs() : null }
    for (const [source, ms] of Object.entries(skew))
      if (ms !== null) metrics.gauge('ballast_clock_skew_seconds', ms / 1000, { source })
    return skew
  }
  const watch = { gateway, clock, portfolios: policies, log, everyMs: GATEWAY_MS, maxSkewMs }
  return {
    bus,
    feedAgeMs: prices.feedAgeMs,
    ...{ skewMs, maxSkewMs },
    feedCurrent: () => prices.listener.ready(),
    silentAfterMs: durationMs(system.feed.silent_after),
    gateways: simulation === null ? watchGateways(watch) : null,
    conducted: simulation !== null,
    disk: watchDisk(stateDir, metrics),
    softFreeBytes: system.state.soft_free_bytes,
  }
}

/** Answers operators, and hears what detectors say of the market, until called off. */
function controlled(assembly: WiredAssembly, { service, health, reloads, shadows }: Controls): () => void {
  const { log, metrics, kill, stateDir, config, onFatal } = service
  const configured = () => reloads.config().portfolios
  const sight = daemonSight({ ...assembly, market: assembly.prices.market, configured, store: shadows })
  const reload = (asked: ReloadAsked) => reloads.reload(asked)
  const store = openControlStore(join(stateDir, 'control'), onFatal)
  const authority = { rules: authorityRules(config.system.control), store }
  const endRegimes = hearRegimes({ ...assembly, log, metrics })
  const end = serveControl({ ...assembly, sight, health, metrics, log, killed: kill.read, reload, authority })
  return () => {
    end()
    endRegimes()
    void store.close()
  }
}

/** What operators' questions and wishes are answered with. */
interface Controls {
  readonly service: Service
  readonly health: Health
  readonly reloads: Reloader
  /** Where comparisons with candidates are kept. */
  readonly shadows: ShadowStore
}

/** In real time: the daemon looks at the market, and at its books, by itself. */
async function runLive(assembly: WiredAssembly, controls: Controls): Promise<void> {
  const { engine, prices } = assembly
  const { signal, log } = controls.service
  await assembly.adopt()
  const endControl = controlled(assembly, controls)
  await engine.start()
  await Promise.all([
    pulse({ ...assembly, market: prices.market, log, latest: prices.latest, signal, everyMs: PULSE_MS }),
    keepComparing({ ...assembly, log, signal, everyMs: COMPARE_MS }),
  ])
  endControl()
}

/** In simulated time: the feed says when to look. */
async function playAlong(assembly: WiredAssembly, controls: Controls): Promise<void> {
  const { engine, simulation, prices, bus, shadows } = assembly
  const { signal } = controls.service
  if (simulation === null) return
  const player = new EnginePlayer({
    engine,
    clock: simulation,
    show: async (session) => {
      await prices.listener.catchUp(session)
      return prices.bars(session)
    },
    start: async () => {
      await assembly.adopt()
      await engine.start()
    },
    restless: () => shadows?.busy() === true,
    signal,
    patienceMs: PATIENCE_MS,
  })
  const endControl = controlled(assembly, controls)
  const leave = servePlayer(bus, 'daemon', player)
  await aborted(signal)
  leave()
  endControl()
}
