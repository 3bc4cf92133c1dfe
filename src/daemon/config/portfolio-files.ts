import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { accept, type Outcome } from '#units/outcome.js'
import type { SourceDocument } from './document.js'
import { problemAt } from './explain.js'
import type { Problem } from './problem.js'

/**
 * Files that `portfolios` of the system file names: a list as it is, or those that match one pattern, sorted. In a
 * pattern `*` stands for any characters of the file name; folders are named in full. Both are relative to the file.
 */
export function portfolioFiles(
  source: SourceDocument,
  named: string | readonly string[],
): Outcome<readonly string[], readonly Problem[]> {
  const folder = dirname(source.file)
  if (typeof named === 'string') {
    const files = matching(within(folder, named))
    if (files.length > 0) return accept(files)
    return refused(problemAt(source, ['portfolios'], `no file matches ${within(folder, named)}`))
  }
  const files = named.map((file) => within(folder, file))
  const absent = files.flatMap((file, index) =>
    statSync(file, { throwIfNoEntry: false })?.isFile() === true
      ? []
      : [problemAt(source, ['portfolios', index], `there is no file ${file}`)],
  )
  return absent.length === 0 ? accept(files) : { ok: false, refusal: absent }
}

/** A path relative to a folder; an absolute path as it is. */
export const within = (folder: string, path: string): string => (path.startsWith('/') ? path : join(folder, path))

function matching(pattern: string): readonly string[] {
  const folder = dirname(pattern)
  const parts = basename(pattern).split('*').map(escaped)
  const name = new RegExp(`^${parts.join('[^/]*')}$`)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && name.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort()
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const refused = (problem: Problem): { readonly ok: false; readonly refusal: readonly Problem[] } => ({
  ok: false,
  refusal: [problem],
})
