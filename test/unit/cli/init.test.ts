import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { registerInit } from '#cli/init.js'
import { addGlobalOptions } from '#cli/settings.js'
import { tempDir } from '../../support/temp-dir.js'

/** Runs `ballast init` in this process; what it writes to stdout. */
function init(...args: readonly string[]): string {
  const root = addGlobalOptions(new Command('ballast')).exitOverride()
  registerInit(root)
  let written = ''
  const write = process.stdout.write
  onTestFinished(() => {
    process.stdout.write = write
  })
  process.stdout.write = ((text: string) => {
    written += text
    return true
  }) as typeof process.stdout.write
  try {
    root.parse(['node', 'ballast', 'init', '--quiet', ...args])
  } finally {
    process.stdout.write = write
  }
  return written
}

describe('ballast init', () => {
  it('names what it wrote, the public keys and the steps that follow, and no seed', () => {
    const dir = join(tempDir(), 'set')
    const text = init(dir, '--user', 'trader')
    expect(text).toContain(`files and 5 seeds in ${dir}\n`)
    expect(text).toMatch(/\n {2}made credentials\/daemon\.nk {2}U[A-Z2-7]{55}\n/)
    expect(text).toContain(`ballast config validate -c ${dir}/ballast.yaml`)
    expect(text).toContain('/usr/sbin/nologin trader')
    expect(text).not.toMatch(/SU[A-Z2-7]{56}/)
  })

  it('gives programs the same as data', () => {
    const dir = join(tempDir(), 'set')
    const answer = JSON.parse(init(dir, '-o', 'json')) as { data: Record<string, unknown> }
    expect(answer).toMatchObject({ ok: true, data: { dir, user: 'ballast', seeds: { auditor: { created: true } } } })
    expect(Object.keys(answer.data).sort()).toEqual(['dir', 'files', 'next', 'seeds', 'user', 'warnings'])
  })

  it('is wrong usage for a directory in use, unless forced', () => {
    const dir = tempDir()
    writeFileSync(join(dir, 'notes'), '')
    expect(() => init(dir)).toThrow(expect.objectContaining({ exit: 64, code: 'DIR_NOT_EMPTY' }))
    expect(existsSync(join(dir, 'ballast.yaml'))).toBe(false)
    init(dir, '--force')
    expect(init(dir, '--force')).toContain('kept credentials/daemon.nk')
  })
})
