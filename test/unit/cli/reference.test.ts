import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { program } from '#cli/program.js'
import { commandReference } from '#cli/reference.js'
import { ruleReference } from '#cli/rule-reference.js'
import { packageRoot } from '#daemon/package-root.js'

describe('docs/commands.md', () => {
  it('is what the command line says of itself (`npm run reference` rewrites it)', () => {
    expect(readFileSync(`${packageRoot}/docs/commands.md`, 'utf8')).toBe(commandReference(program()))
  })
})

describe('docs/rules.md', () => {
  it('is what the rules say of themselves (`npm run reference` rewrites it)', () => {
    expect(readFileSync(`${packageRoot}/docs/rules.md`, 'utf8')).toBe(ruleReference())
  })
})
