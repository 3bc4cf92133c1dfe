import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { assemble } from '#daemon/assemble.js'
import { announceDrops } from '#daemon/drops.js'
import { healthOf, type Progress } from '#daemon/health.js'
import { type HttpServer, serveHttp } from '#daemon/http.js'
import { replay } from '#daemon/replay.js'
import { commit, version } from '#daemon/version.js'
import { FINAL_RUN } from '#domain/run.js'
import { Fault } from '#units/fault.js'
import type { Evidence } from './examine.js'
import { DEMO_SEED, type Finished, type Performance } from './performance.js'
import { demoPortfolios } from './portfolios.js'
import { freshStage } from './stage.js'

/**
 * Runs three portfolios over a price history in a fresh state directory, through the daemon's own parts, and hands the
 * finished assembly to `inspect` before everything is closed.
 */
export async function perform<T>(
  show: Performance,
  inspect: (finished: Finished & Evidence) => Promise<T>,
): Promise<T> {
  const { history, log } = show
  freshStage(show.stateDir)
  const policies = demoPortfolios(history).map(({ policy }) => policy)
  const metrics = prometheusMetrics({ portfolios: policies.map((policy) => policy.id), log })
  metrics.gauge('ballast_build_info', 1, { version, commit, native_backend: 'cpu' })
  announceDrops(history.dropped, log, metrics)
  const assembly = await assemble({
    stateDir: show.stateDir,
    policies,
    history,
    seed: DEMO_SEED,
    venue: {},
    solver: nativeSolver(),
    log,
    metrics,
    onStep: ({ commit: { run } }) => {
      if (run !== null && FINAL_RUN.has(run.status)) show.onRun(run)
    },
    onFatal: (error) => {
      throw error
    },
  })
  const progress: Progress = { session: null, number: 0, total: history.sessions.length, finished: false }
  const http = await listen(show.listen, (address) =>
    serveHttp({ listen: address, metrics, health: healthOf(assembly, progress), version: { version } }),
  )
  show.onServing(http.address)
  try {
    await replay(assembly, {
      history,
      speed: show.speed,
      signal: show.signal,
      onSession: (bars, number, total) => {
        Object.assign(progress, { session: bars.session, number })
        metrics.gauge('ballast_market_data_last_timestamp_seconds', Date.now() / 1000, { feed: 'replay' })
        show.onSession(bars, number, total)
      },
    })
    const { engine, journal, venue } = assembly
    return await inspect({
      portfolios: engine.portfolios,
      journal,
      venue,
      snapshot: (portfolio) => engine.host.snapshot(portfolio),
    })
  } finally {
    await http.close()
    await assembly.close()
  }
}

/** Takes the address asked for, or any free port of the same host when it is taken. */
async function listen(address: string, open: (address: string) => Promise<HttpServer>): Promise<HttpServer> {
  try {
    return await open(address)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ADDRESS_IN_USE') throw error
    return open(`${address.slice(0, address.lastIndexOf(':'))}:0`)
  }
}
