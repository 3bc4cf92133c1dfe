import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#units/fault.js'
import { fileLocks } from './file-lock.js'

/** Longest wait for those who enter or leave before us, ms; each of them takes a few. */
const PATIENCE_MS = 10_000
/** Pause between two tries, ms. */
const PAUSE_MS = 2

/** Directories this process stands in the gate of, and how many times: its own second passage does not wait. */
const inside = new Map<string, { readonly handle: number; passages: number }>()

/**
 * Makes one process at a time enter or leave the LMDB environment of a directory; returns how to step out of the gate.
 *
 * LMDB before 0.9.32 (and the one `lmdb` carries) destroys its shared mutexes when its last user leaves. A process that
 * enters in that instant has waited for the leaver's file lock and goes on with what is left of them: all its calls
 * fail with EINVAL, and those of everybody who enters while it lives. Source: OpenLDAP ITS#10095.
 *
 * Units   `patienceMs`: waits that long at most, the thread with it.
 * Edges   a directory in which nothing may be written has no gate, LMDB takes no locks there either; nor has one that is gone.
 * @throws Fault `JOURNAL_LOCKED` when somebody stands in the gate all that time; `ADDON_MISSING`.
 */
export function enterGate(dir: string, patienceMs = PATIENCE_MS): () => void {
  const entered = inside.get(dir)
  if (entered !== undefined) {
    entered.passages += 1
    return () => leave(dir)
  }
  const handle = gateOf(dir)
  if (handle === undefined) return () => undefined
  if (!locked(dir, handle, patienceMs)) {
    closeSync(handle)
    const message = `${dir} cannot be entered: another process has been opening or closing it for ${patienceMs / 1000} s`
    throw new Fault('JOURNAL_LOCKED', message, 'safe', { dir })
  }
  inside.set(dir, { handle, passages: 1 })
  return () => leave(dir)
}

function leave(dir: string): void {
  const entered = inside.get(dir)
  if (entered === undefined) return
  entered.passages -= 1
  if (entered.passages > 0) return
  inside.delete(dir)
  closeSync(entered.handle)
}

function gateOf(dir: string): number | undefined {
  try {
    return openSync(join(dir, 'gate.lock'), constants.O_RDWR | constants.O_CREAT, 0o600)
  } catch (error) {
    if (mayNotWrite(error) || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether the lock was given in time. */
function locked(dir: string, handle: number, patienceMs: number): boolean {
  for (let waited = 0; waited <= patienceMs; waited += PAUSE_MS) {
    const answer = fileLocks().lockFile(handle)
    if (answer instanceof Error)
      throw new Fault('JOURNAL_LOCKED', `${dir} cannot be locked: ${answer.message}`, 'never', { dir })
    if (answer) return true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
  return false
}

/** True for the errors of a file that this process may read and not write. */
export const mayNotWrite = (error: unknown): boolean =>
  ['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
