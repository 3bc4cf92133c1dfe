import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fdatasyncSync, openSync, statfsSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { nativeSolver } from '#adapters/solver/native.js'
import type { AddonReading, TimeReading } from './host.js'

const SYNCS = 10
const BLOCK = Buffer.alloc(4096)

/** Loads the native addon and asks what it is. */
export function readAddon(): AddonReading {
  try {
    return nativeSolver().describe()
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error)
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
    return { trouble: `${trouble}${cause}` }
  }
}

/** The machine's clock and time zone data. */
export function readTime(): TimeReading {
  return { now: Date.now(), newYork: newYorkHours(), zoneData: process.versions.tz ?? '' }
}

function newYorkHours(): readonly [number, number] | null {
  try {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', hour: 'numeric', hour12: false })
    const at = (iso: string): number => Number(format.format(new Date(iso)))
    return [at('2026-01-15T12:00:00Z'), at('2026-07-15T12:00:00Z')]
  } catch {
    return null
  }
}

/** Free bytes for this user on the file system of a path; of a directory not there yet, of the one above it. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(nearest(path))
  return bavail * bsize
}

/** The closest directory at or above a path that exists. */
export function nearest(path: string): string {
  for (let at = resolve(path); ; at = dirname(at)) if (existsSync(at) || at === dirname(at)) return at
}

/**
 * How long ten small writes took to be on disk, milliseconds each, in a directory. The file has no name while it is
 * written, so nothing is left however this process ends.
 */
export function timeSyncs(dir: string): readonly number[] {
  const path = join(dir, `.ballast-doctor-${randomBytes(6).toString('hex')}`)
  const file = openSync(path, 'wx', 0o600)
  try {
    unlinkSync(path)
    return Array.from({ length: SYNCS }, (_, at) => {
      const started = performance.now()
      writeSync(file, BLOCK, 0, BLOCK.length, at * BLOCK.length)
      fdatasyncSync(file)
      return performance.now() - started
    })
  } finally {
    closeSync(file)
  }
}
