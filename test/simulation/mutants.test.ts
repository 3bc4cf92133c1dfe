import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.js'

describe('the planted faults', () => {
  it('are at least twenty, each with a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20)
  })

  it.each(MUTANTS)('fits the production code: $name', ({ patches }) => {
    for (const { file, find, replace } of patches) {
      expect(readFileSync(file, 'utf8').split(find), `${file} holds once: ${find}`).toHaveLength(2)
      expect(replace).not.toBe(find)
    }
  })
})
