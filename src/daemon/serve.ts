import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { volatilityFiles } from '#adapters/feed/volatility-file.js'
import { killFile } from '#adapters/kill-file.js'
import { pinoLog } from '#adapters/log/pino.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { referenceFiles } from '#adapters/reference/files.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { type ServiceManager, serviceManager } from '#adapters/systemd/notify.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import { instrumentId } from '#units/ids.js'
import { sessionDate } from '#units/time.js'
import { type Assembly, assemble, type Parts } from './assemble.js'
import { authorityRules } from './config/control-schema.js'
import type { LoadedConfig } from './config/load.js'
import { settleDisk, watchDisk } from './disk.js'
import { announceDrops } from './drops.js'
import { healthOf, type Progress } from './health.js'
import { serveHttp } from './http.js'
import { VERIFY_MS, watchJournal } from './journal-watch.js'
import { watchKill } from './kill-watch.js'
import { type Reloader, reloader, reloadOnHangUp } from './reload/reload.js'
import { loosenedByTwo } from './reload/two-person.js'
import { replay } from './replay.js'
import { aborted, type Ending, type Service } from './service.js'
import { candidateIn, openShadows, openSolving } from './shadow.js'
import { commit, version } from './version.js'
import { watchOver } from './watchdog.js'
import { serveWired } from './wired/serve.js'

/** Where the kill file of a daemon is. */
export const killPath = ({ system }: Pick<LoadedConfig, 'system'>, stateDir: string): string =>
  system.kill_file ?? join(stateDir, 'KILL')

/** The prices of a configuration's file. @throws Fault when there is none, or it holds nothing wanted. */
export function feedHistory({ system: { feed } }: Pick<LoadedConfig, 'system'>): PriceHistory {
  if (feed.file === null) throw new Fault('NO_PRICE_FILE', 'feed.type is bus: there is no file of prices', 'never')
  return readPriceCsv(feed.file, {
    ...(feed.from === null ? {} : { from: sessionDate(feed.from) }),
    ...(feed.to === null ? {} : { to: sessionDate(feed.to) }),
    volumes: feed.volumes,
    ...(feed.universe === null ? {} : { universe: feed.universe.map(instrumentId) }),
  })
}

/** The parts of an engine as a configuration describes them. */
export function openConfigured(
  config: LoadedConfig,
  stateDir: string,
  history: PriceHistory,
  sinks: Pick<Parts, 'log' | 'metrics' | 'killed' | 'onFatal'> & Partial<Pick<Parts, 'solver' | 'shadow'>>,
): Promise<Assembly> {
  const { venue, feed, seed } = config.system
  mkdirSync(stateDir, { recursive: true })
  const solver = sinks.solver ?? nativeSolver()
  return assemble({
    stateDir,
    policies: config.portfolios.filter((row) => row.enabled).map((row) => row.policy),
    history,
    ...(seed === null ? {} : { seed }),
    sanity: feed.jump,
    files: referenceFiles(dirname(config.file)),
    venue: {
      halfSpreadBps: venue.half_spread_bps,
      slippageBps: venue.slippage_bps,
      feeBps: venue.fee_bps,
      maxPieces: venue.max_pieces,
    },
    volatility: volatilityFiles(dirname(config.file)),
    shadow: { candidate: candidateIn(() => config), store: openShadows(stateDir, config), solver },
    ...sinks,
    solver,
  })
}

/**
 * Runs the daemon until its feed ends (`on_end: stop`) or the signal fires. A run in progress is finished or left for the
 * next start; the journal is closed either way.
 */
export async function serve(
  config: LoadedConfig,
  stateDir: string,
  wishes: Pick<Service, 'signal' | 'reread' | 'onHangUp'>,
): Promise<Ending> {
  const { system } = config
  const log = pinoLog({ level: system.logging.level })
  const policies = config.portfolios.filter((row) => row.enabled).map((row) => row.policy)
  const metrics = prometheusMetrics({ portfolios: policies.map(({ id }) => id), log })
  metrics.gauge('ballast_build_info', 1, { version, commit, native_backend: 'cpu' })
  mkdirSync(stateDir, { recursive: true })
  settleDisk(stateDir, log)
  const kill = killFile(killPath(config, stateDir))
  const onFatal = (error: unknown): never => dieOf(error, log)
  const service: Service = { ...wishes, config, policies, stateDir, log, metrics, kill, onFatal }
  return system.feed.type === 'bus' ? serveWired(service) : serveReplay(service)
}

/** Journal, engine, venue and replayed feed in one process, with metrics and health pages. */
async function serveReplay(service: Service): Promise<Ending> {
  const { config, policies, stateDir, signal, log, metrics, kill, onFatal } = service
  const { system } = config
  const history = feedHistory(config)
  announceDrops(history.dropped, log, metrics)
  const started = performance.now()
  const solving = openSolving(service)
  const sinks = { log, metrics, killed: kill.read, onFatal, solver: solving.solver, shadow: solving.shadow }
  const assembly = await openConfigured(config, stateDir, history, sinks)
  const killing = watchKill({ file: kill, engine: assembly.engine, metrics, log })
  metrics.observe('ballast_recovery_duration_seconds', (performance.now() - started) / 1000)
  const disk = watchDisk(stateDir, metrics)
  const portfolios = policies.map(({ id }) => id)
  const verifying = watchJournal({ ...assembly, portfolios, metrics, log, everyMs: VERIFY_MS })
  const progress: Progress = { session: null, total: history.sessions.length, number: 0, finished: false }
  const http = await serveHttp({
    listen: system.http.listen,
    metrics,
    health: healthOf(assembly, progress),
    version: { version },
  })
  const manager = serviceManager(log)
  const endWatchdog = watchOver(manager, () => assembly.journal.probe(), log)
  log.info({ http: http.address, state: stateDir, portfolios, sessions: history.sessions.length }, 'serving')
  manager.ready('replaying')
  const reloads = reloadsOf(service, assembly, manager)
  solving.follow(reloads)
  const endReloads = reloadOnHangUp(service.onHangUp, reloads)
  try {
    await replay(assembly, {
      history,
      speed: system.feed.speed,
      signal,
      onSession: (bars, number) => {
        Object.assign(progress, { session: bars.session, number })
        metrics.gauge('ballast_market_data_last_timestamp_seconds', Date.now() / 1000, { feed: 'replay' })
      },
    })
    progress.finished = !signal.aborted
    if (progress.finished) log.info({ sessions: history.sessions.length }, 'feed ended')
    if (progress.finished && system.feed.on_end === 'stay') await aborted(signal)
  } finally {
    log.info({}, 'stopping')
    manager.stopping()
    endReloads()
    endWatchdog()
    verifying.close()
    killing.close()
    disk.close()
    await http.close()
    await assembly.close()
    await solving.close()
  }
  return progress.finished ? 'finished' : 'stopped'
}

const reloadsOf = (service: Service, { engine }: Assembly, manager: ServiceManager): Reloader =>
  reloader({ ...service, engine, manager, mayLoosen: loosenedByTwo(authorityRules(service.config.system.control)) })

/** The journal cannot be written any more: going on could only make it worse. */
function dieOf(error: unknown, log: Log): never {
  log.error({ error: String(error) }, 'the journal failed; the process ends')
  process.exit(1)
}
