import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import { readCorrelations } from './correlations.js'

/** Reads files that rules name, relative to a folder unless absolute, and again only when their size or time has changed. */
export function referenceFiles(folder: string): ReferenceFiles {
  return { correlations: remembering(folder, readCorrelations) }
}

function remembering<Content>(folder: string, read: (path: string) => Content): (path: string) => Content {
  const known = new Map<string, { readonly stamp: string; readonly content: Content }>()
  return (name) => {
    const path = isAbsolute(name) ? name : join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) throw new Fault('FILE_NOT_FOUND', `there is no file ${path}`, 'never', { path })
    const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`
    const before = known.get(path)
    if (before?.stamp === stamp) return before.content
    const content = read(path)
    known.set(path, { stamp, content })
    return content
  }
}
