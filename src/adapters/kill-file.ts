import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Longest reason that is shown and journaled, characters. */
const LONGEST_REASON = 200

/**
 * A file whose presence halts everything, whatever else works or does not. Reading it is cheap enough to do before every
 * order (a failed open, some microseconds).
 */
export interface KillFile {
  readonly path: string
  /**
   * Its content as a reason, null when it is not there. Whatever keeps it from being read counts as its presence, its
   * folder's absence too: who cannot look must not trade.
   */
  read(): string | null
}

/** The kill file at a path. */
export const killFile = (path: string): KillFile => ({ path, read: () => readKill(path) })

/** Puts the file there, whole or not at all; a reason that is there already stays. */
export function placeKill(path: string, reason: string): void {
  if (readKill(path) !== null && existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${reason}\n`, { flush: true })
  renameSync(draft, path)
}

/** Takes the file away; false when it was not there. */
export function liftKill(path: string): boolean {
  if (!existsSync(path)) return false
  rmSync(path)
  return true
}

function readKill(path: string): string | null {
  try {
    const text = shown(readFileSync(path, 'utf8'))
    return text === '' ? 'no reason given' : text
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') return `${path} cannot be read: ${code}`
    return existsSync(dirname(path)) ? null : `${dirname(path)} cannot be read: ${code}`
  }
}

/** One line of printable text. */
function shown(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON - 1)}…` : line
}
