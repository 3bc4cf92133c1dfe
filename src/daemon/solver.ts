import { nativeSolver } from '#adapters/solver/native.js'
import { processSolver } from '#adapters/solver/process.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Solver } from '#ports/solver.js'
import type { SystemSettings } from './config/system-schema.js'

/** A solver and how to be rid of it. */
export interface OpenedSolver {
  readonly solver: Solver
  close(): Promise<void>
}

/**
 * The daemon's solver. In a child process unless the configuration says otherwise: the books live on when a solve
 * does not. Commands that solve once and end have nothing to protect, and solve in their own process.
 */
export function openSolver(
  { isolation, backend }: SystemSettings['solver'],
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): OpenedSolver {
  if (isolation === 'thread') return { solver: nativeSolver({ backend }), close: async () => undefined }
  const solver = processSolver({
    backend,
    log,
    onEnded: (why) => metrics.count('ballast_solver_process_ended_total', { why }),
  })
  return { solver, close: () => solver.close() }
}
