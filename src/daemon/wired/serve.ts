import { lateBus } from '#adapters/bus/late.js'
import { natsBus } from '#adapters/bus/nats.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { durationMs } from '../config/fields.js'
import { natsOptions } from '../config/nats-files.js'
import { watchDisk } from '../disk.js'
import { serveHttp } from '../http.js'
import { aborted, type Ending, type Service } from '../service.js'
import { EnginePlayer } from '../simulation/engine-player.js'
import { servePlayer } from '../simulation/remote.js'
import { version } from '../version.js'
import { assembleWired, type WiredAssembly } from './assemble.js'
import { watchGateways } from './gateway-watch.js'
import { heldBackBy, type Vitals, wiredHealth } from './health.js'
import { pulse } from './pulse.js'

/** Time between two looks at the market, milliseconds. */
const PULSE_MS = 1_000
/** Pause between two questions to a gateway, and how far its clock may be away, milliseconds. */
const GATEWAY_MS = { every: 5_000, skew: 1_000 } as const
/** Longest work on one simulated step before it is answered as not quiet, milliseconds. */
const PATIENCE_MS = 1_000

/**
 * Runs the daemon over NATS: prices come from the bus, orders leave over it. The books are restored and health and
 * metrics served before any connection; a server, feed or gateway that is away is waited for, without new runs.
 */
export async function serveWired(service: Service): Promise<Ending> {
  const { config, policies, stateDir, signal, log, metrics, onFatal } = service
  const { system } = config
  if (system.nats === null) throw new RangeError('a feed on the bus without NATS passed the configuration')
  const connection = natsOptions(system.nats, {
    name: 'ballast',
    service: { name: 'ballast', version, description: 'Portfolio rebalancing daemon' },
    log,
    metrics,
  })
  const simulated = system.feed.clock === 'simulated'
  const started = performance.now()
  let vitals: Vitals | null = null
  const bus = lateBus(natsBus(connection, 'forever'))
  const assembly = await assembleWired({
    stateDir,
    policies,
    seed: system.seed,
    bus,
    barSize: system.feed.bar_size,
    simulated,
    requestTimeoutMs: durationMs(system.nats.request_timeout),
    solver: nativeSolver(),
    log,
    metrics,
    heldBack: () => (vitals === null || simulated ? null : heldBackBy(vitals)),
    onFatal,
  })
  const recoveryMs = performance.now() - started
  metrics.observe('ballast_recovery_duration_seconds', recoveryMs / 1000)
  const disk = watchDisk(stateDir, metrics)
  const gateways = simulated
    ? null
    : watchGateways({ ...assembly, portfolios: policies, log, everyMs: GATEWAY_MS.every, maxSkewMs: GATEWAY_MS.skew })
  vitals = {
    bus,
    feedAgeMs: assembly.feedAgeMs,
    silentAfterMs: durationMs(system.feed.silent_after),
    gateways,
    disk,
    softFreeBytes: system.state.soft_free_bytes,
  }
  const health = wiredHealth(vitals, assembly)
  const http = await serveHttp({ listen: system.http.listen, metrics, health, version: { version } })
  const portfolios = policies.map(({ id }) => id)
  log.info({ http: http.address, state: stateDir, portfolios, recoveryMs: Math.round(recoveryMs) }, 'serving')
  try {
    await (simulated ? playAlong(assembly, signal) : runLive(assembly, service))
  } finally {
    log.info({}, 'stopping')
    gateways?.close()
    disk.close()
    await http.close()
    await assembly.close()
  }
  return 'stopped'
}

/** In real time: the daemon looks at the market by itself. */
async function runLive(assembly: WiredAssembly, { signal, log }: Service): Promise<void> {
  await assembly.start()
  await pulse({ engine: assembly.engine, log, latest: assembly.latest, signal, everyMs: PULSE_MS })
}

/** In simulated time: the feed says when to look. */
async function playAlong(assembly: WiredAssembly, signal: AbortSignal): Promise<void> {
  const { engine, simulation, listener, bus } = assembly
  if (simulation === null) return
  const player = new EnginePlayer({
    engine,
    clock: simulation,
    show: async (session) => {
      await listener.catchUp(session)
      return assembly.bars(session)
    },
    start: assembly.start,
    signal,
    patienceMs: PATIENCE_MS,
  })
  const end = servePlayer(bus, 'daemon', player)
  await aborted(signal)
  end()
}
