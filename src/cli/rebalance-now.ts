import { pinoLog } from '#adapters/log/pino.js'
import type { Assembly } from '#daemon/assemble.js'
import { quiescent } from '#daemon/replay.js'
import { openConfigured } from '#daemon/serve.js'
import type { Run } from '#domain/run.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import type { PortfolioId } from '#units/ids.js'
import { CliError, EXIT } from './failure.js'
import { historyUntil, lastSession } from './market.js'
import type { Output } from './output.js'
import { knownPortfolio, recorded, withState } from './state.js'

/** Who asks for a rebalance of which portfolio, and why. */
export interface RebalanceRequest {
  readonly name: string
  readonly actor: string
  readonly reason: string
}

/**
 * Takes the state directory over, rebalances one portfolio at the prices of its last closed session and lets go.
 * Time does not move on: the next `serve` goes on with the session after. The run is journaled like any other.
 * @throws CliError 5 for an unknown portfolio, 1 when trading is not active or another run has not ended; Fault
 * `JOURNAL_LOCKED` while a process owns the state.
 */
export async function rebalanceNow(output: Output, request: RebalanceRequest): Promise<Run> {
  const { id, config, stateDir, history } = await withState(output.settings, (state) => {
    const found = recorded(state, knownPortfolio(state, request.name))
    const { permission } = found.snapshot.value
    if (permission !== 'active') throw notActive(found.id, permission, found.snapshot.context.permissionReason)
    const known = new Set<string>(state.journal.portfolios())
    const portfolios = state.config.portfolios.filter((row) => row.enabled && known.has(row.policy.id))
    if (!portfolios.some((row) => row.policy.id === found.id))
      throw new CliError(EXIT.notFound, 'PORTFOLIO_UNKNOWN', `${found.id} is not enabled in ${state.config.file}`)
    return {
      id: found.id,
      config: { ...state.config, portfolios },
      stateDir: state.stateDir,
      history: historyUntil(state.config, lastSession(found)),
    }
  })
  const assembly = await openConfigured(config, stateDir, history, {
    log: logOf(output.settings.verbosity),
    metrics: noMetrics,
    onFatal: endProcess,
  })
  try {
    return await runOnce(assembly, history, id, request)
  } finally {
    await assembly.close()
  }
}

async function runOnce(
  assembly: Assembly,
  history: PriceHistory,
  id: PortfolioId,
  request: RebalanceRequest,
): Promise<Run> {
  const { engine, market, venue, clock } = assembly
  for (const bars of history.sessions.slice(assembly.next)) market.advance(bars)
  const last = history.sessions.at(-1)!
  clock.advanceTo(last.at)
  venue.onBars(last)
  await engine.start()
  await quiescent(assembly)
  const before = engine.host.snapshot(id)
  if (before?.value.lifecycle !== 'watching')
    throw new CliError(
      EXIT.conflict,
      'RUN_IN_PROGRESS',
      `${before?.context.run?.id ?? 'a run'} of ${id} has not ended yet`,
    )
  if (before.value.permission !== 'active')
    throw notActive(id, before.value.permission, before.context.permissionReason)
  await engine.rebalance(id, request.actor, request.reason)
  await quiescent(assembly)
  const run = engine.host.snapshot(id)?.context.run
  if (run === null || run === undefined) throw new CliError(EXIT.failed, 'NO_RUN', `${id} did not begin a run`)
  return run
}

const notActive = (id: PortfolioId, permission: string, reason: string): CliError =>
  new CliError(EXIT.failed, 'NOT_ACTIVE', `trading of ${id} is ${permission}${reason === '' ? '' : ` (${reason})`}`)

function logOf(verbosity: number): Log {
  const level = (['silent', 'warn', 'info', 'debug'] as const)[Math.min(3, verbosity + 1)] ?? 'debug'
  return pinoLog({ level, destination: process.stderr })
}

/** The journal cannot be written any more: going on could only make it worse. */
function endProcess(error: unknown): never {
  process.stderr.write(`ballast: the journal failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(EXIT.failed)
}
