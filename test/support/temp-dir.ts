import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** An empty directory for the running test, removed when it ends; call it inside a test. */
export function tempDir(): string {
  const { path, remove } = freshDir()
  onTestFinished(remove)
  return path
}

/** An empty directory for a whole suite, removed after its last test; call it in the body of `describe`. */
export function suiteTempDir(): string {
  const { path, remove } = freshDir()
  afterAll(remove)
  return path
}

/** An empty directory and how to remove it, for callers that have no test around them (a property's single run). */
export function freshDir(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'ballast-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
