import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { ownerOfDirectory } from '#adapters/journal/lock.js'
import { SCHEMA_VERSION, SEALED_SCHEMA_VERSION } from '#adapters/journal/stores.js'
import { Fault } from '#units/fault.js'
import { nearest } from './read-host.js'
import type { DirectoryReading, JournalReading, LockHolder, LockReading } from './state.js'

const PERMISSIONS = 0o7777

/** A state directory as this user finds it. */
export function readDirectory(path: string): DirectoryReading {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return { kind: 'absent', path, makeable: may(nearest(path), constants.W_OK) }
    if (!found.isDirectory()) return { kind: 'other', path, trouble: 'not a directory' }
    const journal = statSync(join(path, 'journal'), { throwIfNoEntry: false })
    return {
      kind: 'directory',
      path,
      mode: found.mode & PERMISSIONS,
      journalMode: journal === undefined ? null : journal.mode & PERMISSIONS,
      owner: found.uid,
      asker: process.getuid?.() ?? found.uid,
      writable: may(path, constants.W_OK | constants.X_OK),
    }
  } catch (error) {
    return { kind: 'other', path, trouble: codeOf(error) }
  }
}

/** The lock of a state directory's journal; takes nothing. */
export function readLock(stateDir: string): LockReading {
  const dir = join(stateDir, 'journal')
  try {
    if (statSync(dir, { throwIfNoEntry: false }) === undefined) return { kind: 'free' }
    const owner = ownerOfDirectory(dir)
    if (owner !== undefined) return { ...holderOf(owner), kind: owner.state === 'alive' ? 'held' : 'elsewhere' }
    const left = recordIn(dir)
    return left === null ? { kind: 'free' } : { ...left, kind: 'left' }
  } catch (error) {
    return { kind: 'unreadable', trouble: codeOf(error) }
  }
}

/** What a journal's owner left behind when it ended without letting go; null when it did, or left nothing readable. */
function recordIn(dir: string): LockHolder | null {
  try {
    const record = JSON.parse(readFileSync(join(dir, 'owner.json'), 'utf8')) as Partial<LockHolder> | null
    return record?.pid === undefined || record.pid === 0 ? null : holderOf(record)
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const holderOf = ({ pid = 0, host = '', since = '' }: Partial<LockHolder>): LockHolder => ({ pid, host, since })

/** Layout and heads of a journal that nobody holds. It is opened for reading only; LMDB writes nothing then. */
export async function readJournal(stateDir: string): Promise<JournalReading> {
  const dir = join(stateDir, 'journal')
  if (!existsSync(join(dir, 'data.mdb'))) return { kind: 'none' }
  // Opening would make the file LMDB's readers are listed in, perhaps as another user than the daemon's.
  if (!existsSync(join(dir, 'lock.mdb'))) return { kind: 'skipped', why: `${dir} was never opened here: a copy?` }
  try {
    const journal = openJournalForReading({ dir })
    try {
      const heads = journal.portfolios().map((portfolio) => ({ portfolio, seq: journal.head(portfolio).seq }))
      const sealed = heads.some(({ portfolio }) => journal.seal(portfolio) !== null)
      return { kind: 'open', layout: sealed ? SEALED_SCHEMA_VERSION : SCHEMA_VERSION, heads }
    } finally {
      await journal.close()
    }
  } catch (error) {
    const { code, message } = error instanceof Fault ? error : { code: 'UNREADABLE', message: String(error) }
    if (code === 'JOURNAL_LOCKED') return { kind: 'skipped', why: message }
    return { kind: 'refused', code, trouble: message }
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Fault ? error.message : ((error as NodeJS.ErrnoException).code ?? String(error))
