import { describe, expect, it } from 'vitest'
import { checkPattern, checkSubject, MAX_SUBJECT_LENGTH, matches } from '#adapters/bus/subject.js'

describe('matches', () => {
  it.each([
    ['a.b.c', 'a.b.c', true],
    ['a.b.c', 'a.b', false],
    ['a.b', 'a.b.c', false],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.c', false],
    ['a.*', 'a.b.c', false],
    ['*', 'a', true],
    ['*', 'a.b', false],
    ['*.*', 'a.b', true],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c.d', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['>', 'a.b.c', true],
    ['*.>', 'a', false],
    ['a.*.>', 'a.b.c', true],
    ['a.*.>', 'a.b', false],
    ['ab.c', 'a.c', false],
    ['A', 'a', false],
    ['a.b', 'axb', false],
  ])('%s against %s: %s', (pattern, subject, expected) => {
    expect(matches(pattern, subject)).toBe(expected)
  })
})

describe('a subject', () => {
  it.each(['a', 'ballast.v1.exec.report.core-2', 'md.v1.quote.BRK-B', '$JS.x'])('%s is taken', (subject) => {
    expect(() => checkSubject(subject)).not.toThrow()
  })

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a.\tb', 'a.*', 'a.>', 'a*', 'é', 'a\r\nPUB x'])(
    '%j is refused',
    (subject) => {
      expect(() => checkSubject(subject)).toThrow(RangeError)
    },
  )

  it('may be as long as the limit and no longer', () => {
    expect(() => checkSubject('x'.repeat(MAX_SUBJECT_LENGTH))).not.toThrow()
    expect(() => checkSubject('x'.repeat(MAX_SUBJECT_LENGTH + 1))).toThrow(RangeError)
  })
})

describe('a pattern', () => {
  it.each(['a', '*', '>', 'a.*.c', 'a.>', '*.*.>'])('%s is taken', (pattern) => {
    expect(() => checkPattern(pattern)).not.toThrow()
  })

  it.each(['', 'a.', 'a.>.b', '>.a', 'a*', 'a.b>', '**', 'a. *'])('%j is refused', (pattern) => {
    expect(() => checkPattern(pattern)).toThrow(RangeError)
  })
})
