import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Verification } from '#ports/journal.js'
import { Fault } from '#units/fault.js'
import { openJournalForReading } from './lmdb.js'
import { lockDirectory } from './lock.js'
import { openStores } from './stores.js'

/** What a copy of a journal holds, every chain verified. */
export interface Copied {
  readonly chains: readonly Verification[]
  readonly bytesBefore: number
  readonly bytes: number
}

const DATA = 'data.mdb'

/**
 * Copies a journal that nobody owns into a new directory, without the pages that are free, and verifies the copy.
 * Resolves once the copy is on disk. @throws Fault `BACKUP_EXISTS` when something is there, `JOURNAL_LOCKED`,
 * `JOURNAL_MISSING`, `JOURNAL_CORRUPT` when a chain of the copy does not verify.
 */
export async function backUpJournal(options: { readonly dir: string; readonly to: string }): Promise<Copied> {
  const [dir, to] = [resolve(options.dir), resolve(options.to)]
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new Fault('BACKUP_EXISTS', `${to} is not empty: a backup goes into a directory of its own`, 'never', { to })
  return owning(dir, () => copied(dir, to))
}

/**
 * Makes a journal that nobody owns as small as what it holds: a verified copy without free pages takes the place of the
 * file. A crash at any moment leaves the one or the other. @throws Fault as {@link backUpJournal}.
 */
export async function compactJournal(options: { readonly dir: string }): Promise<Copied> {
  const dir = resolve(options.dir)
  const beside = join(dir, 'compacting')
  return owning(dir, async () => {
    rmSync(beside, { recursive: true, force: true })
    const copy = await copied(dir, beside)
    takePlace(beside, dir)
    return copy
  })
}

/** Puts the journal of one directory in the place of another's by one rename, and removes what is left of the first. */
export function takePlace(beside: string, dir: string): void {
  renameSync(join(beside, DATA), join(dir, DATA))
  syncPath(dir)
  rmSync(beside, { recursive: true })
}

/** Makes a file or the names in a directory durable. */
export function syncPath(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

async function owning<T>(dir: string, work: () => Promise<T>): Promise<T> {
  if (!existsSync(join(dir, DATA))) throw new Fault('JOURNAL_MISSING', `${dir} holds no journal`, 'never', { dir })
  const lock = lockDirectory(dir)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

async function copied(dir: string, to: string): Promise<Copied> {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const { root, close } = openStores({ dir, readOnly: true, mapSize: 0, machineVersion: '' })
  try {
    await root.backup(to, true)
  } finally {
    await close()
  }
  syncPath(join(to, DATA))
  syncPath(to)
  syncPath(dirname(to))
  const chains = await verified(to)
  const bytesOf = (path: string): number => statSync(join(path, DATA)).size
  return { chains, bytesBefore: bytesOf(dir), bytes: bytesOf(to) }
}

/** Walks every chain of a copy. @throws Fault `JOURNAL_CORRUPT` naming the first that does not verify. */
export async function verified(dir: string): Promise<readonly Verification[]> {
  const journal = openJournalForReading({ dir })
  try {
    const chains = journal.portfolios().map((portfolio) => journal.verify(portfolio))
    const bad = chains.find((chain) => !chain.ok)
    if (bad !== undefined && !bad.ok) throw new Fault('JOURNAL_CORRUPT', `${dir}: ${bad.message}`, 'never', { ...bad })
    return chains
  } finally {
    await journal.close()
  }
}
