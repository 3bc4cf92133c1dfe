import { statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { settleReserve } from '#adapters/journal/reserve.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'

/** Room for the journal. */
export interface Disk {
  /** Free bytes on its file system, as of the last look. */
  freeBytes(): number
  /** Stops looking. */
  close(): void
}

/** Sees to the room set aside for a full disk, before the journal is opened; says when it has to be used. */
export function settleDisk(stateDir: string, log: Log): void {
  if (settleReserve(join(stateDir, 'journal')) === 'released')
    log.warn({ state: stateDir }, 'the disk is full: the reserve is given free, so that the journal can go on')
}

const LOOK_EVERY_MS = 5_000

/** Looks at once and then every few seconds at how much the journal uses and how much is left, and measures both. */
export function watchDisk(stateDir: string, metrics: Metrics): Disk {
  let free = 0
  const look = (): void => {
    const { bavail, bsize } = statfsSync(stateDir)
    free = bavail * bsize
    metrics.gauge('ballast_journal_disk_free_bytes', free)
    const used = statSync(join(stateDir, 'journal', 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0
    metrics.gauge('ballast_journal_used_bytes', used)
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return { freeBytes: () => free, close: () => clearInterval(timer) }
}
