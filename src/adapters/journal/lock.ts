import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#units/fault.js'
import { fileLocks } from './file-lock.js'
import { ownIdentity, type ProcessIdentity, sameMachine } from './process-identity.js'

/** Who holds a directory, or held it last on another machine. */
export interface Owner extends ProcessIdentity {
  /** RFC 3339; when it took the lock. Empty when the record does not say. */
  readonly since: string
  /** `alive`: it holds the lock. `unknown`: of another machine and never released, so it must be taken as alive. */
  readonly state: 'alive' | 'unknown'
}

/** A held lock. */
export interface DirectoryLock {
  /** Gives the directory free; a second call does nothing. */
  release(): void
}

type Record = ProcessIdentity & { readonly since: string }

const NOBODY: Record = { pid: 0, boot: '', namespace: '', host: '', since: '' }
/** Times the file is opened again when somebody deletes it meanwhile. */
const MAX_TRIES = 10
/** How often, 10 ms apart, a record is read again that its new holder has not written yet. */
const MAX_READS = 50

/** More than any record takes up, bytes. */
const LONGEST_RECORD = 4_096

const recordPath = (dir: string): string => join(dir, 'owner.json')

/**
 * Takes a directory for this process alone. Not even a second lock of the same process is granted.
 *
 * The lock is the kernel's, on the open file `owner.json` (fcntl open file description lock): it ends with the process,
 * however it ends, so it is never stale; nothing is read from /proc; and it holds between containers, since it is the
 * file's and not a pid's. What the file says names the owner to people. It also serves one case in which kernels do not
 * see each other's locks, a directory two machines share: an owner of another machine that has not released it counts
 * as alive, and a person decides.
 *
 * Edges   deleting `owner.json` by hand while its owner lives gives the directory away: the message says when one may.
 * @throws Fault `JOURNAL_LOCKED` with the owner's pid, host and since when, also where the file system has no locks;
 * `ADDON_MISSING`.
 */
export function lockDirectory(dir: string): DirectoryLock {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const handle = openSync(recordPath(dir), constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      if (!answerOf(dir, fileLocks().lockFile(handle)))
        throw lockedBy(dir, { ...recordOfHolder(handle), state: 'alive' })
      if (!isStillThere(dir, handle)) {
        closeSync(handle)
        continue
      }
      const left = elsewhere(readRecord(handle))
      if (left !== undefined) throw lockedBy(dir, left)
      writeRecord(handle, { ...ownIdentity(), since: new Date().toISOString() })
      return releaser(handle)
    } catch (error) {
      closeSync(handle)
      throw error
    }
  }
  throw new Fault('JOURNAL_LOCKED', `${recordPath(dir)} is deleted again and again`, 'never', { dir })
}

/** The process that holds a directory; undefined when none does. Takes nothing. @throws Fault as `lockDirectory`. */
export function ownerOfDirectory(dir: string): Owner | undefined {
  statSync(dir)
  let handle: number
  try {
    handle = openSync(recordPath(dir), 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const held = answerOf(dir, fileLocks().fileLocked(handle))
    return held ? { ...recordOfHolder(handle), state: 'alive' } : elsewhere(readRecord(handle))
  } finally {
    closeSync(handle)
  }
}

/** The fault of finding a directory held. */
export function lockedBy(dir: string, owner: Owner): Fault {
  const { pid, host, since, namespace, state } = owner
  const inside = namespace === ownIdentity().namespace || namespace === '' ? '' : ` of another container (${namespace})`
  const who = pid === 0 ? 'a process that has not said who it is' : `pid ${pid}${inside} on ${host} since ${since}`
  const doubt =
    state === 'unknown'
      ? `; that is another machine, so it may still run: once you know that it does not, delete ${recordPath(dir)}`
      : ''
  return new Fault('JOURNAL_LOCKED', `${dir} is in use by ${who}${doubt}`, 'never', { dir, pid, host, since, state })
}

/** The kernel's answer. @throws Fault when it has none: without a lock nothing may be written. */
function answerOf(dir: string, answer: boolean | Error): boolean {
  if (typeof answer === 'boolean') return answer
  const message = `${recordPath(dir)} cannot be locked (${answer.message}): keep it on a local file system`
  throw new Fault('JOURNAL_LOCKED', message, 'never', { dir, cause: answer.message })
}

/** Whether the name still leads to the file that is open: a lock on a deleted one would keep nobody out. */
function isStillThere(dir: string, handle: number): boolean {
  const named = statSync(recordPath(dir), { throwIfNoEntry: false })
  const open = fstatSync(handle)
  return named !== undefined && named.ino === open.ino && named.dev === open.dev
}

/** The owner a record names although nobody here holds the lock: one of another machine. */
function elsewhere(record: Record): Owner | undefined {
  return record.pid === 0 || sameMachine(record, ownIdentity()) ? undefined : { ...record, state: 'unknown' }
}

/** Who holds the lock: one that has only just taken it is waited for, so that its dead predecessor is not named. */
function recordOfHolder(handle: number): Record {
  const { namespace } = ownIdentity()
  for (let reads = 1; ; reads += 1) {
    const record = readRecord(handle)
    const stale = record.pid === 0 || (record.namespace === namespace && isGone(record.pid))
    if (!stale || reads === MAX_READS) return record
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
}

/** Good enough to name somebody, not to decide anything. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Who an open record names; nobody when it is released, new, or cut short by the end of its writer. */
function readRecord(handle: number): Record {
  try {
    const bytes = Buffer.alloc(LONGEST_RECORD)
    const text = bytes.toString('utf8', 0, readSync(handle, bytes, 0, bytes.length, 0))
    return { ...NOBODY, ...(JSON.parse(text) as Partial<Record> | null) }
  } catch (error) {
    if (error instanceof SyntaxError) return NOBODY
    throw error
  }
}

function writeRecord(handle: number, record: Record | null): void {
  const text = `${JSON.stringify(record)}\n`
  writeSync(handle, text, 0)
  ftruncateSync(handle, Buffer.byteLength(text))
}

function releaser(handle: number): DirectoryLock {
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      writeRecord(handle, null)
      closeSync(handle)
    },
  }
}
