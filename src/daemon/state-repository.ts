import { systemClock } from '#adapters/clock/system.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import type { Clock } from '#ports/clock.js'
import { silentLog } from '#ports/log.js'
import { Host } from '#runtime/host.js'
import { PortfolioStateRepository } from '#runtime/state-repository.js'
import { version } from './version.js'

/** A repository over a journal of its own. */
export interface OpenRepository {
  readonly repository: PortfolioStateRepository
  /** Finishes what is being written and lets go of the directory. */
  close(): Promise<void>
}

/**
 * Opens the states kept in a directory, for this process alone: what a daemon would open, without an engine. Every
 * chain is replayed and checked since its last saved state.
 * @throws Fault `JOURNAL_LOCKED`, `JOURNAL_CORRUPT`, `JOURNAL_VERSION`.
 */
export async function openStateRepository(options: {
  readonly dir: string
  readonly clock?: Clock
}): Promise<OpenRepository> {
  const journal = openJournal({ dir: options.dir, machineVersion: version })
  try {
    const clock = options.clock ?? systemClock()
    const host = new Host({ journal, clock, log: silentLog, onDurable: () => undefined, onFatal: () => undefined })
    const repository = new PortfolioStateRepository({ host, journal, clock, takesFills: true })
    return {
      repository,
      close: async () => {
        await host.stop()
        await journal.close()
      },
    }
  } catch (error) {
    await journal.close()
    throw error
  }
}
