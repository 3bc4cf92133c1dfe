import { killFile } from '#adapters/kill-file.js'
import { pinoLog } from '#adapters/log/pino.js'
import type { Assembly } from '#daemon/assemble.js'
import { authorityRules } from '#daemon/config/control-schema.js'
import type { LoadedConfig, LoadedPortfolio } from '#daemon/config/load.js'
import { knownPortfolio } from '#daemon/queries/sight.js'
import { killPath, openConfigured } from '#daemon/serve.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import type { PortfolioId } from '#units/ids.js'
import { CliError, EXIT } from './failure.js'
import { historyUntil, lastSession } from './market.js'
import type { Settings } from './settings.js'
import { type OpenState, type Recorded, recorded, withState } from './state.js'

/** One portfolio of a state directory that no process owns, and what an engine over it is made of. */
export interface Resting extends Recorded {
  /** The configuration, with only those enabled portfolios that the journal knows: opening creates none. */
  readonly config: LoadedConfig
  readonly stateDir: string
}

/**
 * Looks a portfolio up without changing anything.
 * @throws CliError 5 for an unknown portfolio or one that is not enabled; Fault `JOURNAL_LOCKED` while a process owns
 * the state.
 */
export function resting(settings: Settings, name: string): Promise<Resting> {
  return withState(settings, (state) => {
    const found = recorded(state, knownPortfolio(state, name))
    const portfolios = enabledIn(state)
    if (!portfolios.some((row) => row.policy.id === found.id))
      throw new CliError(EXIT.notFound, 'PORTFOLIO_UNKNOWN', `${found.id} is not enabled in ${state.config.file}`)
    return { ...found, config: { ...state.config, portfolios }, stateDir: state.stateDir }
  })
}

/** Ids of the enabled portfolios that a state directory knows, sorted. */
export const restingPortfolios = (settings: Settings): Promise<readonly PortfolioId[]> =>
  withState(settings, (state) => enabledIn(state).map(({ policy }) => policy.id))

function enabledIn({ journal, config }: OpenState): readonly LoadedPortfolio[] {
  const known = new Set<string>(journal.portfolios())
  return config.portfolios.filter((row) => row.enabled && known.has(row.policy.id))
}

/**
 * Takes a state directory over for as long as `use` takes: an engine started at the last session the portfolio has
 * closed, so that time does not move on and the next `serve` goes on with the session after. What the take-over set
 * going may still be under way when `use` begins.
 * @throws CliError 1 when no session was closed yet, 64 when the feed lacks it; Fault `JOURNAL_LOCKED` while a process
 * owns the state.
 */
export async function withEngine<T>(
  settings: Settings,
  portfolio: Resting,
  use: (assembly: Assembly) => Promise<T>,
): Promise<T> {
  const history = historyUntil(portfolio.config, lastSession(portfolio))
  const assembly = await openConfigured(portfolio.config, portfolio.stateDir, history, {
    log: logOf(settings.verbosity),
    metrics: noMetrics,
    killed: killFile(killPath(portfolio.config, portfolio.stateDir)).read,
    onFatal: endProcess,
  })
  try {
    await startAtLast(assembly, history)
    return await use(assembly)
  } finally {
    await assembly.close()
  }
}

/** @throws CliError 3 where what lets more trade takes two operators: only a running daemon can tell them apart. */
export function refuseAlone({ system }: Pick<LoadedConfig, 'system'>): void {
  if (authorityRules(system.control).twoPerson)
    throw new CliError(EXIT.vetoed, 'SECOND_OPERATOR', 'this takes two operators: start the daemon and ask it')
}

/** @throws CliError 3 where operators are listed and it counts who asks: only a running daemon checks a signature. */
export function refuseUnsigned({ system }: Pick<LoadedConfig, 'system'>): void {
  if (Object.keys(authorityRules(system.control).operators).length > 0)
    throw new CliError(
      EXIT.vetoed,
      'UNSIGNED',
      'where operators are listed this is signed: start the daemon and ask it',
    )
}

/** The newest entry of a type that a portfolio's journal holds after a sequence. @throws CliError 1 when there is none. */
export function entryAfter(
  { journal }: Pick<Assembly, 'journal'>,
  { id }: Pick<Recorded, 'id'>,
  seq: number,
  type: PortfolioEvent['type'],
): Entry {
  const found = journal.entries(id, seq + 1, journal.head(id).seq - seq).findLast(({ event }) => event.type === type)
  if (found === undefined) throw new CliError(EXIT.failed, 'NOT_JOURNALED', `the journal of ${id} took no ${type}`)
  return found
}

async function startAtLast({ engine, market, venue, clock, next }: Assembly, history: PriceHistory): Promise<void> {
  for (const bars of history.sessions.slice(next)) market.advance(bars)
  const last = history.sessions.at(-1)!
  clock.advanceTo(last.at)
  venue.onBars(last)
  await engine.start()
}

function logOf(verbosity: number): Log {
  const level = (['silent', 'warn', 'info', 'debug'] as const)[Math.min(3, verbosity + 1)] ?? 'debug'
  return pinoLog({ level, destination: process.stderr })
}

/** The journal cannot be written any more: going on could only make it worse. */
function endProcess(error: unknown): never {
  process.stderr.write(`ballast: the journal failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(EXIT.failed)
}
