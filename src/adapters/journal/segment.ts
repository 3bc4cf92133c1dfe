import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { syncPath } from './backup.js'
import { type ExportedHistory, readExport } from './export.js'
import { makeDirectory } from './stores.js'

/** A segment file as it was read. */
export interface ReadSegment {
  readonly history: ExportedHistory
  /** SHA-256 of the file. */
  readonly digest: string
}

/** Name of the file that holds a portfolio's entries of one range. */
export const segmentName = (portfolio: PortfolioId, number: number, from: number, to: number): string =>
  `${portfolio}.${String(number).padStart(4, '0')}.${from}-${to}.jsonl`

/**
 * Writes a segment and answers what is then read from the disk, its chain verified. It gets its name once it is whole and on
 * disk; one that a crash left under that name is the same file, or it is refused.
 * @throws Fault `FILE_EXISTS`, `EXPORT_INVALID`.
 */
export function writeSegment(dir: string, name: string, lines: Iterable<string>): ReadSegment {
  makeDirectory(dir)
  const [path, part] = [join(dir, name), join(dir, `${name}.part`)]
  const handle = openSync(part, 'w', 0o600)
  try {
    for (const line of lines) writeSync(handle, `${line}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  if (existsSync(path) && readFileSync(path, 'utf8') !== readFileSync(part, 'utf8')) {
    rmSync(part)
    throw new Fault('FILE_EXISTS', `${path} exists already and is another segment`, 'never', { file: path })
  }
  renameSync(part, path)
  syncPath(dir)
  return readSegment(path)
}

/** Reads a segment. @throws Fault `FILE_NOT_FOUND`, `EXPORT_INVALID`. */
export function readSegment(path: string): ReadSegment {
  const text = readHistoryFile(path)
  return { history: readExport(text.split('\n')), digest: digest(text) }
}

/** The text of an exported history's file. @throws Fault `FILE_NOT_FOUND`. */
export function readHistoryFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Fault('FILE_NOT_FOUND', `there is no file ${path}`, 'never', { file: path })
  }
}
