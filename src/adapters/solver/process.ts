/** The solver port on the C++ library in a child process: what goes wrong in a solve cannot take the books with it. */
import { join } from 'node:path'
import { type Log, silentLog } from '#ports/log.js'
import type { Solver } from '#ports/solver.js'
import { packageRoot } from '../package-root.js'
import { type NativeSolverOptions, nativeCalls, solverOver } from './native.js'
import { type ChildEnd, Supervisor, type SupervisorOptions } from './process/supervisor.js'

/** What a solver in a child process may be told; everything has a default. */
export interface ProcessSolverOptions
  extends Partial<Omit<SupervisorOptions, 'describe' | 'log' | 'onEnded'>>,
    Pick<NativeSolverOptions, 'backend'> {
  readonly log?: Log
  /** Told of every child that ended unasked. */
  readonly onEnded?: (why: ChildEnd) => void
}

/** A solver in a child process; to be closed when no longer needed. */
export interface ProcessSolver extends Solver {
  /** The child's process, while there is one: it is started by the first call. */
  readonly pid: () => number | undefined
  /** Rejects what is under way with Fault `CLOSED` and ends the child. */
  close(): Promise<void>
}

const DEFAULTS = { silentMs: 10_000, graceMs: 2_000, startMs: 20_000, pauseMs: 100, mostFailures: 5, restMs: 30_000 }

/**
 * A solver that gives the answers of {@link nativeSolver}, bit for bit, from a child process. Scenarios reach it in
 * shared memory, where an equal set is found again; the rest, a few arrays as long as the universe, over a channel. The child
 * ends with this process however that ends.
 *
 * Errors  a call whose child is lost twice, or is past its time by more than `graceMs`, rejects with Fault
 * `SOLVER_LOST` (safe); while no child can be kept, with `SOLVER_UNAVAILABLE` (safe). An answer is not believed more
 * for coming from a process of one's own: certify it.
 * Source  design engine.md sections 3.10 and 6, ADR 0019.
 */
export function processSolver(options: ProcessSolverOptions = {}): ProcessSolver {
  const supervisor = new Supervisor({
    ...DEFAULTS,
    module: join(packageRoot, 'dist', 'src', 'adapters', 'solver', 'process', 'host.js'),
    // A child that was lost over a device does not try it again.
    again: (given) => ({ ...given, backend: 'cpu' }),
    log: silentLog,
    onEnded: () => undefined,
    ...options,
    describe: nativeCalls().describe,
  })
  const { backend = 'cpu' } = options
  return Object.assign(solverOver(supervisor, { backend }), {
    pid: () => supervisor.pid,
    close: () => supervisor.close(),
  })
}
