import type { z } from 'zod'
import type { SourceDocument } from './document.js'
import { dotted, type Problem } from './problem.js'

/** Words for zod's own findings; a schema that brings its own words keeps them. */
export function explain(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'too_small':
      return bound(issue.inclusive === false ? '>' : '≥', issue.minimum, issue)
    case 'too_big':
      return bound(issue.inclusive === false ? '<' : '≤', issue.maximum, issue)
    case 'invalid_type':
      if (issue.input === undefined) return 'is required'
      return `must be ${issue.expected === 'int' ? 'a whole number' : article(issue.expected)}, got ${shown(issue.input)}`
    case 'invalid_value':
      if (issue.input === undefined) return 'is required'
      return `must be ${issue.values.map((value) => String(value)).join(' | ')}, got ${shown(issue.input)}`
    case 'unrecognized_keys':
      return 'unknown key'
    default:
      return issue.message ?? `is not valid, got ${shown(issue.input)}`
  }
}

/** Findings of one document as problems with the line each one is about; one problem for each unknown key. */
export function toProblems(source: SourceDocument, issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => problemAt(source, [...issue.path, key], 'unknown key', 'key'))
    return [problemAt(source, issue.path, wordsOf(issue), issue.code === 'invalid_key' ? 'key' : 'value')]
  })
}

/** The words of one finding; a bad map key says what is wrong with the key. */
export const wordsOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? issue.issues.map((inner) => inner.message).join('; ') : issue.message

/** A problem at one field of a document. */
export function problemAt(
  source: SourceDocument,
  path: readonly PropertyKey[],
  message: string,
  what: 'key' | 'value' = 'value',
): Problem {
  return { file: source.file, ...source.locate(path, what), path: dotted(path), message }
}

function bound(sign: string, limit: number | bigint, issue: z.core.$ZodRawIssue): string {
  const { input } = issue
  if (typeof input === 'string') return `must have ${sign} ${limit} characters`
  if (Array.isArray(input)) return `must have ${sign} ${limit} items, got ${input.length}`
  return `must be ${sign} ${limit}, got ${shown(input)}`
}

/** A name as it was written; a map or a list, which has no text of its own, in a word. */
export const shownName = (input: unknown): string => (typeof input === 'string' ? input : shown(input))

function shown(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(input.slice(0, 60))
  if (input === null || typeof input !== 'object') return String(input)
  return Array.isArray(input) ? 'a list' : 'a map'
}

function article(kind: string): string {
  const names: Readonly<Record<string, string>> = {
    object: 'a map',
    record: 'a map',
    array: 'a list',
    tuple: 'a list',
    string: 'text',
    boolean: 'true or false',
  }
  return names[kind] ?? `a ${kind}`
}
