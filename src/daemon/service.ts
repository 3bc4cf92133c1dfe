import type { KillFile } from '#adapters/kill-file.js'
import type { PrometheusMetrics } from '#adapters/metrics/prometheus.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Log } from '#ports/log.js'
import type { Outcome } from '#units/outcome.js'
import type { LoadedConfig } from './config/load.js'
import type { ConfigError } from './config/problem.js'

/** How the daemon ended. */
export type Ending = 'finished' | 'stopped'

/** What every way of running the daemon works with. */
export interface Service {
  readonly config: LoadedConfig
  /** Policies of the enabled portfolios. */
  readonly policies: readonly PortfolioPolicy[]
  readonly stateDir: string
  readonly signal: AbortSignal
  /** Reads the configuration's files again. */
  readonly reread: () => Outcome<LoadedConfig, ConfigError>
  /** Tells of each wish that they be read again (SIGHUP); returns how to be told no more. */
  readonly onHangUp: (listener: () => void) => () => void
  readonly log: Log
  readonly metrics: PrometheusMetrics
  readonly kill: KillFile
  /** The journal failed: end the process. */
  readonly onFatal: (error: unknown) => void
}

/** Resolves once the signal has fired. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
