import { readFileSync } from 'node:fs'
import { packageRoot } from './package-root.js'

/** The package's version. */
export const version: string = (JSON.parse(readFileSync(`${packageRoot}/package.json`, 'utf8')) as { version: string })
  .version

/** The commit a checkout stands at, first 12 digits; `unknown` for an installed package. */
export const commit: string = readCommit()

function readCommit(): string {
  try {
    const head = readFileSync(`${packageRoot}/.git/HEAD`, 'utf8').trim()
    const hash = head.startsWith('ref: ') ? readFileSync(`${packageRoot}/.git/${head.slice(5)}`, 'utf8') : head
    return hash.trim().slice(0, 12)
  } catch {
    return 'unknown'
  }
}
