import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { rules } from '#domain/governance/registry.js'
import { PAGE } from './prove.js'

const folder = import.meta.dirname
const names = Object.keys(rules).sort()

describe('every rule of the registry', () => {
  it.each(names)('%s has a case here that changes a real order', (name) => {
    const file = join(folder, `${name}.test.ts`)
    expect(existsSync(file), `${file} is missing`).toBe(true)
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`provesRule\\(\\{[^}]*rule: '${name}'`))
  })

  it('is in the table, and nothing else is', () => {
    const page = readFileSync(join(packageRoot, PAGE), 'utf8')
    const rows = [...page.matchAll(/^\| ([a-z-]+) \|/gm)].map(([, name]) => name).filter((name) => name !== 'rule')
    expect(rows).toEqual(names)
  })

  it('has no case of a rule that is gone', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.test.ts') && file !== 'every-rule.test.ts')
    expect(files.map((file) => file.replace('.test.ts', '')).sort()).toEqual(names)
  })
})
