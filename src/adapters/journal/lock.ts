import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#units/fault.js'
import { type Liveness, liveness, ownIdentity, type ProcessIdentity } from './process-identity.js'

/** Who holds a journal's directory. */
export interface Owner extends ProcessIdentity {
  /** RFC 3339; when it took the lock. */
  readonly since: string
  /** `unknown`: of another machine or container, so it must be taken as alive. */
  readonly state: Exclude<Liveness, 'dead'>
}

/** A held lock. */
export interface DirectoryLock {
  /** Gives the directory free; a second call does nothing. */
  release(): void
}

const RECORD = /^owner\.(\d{1,15})\.json$/
const DRAFT = /^owner\.draft\./
const MAX_TRIES = 100

/**
 * Takes a directory for this process alone. Not even a second lock of the same process is granted.
 *
 * A lock is a file `owner.<n>.json` that names a process; the highest n counts. It is free when that process is dead
 * or has released it, and is taken by linking n + 1 (which one racer only can do). The highest file is never removed,
 * so a number is never used twice; a racer who linked an old number sees the higher one and withdraws.
 * @throws Fault `JOURNAL_LOCKED` with the owner's pid, host and since when.
 */
export function lockDirectory(dir: string): DirectoryLock {
  const self = ownIdentity()
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const last = highest(dir)
    const owner = last === 0 ? undefined : ownerOf(dir, last, self)
    if (owner !== undefined) throw lockedBy(dir, owner)
    if (!claim(dir, last + 1, self)) continue
    if (highest(dir) === last + 1) {
      sweep(dir, last + 1)
      return releaser(dir, last + 1)
    }
    rmSync(recordPath(dir, last + 1), { force: true })
  }
  throw new Fault('JOURNAL_LOCKED', `${dir}: too many processes want it at once`, 'never', { dir })
}

/** The process that holds a directory; undefined when none does. */
export function ownerOfDirectory(dir: string): Owner | undefined {
  const last = highest(dir)
  return last === 0 ? undefined : ownerOf(dir, last, ownIdentity())
}

/** The fault of finding a directory held. */
export function lockedBy(dir: string, owner: Owner): Fault {
  const doubt =
    owner.state === 'unknown'
      ? '; it belongs to another machine or container: if it is gone, delete the owner files in that directory'
      : ''
  return new Fault(
    'JOURNAL_LOCKED',
    `${dir} is in use by pid ${owner.pid} on ${owner.host} since ${owner.since}${doubt}`,
    'never',
    { dir, pid: owner.pid, host: owner.host, since: owner.since, state: owner.state },
  )
}

const recordPath = (dir: string, n: number): string => join(dir, `owner.${n}.json`)

function highest(dir: string): number {
  let last = 0
  for (const name of readdirSync(dir)) last = Math.max(last, Number(RECORD.exec(name)?.[1] ?? 0))
  return last
}

/** The live owner a record names; undefined when it is free (released, its process dead, or the record superseded). */
function ownerOf(dir: string, n: number, self: ProcessIdentity): Owner | undefined {
  let text: string
  let since: string
  try {
    text = readFileSync(recordPath(dir, n), 'utf8')
    since = statSync(recordPath(dir, n)).mtime.toISOString()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const identity = parseIdentity(text)
  if (identity === 'released') return undefined
  if (identity === undefined)
    throw new Fault('JOURNAL_LOCKED', `${recordPath(dir, n)} cannot be read: it names no owner`, 'never', { dir })
  const state = liveness(identity, self)
  return state === 'dead' ? undefined : { ...identity, since, state }
}

function parseIdentity(text: string): ProcessIdentity | 'released' | undefined {
  try {
    const record = JSON.parse(text) as Partial<ProcessIdentity> & { released?: boolean }
    if (record.released === true) return 'released'
    const { pid, started, boot, namespace, host } = record
    if (pid === undefined || started === undefined || boot === undefined) return undefined
    return { pid, started, boot, namespace: namespace ?? '', host: host ?? '' }
  } catch {
    return undefined
  }
}

/** Makes record n, whole and on disk, unless it exists. */
function claim(dir: string, n: number, self: ProcessIdentity): boolean {
  const draft = writeDraft(dir, self)
  try {
    linkSync(draft, recordPath(dir, n))
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST' || code === 'ENOENT') return false // taken, or another winner swept our draft away
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function writeDraft(dir: string, content: object): string {
  const path = join(dir, `owner.draft.${process.pid}.${randomBytes(6).toString('hex')}`)
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, `${JSON.stringify(content)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return path
}

function sweep(dir: string, n: number): void {
  for (const name of readdirSync(dir)) {
    const found = RECORD.exec(name)?.[1]
    if (DRAFT.test(name) || (found !== undefined && Number(found) < n)) rmSync(join(dir, name), { force: true })
  }
}

function releaser(dir: string, n: number): DirectoryLock {
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      renameSync(writeDraft(dir, { released: true }), recordPath(dir, n))
    },
  }
}
