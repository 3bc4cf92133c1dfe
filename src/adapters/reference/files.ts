import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import { readCorrelations } from './correlations.js'
import { readFactors } from './factors.js'

/** Reads files that rules name, relative to a folder unless absolute, and again only when their size or time has changed. */
export function referenceFiles(folder: string): ReferenceFiles {
  const correlations = remembering(folder, readCorrelations)
  const factors = remembering(folder, readFactors)
  return { correlations: (path) => correlations(path, undefined), factors }
}

function remembering<How, Content>(
  folder: string,
  read: (path: string, how: How) => Content,
): (path: string, how: How) => Content {
  const known = new Map<string, { readonly stamp: string; readonly content: Content }>()
  return (name, how) => {
    const path = isAbsolute(name) ? name : join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) throw new Fault('FILE_NOT_FOUND', `there is no file ${path}`, 'never', { path })
    const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`
    const key = JSON.stringify([path, how])
    const before = known.get(key)
    if (before?.stamp === stamp) return before.content
    const content = read(path, how)
    known.set(key, { stamp, content })
    return content
  }
}
