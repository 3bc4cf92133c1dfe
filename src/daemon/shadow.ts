import { join } from 'node:path'
import { shadowStore } from '#adapters/shadow-store.js'
import { givingWay } from '#adapters/solver/giving-way.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { type Metrics, noMetrics } from '#ports/metrics.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import type { Solver } from '#ports/solver.js'
import { type ShadowPorts, ShadowWatch } from '#runtime/shadow-watch.js'
import type { PortfolioId } from '#units/ids.js'
import type { LoadedConfig } from './config/load.js'
import type { Reloader } from './reload/reload.js'
import type { Service } from './service.js'
import { openSolver } from './solver.js'

/** What an assembly tries candidates with. */
export type ShadowParts = Pick<ShadowPorts, 'candidate' | 'store' | 'solver'>

/** Tries candidates beside the runs of an engine; null without anything to do it with. */
export const shadowing = (
  parts: ShadowParts | undefined,
  ports: Pick<ShadowPorts, 'market' | 'clock' | 'log' | 'metrics'>,
): ShadowWatch | null => (parts === undefined ? null : new ShadowWatch({ ...parts, ...ports }))

/** Where comparisons with candidates are kept in a state directory. */
export const openShadows = (stateDir: string, { system }: Pick<LoadedConfig, 'system'>): ShadowStore =>
  shadowStore(join(stateDir, 'shadow'), system.state.shadow_runs)

/** Looks a candidate up in a configuration as it is by then. */
export const candidateIn =
  (config: () => Pick<LoadedConfig, 'portfolios'>) =>
  (portfolio: PortfolioId): PortfolioPolicy | null =>
    config().portfolios.find(({ policy }) => policy.id === portfolio)?.shadow ?? null

/** A daemon's solver, and what it tries candidates with. */
export interface Solving {
  /** Of live runs and of questions. */
  readonly solver: Solver
  readonly shadow: ShadowParts
  /** From now on candidates are those of the configuration read last. */
  follow(reloads: Pick<Reloader, 'config'>): void
  close(): Promise<void>
}

type SolvingParts = Pick<Service, 'config' | 'stateDir' | 'log'> & { readonly metrics: Metrics }

/**
 * Opens the solver of live runs, and one of its own for candidates that gives way to it: what ends a candidate's solver, or
 * keeps it busy, reaches no live run. The second costs a process once a candidate is solved for, nothing before.
 */
export function openSolving({ config, stateDir, log, metrics }: SolvingParts): Solving {
  const settings = config.system.solver
  const live = openSolver(settings, { log, metrics })
  const own = openSolver(settings, { log: log.child({ solver: 'candidates' }), metrics: noMetrics })
  const { first, behind } = givingWay(live.solver, own.solver)
  let read = (): LoadedConfig => config
  return {
    solver: first,
    shadow: { candidate: candidateIn(() => read()), store: openShadows(stateDir, config), solver: behind },
    follow: (reloads) => {
      read = reloads.config
    },
    close: async () => {
      await Promise.all([live.close(), own.close()])
    },
  }
}
