import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockedBy, ownerOfDirectory } from '#adapters/journal/lock.js'
import { CliError, EXIT } from '../failure.js'

/** Marks a directory as the demo's own; only such a directory is ever emptied. */
const MARK = 'ballast-demo'

/**
 * Makes the demo's state directory fresh: a new or empty one, or one an earlier demo left.
 * @throws CliError 64 for a directory that holds anything else: it may be somebody's journal, and nothing is deleted;
 * Fault `JOURNAL_LOCKED` while another demo runs in it.
 */
export function freshStage(dir: string): void {
  const held = existsSync(dir) ? readdirSync(dir) : []
  if (held.length > 0 && !held.includes(MARK))
    throw new CliError(
      EXIT.usage,
      'NOT_A_DEMO_DIRECTORY',
      `${dir} is not empty and no earlier demo made it: nothing was deleted; name another directory with --state`,
    )
  const journal = join(dir, 'journal')
  const owner = existsSync(journal) ? ownerOfDirectory(journal) : undefined
  if (owner !== undefined) throw lockedBy(journal, owner)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, MARK), 'Made by `ballast demo`, which empties this directory each time it runs.\n')
}
