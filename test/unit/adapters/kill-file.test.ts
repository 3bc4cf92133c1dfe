import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killFile, liftKill, placeKill } from '#adapters/kill-file.js'
import { tempDir } from '../../support/temp-dir.js'

describe('the kill file', () => {
  it('halts while it is there, with its content as the reason', () => {
    const path = join(tempDir(), 'KILL')
    const file = killFile(path)
    expect(file.read()).toBeNull()
    placeKill(path, 'ann: prices look wrong')
    expect(file.read()).toBe('ann: prices look wrong')
    placeKill(path, 'bob: me too')
    expect(file.read()).toBe('ann: prices look wrong')
    expect(liftKill(path)).toBe(true)
    expect(file.read()).toBeNull()
    expect(liftKill(path)).toBe(false)
  })

  it('is a line of printable text however it was written', () => {
    const path = join(tempDir(), 'KILL')
    const file = killFile(path)
    writeFileSync(path, '')
    expect(file.read()).toBe('no reason given')
    writeFileSync(path, `\u001b[31mred\nalert\u0000 ${'x'.repeat(500)}`)
    expect(file.read()).toMatch(/^\[31mred alert x+…$/)
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x41]))
    expect(file.read()).toContain('A')
  })

  it('counts as there when it cannot be read, or its folder is gone', () => {
    const dir = join(tempDir(), 'state')
    mkdirSync(dir)
    const path = join(dir, 'KILL')
    const file = killFile(path)
    mkdirSync(path)
    expect(file.read()).toMatch(/KILL cannot be read: EISDIR$/)
    rmSync(path, { recursive: true })
    expect(file.read()).toBeNull()
    rmSync(dir, { recursive: true })
    expect(file.read()).toMatch(/state cannot be read: ENOENT$/)
    writeFileSync(dir, 'a file in its place')
    expect(file.read()).toMatch(/ENOTDIR/)
  })

  it.skipIf(process.getuid?.() === 0)(
    'counts as there when reading is forbidden (skipped as root, who may read everything)',
    () => {
      const path = join(tempDir(), 'KILL')
      writeFileSync(path, 'secret')
      chmodSync(path, 0o000)
      expect(killFile(path).read()).toMatch(/EACCES/)
    },
  )

  it('is placed whole, making its folder', () => {
    const path = join(tempDir(), 'new', 'KILL')
    placeKill(path, 'ann: drill')
    expect(readFileSync(path, 'utf8')).toBe('ann: drill\n')
    expect(existsSync(`${path}.${process.pid}`)).toBe(false)
  })
})
