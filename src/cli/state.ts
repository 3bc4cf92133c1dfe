import { join } from 'node:path'
import { openJournalForReading, type ReadableJournal } from '#adapters/journal/lmdb.js'
import { type LoadedConfig, loadConfig } from '#daemon/config/load.js'
import type { Run } from '#domain/run.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { recoverState } from '#runtime/recover.js'
import type { PortfolioId } from '#units/ids.js'
import { badConfig, CliError, EXIT } from './failure.js'
import type { Settings } from './settings.js'

/** A state directory opened for reading, with the configuration that names it. */
export interface OpenState {
  readonly config: LoadedConfig
  readonly stateDir: string
  readonly journal: ReadableJournal
}

/** One portfolio as its journal tells it. */
export interface Recorded {
  readonly id: PortfolioId
  readonly snapshot: PortfolioSnapshot
  readonly head: { readonly seq: number; readonly hash: string }
}

/** Reads the configuration. @throws CliError 64 with every problem. */
export function configOf(settings: Pick<Settings, 'config'>): LoadedConfig {
  const loaded = loadConfig(settings.config, process.env)
  if (!loaded.ok) throw badConfig(loaded.refusal)
  return loaded.value
}

/** The state directory: the option, else what the configuration says. */
const stateDirOf = (settings: Pick<Settings, 'state'>, config: LoadedConfig): string =>
  settings.state ?? config.system.state.path

/**
 * Opens the state read-only for as long as `use` takes.
 * @throws CliError on a bad configuration; Fault `JOURNAL_LOCKED` while a process owns the state, `JOURNAL_MISSING`.
 */
export async function withState<T>(settings: Settings, use: (state: OpenState) => T | Promise<T>): Promise<T> {
  const config = configOf(settings)
  const stateDir = stateDirOf(settings, config)
  const journal = openJournalForReading({ dir: join(stateDir, 'journal') })
  try {
    return await use({ config, stateDir, journal })
  } finally {
    await journal.close()
  }
}

/** The id of a portfolio with a journal. @throws CliError 5 naming those there are. */
export function knownPortfolio({ journal }: Pick<OpenState, 'journal'>, name: string): PortfolioId {
  const all = [...journal.portfolios()].sort()
  const found = all.find((id) => id === name)
  if (found !== undefined) return found
  const others = all.length === 0 ? 'there is none yet' : `there are ${all.join(', ')}`
  throw new CliError(EXIT.notFound, 'PORTFOLIO_UNKNOWN', `no portfolio is called ${name}; ${others}`)
}

/** A portfolio's newest state, by replay of what follows its last snapshot. */
export function recorded({ journal }: Pick<OpenState, 'journal'>, id: PortfolioId): Recorded {
  return { id, snapshot: recoverState(id, journal.recover(id)).snapshot, head: journal.head(id) }
}

/** A portfolio's runs, oldest first; the last one as the newest state has it, fills after the last phase included. */
export function runsOf({ journal }: Pick<OpenState, 'journal'>, id: PortfolioId): readonly Run[] {
  const latest = recorded({ journal }, id).snapshot.context.run
  const runs = journal.runs(id).filter((run) => run.id !== latest?.id)
  return latest === null ? runs : [...runs, latest]
}
