import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_BYTES, parseSource } from '#daemon/config/document.js'
import { formatProblem } from '#daemon/config/problem.js'
import { PORTFOLIO, portfolioProblems } from './workspace.js'

const refusals = (text: string): readonly string[] => {
  const parsed = parseSource('f.yaml', text)
  return parsed.ok ? [] : parsed.refusal.map(formatProblem)
}

describe('a configuration document', () => {
  it('knows where its fields are written', () => {
    const parsed = parseSource('f.yaml', 'a:\n  b: {c: 1}\nd: [10, 20]\n')
    if (!parsed.ok) throw new Error('refused')
    expect(parsed.value.locate(['a', 'b', 'c'])).toEqual({ line: 2, column: 10 })
    expect(parsed.value.locate(['a', 'b', 'c'], 'key')).toEqual({ line: 2, column: 7 })
    expect(parsed.value.locate(['d', 1])).toEqual({ line: 3, column: 9 })
    expect(parsed.value.locate(['a', 'absent', 'deeper'])).toEqual({ line: 2, column: 3 })
    expect(parsed.value.has(['a', 'b'])).toBe(true)
    expect(parsed.value.has(['a', 'x'])).toBe(false)
  })

  it('refuses syntax errors with their place', () => {
    expect(refusals('a: [1\nb: 2\n')[0]).toMatch(/^f\.yaml:2:1 /)
    expect(refusals('a: 1\na: 2\n')[0]).toMatch(/^f\.yaml:2:1 .*unique/)
    expect(refusals('a: 1\n---\nb: 2\n')).not.toEqual([])
  })

  it.each(['__proto__', 'constructor', 'prototype', 'length'])('refuses the key %s', (key) => {
    expect(refusals(`a:\n  ${key}: {polluted: 1}\n`)).toEqual([`f.yaml:2:3 key ${key} is forbidden`])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('refuses anchors, aliases and tags of other languages', () => {
    expect(refusals('a: &x [1]\nb: *x\n')).toEqual(['f.yaml:2:4 anchors and aliases are not supported'])
    expect(refusals('a: !ruby/object {}\n')).not.toEqual([])
  })

  it('refuses a file over 64 KiB and bytes that are no text', () => {
    expect(portfolioProblems(`${PORTFOLIO}# ${'x'.repeat(MAX_BYTES)}\n`)[0]).toMatch(/more than the 65536 allowed$/)
  })

  it('refuses deep nesting instead of overflowing', () => {
    expect(refusals('['.repeat(60_000))).not.toEqual([])
  })

  it('answers any text with a document or with problems that have a place', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:[]{},- \n"\'&*!|>#?%@\\\t1.'), maxLength: 60 }), (text) => {
        const parsed = parseSource('f.yaml', text)
        if (!parsed.ok) for (const problem of parsed.refusal) expect(problem.message).not.toBe('')
      }),
      { numRuns: 2_000 },
    )
  })
})
