import { existsSync } from 'node:fs'
import { describe, it } from 'vitest'

/** What a test needs and this machine has not, for people; null where all of it is there. */
export type Missing = string | null

/** The first thing that is missing. */
export const either = (...all: readonly Missing[]): Missing => all.find((missing) => missing !== null) ?? null

/** Nothing is missing in CI: there a test without what it needs fails. */
export const butInCi = (missing: Missing): Missing => (process.env.CI === undefined ? missing : null)

/** A file that is not part of the repository. */
export const fileMissing = (path: string): Missing => (existsSync(path) ? null : `there is no file ${path}`)

/** A suite where nothing is missing; otherwise it is skipped, and its name says for lack of what. */
export const suiteUnless =
  (missing: Missing) =>
  (name: string, suite: () => void): void => {
    if (missing === null) describe(name, suite)
    else describe.skip(skipped(name, missing), suite)
  }

/** A test where nothing is missing; otherwise it is skipped, and its name says for lack of what. */
export const testUnless =
  (missing: Missing) =>
  (name: string, test: () => void | Promise<void>, timeoutMs?: number): void => {
    if (missing === null) it(name, test, timeoutMs)
    else it.skip(skipped(name, missing), test, timeoutMs)
  }

const skipped = (name: string, missing: string): string => `${name} (skipped: ${missing})`
