import { type BigIntStats, statSync } from 'node:fs'
import { Fault } from '#units/fault.js'

/** Faults of a file whose content was never seen: to try again costs little, and what mends them may not touch the file. */
const UNSEEN = new Set(['FILE_NOT_FOUND', 'FILE_UNREADABLE'])

type Known<Content> = { readonly stamp: string } & ({ readonly content: Content } | { readonly fault: Fault })

/**
 * Reads files with `read`, each again only once its size or a time of it has changed: what it answered is answered again, and a
 * fault over the content is thrown again, so that a bad file costs what a good one does. `how` is part of what is remembered.
 * Faults (never): `FILE_NOT_FOUND`, `FILE_UNREADABLE`, those of `read`.
 */
export function remembered<How, Content>(
  read: (path: string, how: How) => Content,
): (path: string, how: How) => Content {
  const known = new Map<string, Known<Content>>()
  return (path, how) => {
    const { mtimeNs, ctimeNs, size, ino } = statOf(path)
    const stamp = `${mtimeNs} ${ctimeNs} ${size} ${ino}`
    const key = JSON.stringify([path, how])
    const before = known.get(key)
    const now = before?.stamp === stamp ? before : { stamp, ...tried(() => read(path, how)) }
    known.set(key, now)
    if ('content' in now) return now.content
    if (UNSEEN.has(now.fault.code)) known.delete(key)
    throw now.fault
  }
}

function tried<Content>(read: () => Content): { readonly content: Content } | { readonly fault: Fault } {
  try {
    return { content: read() }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { fault: error }
  }
}

function statOf(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new Fault('FILE_NOT_FOUND', `there is no file ${path}`, 'never', { path })
    throw new Fault('FILE_UNREADABLE', `cannot read ${path}: ${message}`, 'never', { path })
  }
}
