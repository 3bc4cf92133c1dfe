import type { Assembly } from '#daemon/assemble.js'
import { assertMayBegin, assertMayRun } from '#daemon/control/run.js'
import { type RunReport, reportOf } from '#daemon/queries/runs.js'
import { quiescent } from '#daemon/replay.js'
import type { RunTask } from '#domain/task.js'
import type { PortfolioId } from '#units/ids.js'
import { CliError, EXIT } from './failure.js'
import { refuseAlone, resting, withEngine } from './offline.js'
import type { Output } from './output.js'
import type { Signature } from './signature.js'

/** Who asks for a rebalance of which portfolio, and why. */
export interface RebalanceRequest extends Signature {
  readonly name: string
  /** What the run is to do; absent where it is to rebalance. */
  readonly task?: RunTask
}

/**
 * Takes the state directory over, rebalances one portfolio at the prices of its last closed session and lets go.
 * Time does not move on: the next `serve` goes on with the session after. The run is journaled like any other.
 * @throws CliError 5 for an unknown portfolio, 1 when trading is not active or another run has not ended; Fault
 * `JOURNAL_LOCKED` while a process owns the state.
 */
export async function rebalanceNow({ settings }: Output, request: RebalanceRequest): Promise<RunReport> {
  const portfolio = await resting(settings, request.name)
  const { id, snapshot } = portfolio
  const { task } = request
  if (task?.type === 'liquidate') refuseAlone(portfolio.config)
  assertMayBegin(id, snapshot, task)
  return withEngine(settings, portfolio, (assembly) => runOnce(assembly, id, request))
}

async function runOnce(assembly: Assembly, id: PortfolioId, request: RebalanceRequest): Promise<RunReport> {
  const { engine } = assembly
  await quiescent(assembly)
  const { actor, reason, task } = request
  assertMayRun(id, engine.host.snapshot(id)!, task)
  await engine.rebalance(id, actor, reason, null, task === undefined ? {} : { task })
  await quiescent(assembly)
  const run = engine.host.snapshot(id)?.context.run
  if (run === null || run === undefined) throw new CliError(EXIT.failed, 'NO_RUN', `${id} did not begin a run`)
  return reportOf(run)
}
