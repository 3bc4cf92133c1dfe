import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { program } from '#cli/program.js'
import { commandReference } from '#cli/reference.js'
import { packageRoot } from '#daemon/package-root.js'

describe('docs/commands.md', () => {
  it('is what the command line says of itself (`npm run reference` rewrites it)', () => {
    expect(readFileSync(`${packageRoot}/docs/commands.md`, 'utf8')).toBe(commandReference(program()))
  })
})
