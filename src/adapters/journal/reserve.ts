import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from './stores.js'

/** What became of the reserve: it is there, was made, was given free, or there is no room for one. */
export type Reserve = 'kept' | 'made' | 'released' | 'none'

/** Room a daemon sets aside, bytes: some thousands of entries. */
const RESERVE_BYTES = 8 * 1024 * 1024

/** Free room, in reserves, that must be there before one is made. */
const SLACK = 4
const CHUNK = 1024 * 1024

/**
 * Settles the file `reserve` in a journal's directory before the journal is opened: real blocks, kept for the day the
 * disk is full. A daemon that ended at its first failed write and starts again finds less room than the reserve has, and
 * gives it free, so that recovery, and the fills that are still to be booked, have somewhere to go. The first start
 * with plenty of room makes it again. Source: design engine.md section 2.
 */
export function settleReserve(dir: string, bytes: number = RESERVE_BYTES): Reserve {
  makeDirectory(dir)
  const path = join(dir, 'reserve')
  const held = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const { bavail, bsize } = statfsSync(dir)
  const free = bavail * bsize
  if (held > 0 && free < bytes) {
    rmSync(path)
    return 'released'
  }
  if (held >= bytes) return 'kept'
  return free >= SLACK * bytes && filled(path, bytes) ? 'made' : 'none'
}

/** Writes the file under another name first: half a reserve is none. Noise, so that no file system stores it as nothing. */
function filled(path: string, bytes: number): boolean {
  const part = `${path}.part`
  const handle = openSync(part, 'w', 0o600)
  try {
    for (let left = bytes; left > 0; left -= CHUNK) writeSync(handle, randomBytes(Math.min(CHUNK, left)))
    fsyncSync(handle)
    renameSync(part, path)
    return true
  } catch (error) {
    rmSync(part, { force: true })
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  } finally {
    closeSync(handle)
  }
}
