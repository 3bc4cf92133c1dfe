import { join } from 'node:path'
import { openJournalForReading, type ReadableJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { type LoadedConfig, loadConfig } from '#daemon/config/load.js'
import { policiesOf, type Sight } from '#daemon/queries/sight.js'
import { openShadows } from '#daemon/shadow.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { recoverState } from '#runtime/recover.js'
import { Traffic } from '#runtime/traffic.js'
import type { PortfolioId } from '#units/ids.js'
import { badConfig } from './failure.js'
import { lastMarket } from './market.js'
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

/** The state directory: the option, else what the configuration says. @throws CliError 64 on a bad configuration. */
export const stateDirOf = (settings: Pick<Settings, 'state' | 'config'>, config?: LoadedConfig): string =>
  settings.state ?? (config ?? configOf(settings)).system.state.path

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

/** A portfolio's newest state, by replay of what follows its last snapshot. */
export function recorded({ journal }: Pick<OpenState, 'journal'>, id: PortfolioId): Recorded {
  return { id, snapshot: recoverState(id, journal.recover(id)).snapshot, head: journal.head(id) }
}

/** What questions are answered from when no process owns the state; each portfolio's state and market are read once. */
export function sightOf(state: OpenState): Sight {
  const { journal, config, stateDir } = state
  const states = remembering((id: PortfolioId) => recorded(state, id))
  const markets = remembering((id: PortfolioId) => lastMarket(config, states(id)))
  const snapshot: Sight['snapshot'] = (portfolio) =>
    journal.portfolios().includes(portfolio) ? states(portfolio).snapshot : undefined
  const traffic = new Traffic(journal, (portfolio) => snapshot(portfolio)?.context.policy)
  return {
    ...{ journal, snapshot },
    ...policiesOf(() => config.portfolios),
    shadows: openShadows(stateDir, config).read,
    market: markets,
    ready: () => null,
    solver: nativeSolver,
    sent: (policy, now) => traffic.sent(policy, now),
  }
}

function remembering<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}
