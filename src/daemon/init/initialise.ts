import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Fault } from '#units/fault.js'
import { packageRoot } from '../package-root.js'
import { operatorKeyIn } from './operator-key.js'
import { ROLES, type Role } from './role.js'
import { type Seed, seedIn } from './seed.js'
import { workingSet } from './working-set.js'

/** Where a working set goes and for whom. */
export interface InitOptions {
  readonly dir: string
  /** System user that runs the units. */
  readonly user: string
  /** Writes into a directory that holds something already, over files of the same name; never over a seed. */
  readonly force: boolean
  /** The program that runs Node; default the one running now. */
  readonly node?: string
}

/** What was written. */
export interface WorkingSet {
  readonly dir: string
  readonly user: string
  /** Relative to `dir`, seeds left out. */
  readonly files: readonly string[]
  readonly seeds: Readonly<Record<Role, Seed & { readonly path: string }>>
  /** What will keep the units from working, one sentence each. */
  readonly warnings: readonly string[]
}

/** A path that needs no quoting in a unit file, in YAML or in the NATS configuration. */
const PLAIN = /^\/[A-Za-z0-9._/+-]*$/
const USER = /^[a-z_][a-z0-9_-]{0,31}$/
/** Folders that the units hide or replace. */
const HIDDEN = ['/home', '/root', '/run/user', '/tmp', '/var/tmp']

/**
 * Writes everything a daemon needs: configuration, NATS users with their seeds, a key that
 * signs commands, units, Prometheus and Grafana files.
 * Files are readable by all but the seeds, which only their owner may read.
 * @throws Fault `DIR_NOT_EMPTY`, `DIR_UNUSABLE`, `BAD_USER`, `SEED_INVALID`, `KEY_INVALID` (all never)
 */
export function initialise({ dir: given, user, force, node = process.execPath }: InitOptions): WorkingSet {
  const dir = resolve(given)
  for (const path of [dir, packageRoot, node])
    if (!PLAIN.test(path))
      throw new Fault('DIR_UNUSABLE', `${path}: unit files need a path of letters, digits, . _ + and - only`, 'never')
  if (!USER.test(user)) throw new Fault('BAD_USER', `${user} is no name of a system user`, 'never')
  if (existsSync(dir) && !force && contents(dir).length > 0)
    throw new Fault('DIR_NOT_EMPTY', `${dir} is not empty; --force writes over what is there, seeds aside`, 'never')
  folder(dir, 0o755)
  folder(join(dir, 'credentials'), 0o700)
  const seeds = Object.fromEntries(
    ROLES.map((role) => {
      const path = join(dir, 'credentials', `${role}.nk`)
      return [role, { path, ...seedIn(path) }]
    }),
  ) as Record<Role, Seed & { readonly path: string }>
  const keys = Object.fromEntries(ROLES.map((role) => [role, seeds[role].publicKey])) as Record<Role, string>
  const operatorKey = operatorKeyIn(join(dir, 'credentials', 'operator.key'))
  const files = workingSet({ dir, user, node, keys, operatorKey })
  for (const { path, text } of files) {
    for (const above of foldersOf(path)) folder(join(dir, above), 0o755)
    writeFileSync(join(dir, path), text)
    chmodSync(join(dir, path), 0o644)
  }
  return { dir, user, files: files.map(({ path }) => path), seeds, warnings: warningsOf(dir, node) }
}

/** @throws Fault `DIR_UNUSABLE` when it is no directory. */
function contents(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    throw unusable(dir, error)
  }
}

/** Makes a folder whatever the umask. */
function folder(path: string, mode: number): void {
  try {
    mkdirSync(path, { recursive: true })
    chmodSync(path, mode)
  } catch (error) {
    throw unusable(path, error)
  }
}

function unusable(path: string, error: unknown): Fault {
  const { code = '' } = error as NodeJS.ErrnoException
  return new Fault('DIR_UNUSABLE', `${path} cannot be used: ${code}`, 'never', { path, code })
}

/** The folders above a relative path, outermost first. */
function foldersOf(path: string): readonly string[] {
  const above = dirname(path)
  return above === '.' ? [] : [...foldersOf(above), above]
}

function warningsOf(dir: string, node: string): readonly string[] {
  const named = { 'the working set': dir, Ballast: packageRoot, Node: node }
  return Object.entries(named).flatMap(([what, path]) => {
    const hidden = HIDDEN.find((above) => !relative(above, path).startsWith('..'))
    return hidden === undefined
      ? []
      : [`${what} is at ${path}, but the units hide ${hidden}${sep}: move it, to /opt or /etc for example`]
  })
}
