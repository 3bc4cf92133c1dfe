import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { Fault } from '#units/fault.js'
import { enterGate } from './gate.js'
import type { RowKey } from './keys.js'
import { checkFile, toldDamage } from './soundness.js'

/** Version of the journal's layout: the databases below and their keys. */
export const SCHEMA_VERSION = 1

/** The same with seals among what the journal says of itself: a program that knows none would miss the entries. */
export const SEALED_SCHEMA_VERSION = 2

const KNOWN: readonly string[] = [SCHEMA_VERSION, SEALED_SCHEMA_VERSION].map(String)

/** Whether some portfolio of a journal has a seal. */
export const holdsSeals = (meta: Pick<Database<string, string>, 'get'>): boolean =>
  meta.get('schema') === String(SEALED_SCHEMA_VERSION)

/** The databases of a journal, keyed by portfolio and place; every value is canonical text. */
export const STORE_NAMES = ['entries', 'outbox', 'inbox', 'timers', 'snapshots', 'runs', 'executions'] as const

/** A database keyed by portfolio and place. */
export type StoreName = (typeof STORE_NAMES)[number]

/** The open databases of a journal. */
export interface Stores extends Readonly<Record<StoreName, Database<string, RowKey>>> {
  readonly dir: string
  readonly root: RootDatabase<string, string>
  readonly heads: Database<string, string>
  readonly meta: Database<string, string>
  /** Ends reading and writing; what is queued is written first. */
  close(): Promise<void>
}

/** How to open the environment. */
export interface StoresOptions {
  readonly dir: string
  readonly readOnly: boolean
  /** Address space mapped at first, bytes; the file grows beyond it as needed. */
  readonly mapSize: number
  /** Version of the program that writes, kept for people; empty when unknown. */
  readonly machineVersion: string
}

/**
 * Opens the environment of a directory and checks its layout.
 * `overlappingSync: false`: what a commit acknowledges is on disk, and nobody reads what is not.
 * @throws Fault `JOURNAL_VERSION` on a layout this program does not know, `JOURNAL_MISSING` when there is nothing to
 * read, `JOURNAL_CORRUPT` when the file is damaged, `JOURNAL_UNREADABLE` when the system does not give it.
 */
export function openStores(options: StoresOptions): Stores {
  const { dir, readOnly } = options
  const file = join(dir, 'data.mdb')
  const missing = new Fault('JOURNAL_MISSING', `${dir} holds no journal`, 'never', { dir })
  if (readOnly && !existsSync(file)) throw missing
  const step = enterGate(dir)
  try {
    const written = existsSync(file) && checkFile(file)
    if (readOnly && !written) throw missing
    return entered(options)
  } finally {
    step()
  }
}

/** Longest wait of a process that ends, ms. */
const PATIENCE_AT_EXIT_MS = 1_000

/** Where the environments are that are open here: LMDB closes them by itself when the process ends. */
const opened = new Map<RootDatabase<string, string>, string>()

process.on('exit', () => {
  for (const dir of opened.values())
    try {
      enterGate(dir, PATIENCE_AT_EXIT_MS) // the end of the process steps out of it
    } catch {} // nothing is lost without it, and a process that ends ends
})

function entered(options: StoresOptions): Stores {
  const { dir, readOnly } = options
  const root = openEnvironment(options)
  try {
    const store = <K extends RowKey | string>(name: string): Database<string, K> => {
      const found: Database<string, K> | undefined = root.openDB<string, K>({ name, encoding: 'string' })
      if (found === undefined) throw new Fault('JOURNAL_VERSION', `${dir} has no ${name}`, 'never', { dir })
      return found
    }
    const meta = store<string>('meta')
    checkVersion(dir, meta, readOnly ? undefined : options.machineVersion)
    const keyed = Object.fromEntries(STORE_NAMES.map((name) => [name, store<RowKey>(name)]))
    const heads = store<string>('heads')
    if (!readOnly) syncNames(dir)
    opened.set(root, dir)
    const close = (): Promise<void> => leave(dir, root)
    return { ...(keyed as Record<StoreName, Database<string, RowKey>>), dir, root, meta, heads, close }
  } catch (error) {
    root.close().catch(() => undefined) // nothing was written: the fault that is thrown says it all
    throw toldDamage(dir, error)
  }
}

async function leave(dir: string, root: RootDatabase<string, string>): Promise<void> {
  await root.flushed
  const step = enterGate(dir)
  try {
    await root.close()
    opened.delete(root)
  } finally {
    step()
  }
}

/** Creates the directory of a journal, for its owner's eyes only, and makes its name durable. */
export function makeDirectory(dir: string): void {
  if (mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined) syncNames(dirname(dir))
}

function openEnvironment({ dir, readOnly, mapSize }: StoresOptions): RootDatabase<string, string> {
  try {
    return open<string, string>({
      path: dir,
      noSubdir: false, // a directory with a dot in its name is still a directory
      encoding: 'string',
      overlappingSync: false,
      maxDbs: STORE_NAMES.length + 2,
      readOnly,
      ...(readOnly ? {} : { mapSize }),
    })
  } catch (error) {
    throw new Fault('JOURNAL_UNREADABLE', `${dir} cannot be opened: ${String(error)}`, 'never', { dir })
  }
}

/** Checks the layout's version; a new journal (when `machineVersion` is given) gets the present one. */
function checkVersion(dir: string, meta: Database<string, string>, machineVersion: string | undefined): void {
  const found = meta.get('schema')
  if (found !== undefined && !KNOWN.includes(found))
    throw new Fault(
      'JOURNAL_VERSION',
      `${dir} has journal layout ${found}; this program reads ${KNOWN.join(' and ')}`,
      'never',
      { dir, found, known: SEALED_SCHEMA_VERSION },
    )
  if (machineVersion === undefined) return
  if (found === undefined) meta.putSync('schema', String(SCHEMA_VERSION))
  const machine = JSON.stringify(machineVersion)
  if (meta.get('machine') !== machine) meta.putSync('machine', machine)
}

/** A new file survives a power loss only once the directory that names it is on disk. */
function syncNames(dir: string): void {
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
