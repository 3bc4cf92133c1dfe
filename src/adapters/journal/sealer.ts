import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Sealed } from '#ports/sealed.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { seqKey } from './keys.js'
import { write, writeFailed } from './lmdb.js'
import { lockDirectory } from './lock.js'
import { type JournalReader, journalReader, snapshotSequences } from './readings.js'
import { sealKey, writeSeal } from './seal-row.js'
import { openStores, SEALED_SCHEMA_VERSION } from './stores.js'
import type { Write } from './writes.js'

/** A journal that nobody else owns, open to have its first entries sealed. */
export interface Sealer {
  readonly journal: JournalReader
  /** Sequences of the stored snapshots, ascending. */
  snapshots(portfolio: PortfolioId): readonly number[]
  /**
   * Removes the entries from the first that is there up to `last` and puts the seal in their place, in one transaction.
   * Resolves once it is on disk. The caller has them in a segment.
   */
  seal(last: Entry, sealed: Sealed): Promise<void>
  close(): Promise<void>
}

/** Opens a journal for sealing. @throws Fault `JOURNAL_MISSING`, `JOURNAL_LOCKED`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`. */
export function openSealer(options: { readonly dir: string; readonly machineVersion: string }): Sealer {
  const dir = resolve(options.dir)
  if (!existsSync(join(dir, 'data.mdb')))
    throw new Fault('JOURNAL_MISSING', `${dir} holds no journal`, 'never', { dir })
  const lock = lockDirectory(dir)
  try {
    const stores = openStores({ dir, readOnly: false, mapSize: 0, machineVersion: options.machineVersion })
    const journal = journalReader(stores)
    return {
      journal,
      snapshots: (portfolio) => snapshotSequences(stores, portfolio),
      async seal(last, sealed) {
        const { portfolio, seq } = last
        const first = (journal.seal(portfolio)?.seq ?? 0) + 1
        const writes = Array.from({ length: seq - first + 1 }, (_, index): Write => {
          return { store: 'entries', key: seqKey(portfolio, first + index), text: null }
        })
        const meta = new Map([
          [sealKey(portfolio), writeSeal(last, sealed)],
          ['schema', String(SEALED_SCHEMA_VERSION)],
        ])
        try {
          await write(stores, { writes, heads: new Map(), meta })
        } catch (error) {
          throw await writeFailed(error)
        }
      },
      async close() {
        await stores.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}
