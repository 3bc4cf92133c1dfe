import { readFileSync, statSync } from 'node:fs'
import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml'
import { accept, type Outcome } from '#units/outcome.js'
import type { Problem } from './problem.js'

/** Largest configuration file read, in bytes. */
export const MAX_BYTES = 64 * 1024

/** A place in a file; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A parsed YAML file that still knows where everything stands. */
export interface SourceDocument {
  readonly file: string
  readonly value: unknown
  /** Where a field's value (or its key) is written; the closest enclosing field when it is not written at all. */
  locate(path: readonly PropertyKey[], what?: 'key' | 'value'): Place
  /** True when the file itself sets the field. */
  has(path: readonly PropertyKey[]): boolean
}

/** Keys that no mapping may have: what objects call their own, and `length`, for which a mapping would pass for a text. */
export const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'length'])

/** Reads one file of at most 64 KiB; refuses anything that is not one plain UTF-8 YAML 1.2 document. */
export function readDocument(file: string): Outcome<SourceDocument, readonly Problem[]> {
  try {
    const { size } = statSync(file)
    if (size > MAX_BYTES) return refused(file, `has ${size} bytes, more than the ${MAX_BYTES} allowed`)
    return parseSource(file, new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)))
  } catch (error) {
    return refused(file, readFailure(error))
  }
}

/** Parses YAML text under a file's name; see {@link readDocument}. */
export function parseSource(file: string, text: string): Outcome<SourceDocument, readonly Problem[]> {
  const lines = new LineCounter()
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems: Problem[] = []
  const report = (offset: number, message: string): void => {
    problems.push({ file, ...at(offset), path: '', message })
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    for (const issue of [...document.errors, ...document.warnings]) report(issue.pos[0], firstLine(issue.message))
    refuseTricks(document, report)
    if (problems.length > 0) return { ok: false, refusal: problems }
    const root = document.contents
    return accept({
      file,
      value: document.toJS() as unknown,
      locate: (path, what = 'value') => at(walk(root, path)[what]),
      has: (path) => walk(root, path).found,
    })
  } catch (error) {
    if (error instanceof RangeError) return refused(file, 'is nested too deeply')
    throw error
  }
}

/** Aliases can blow up in memory, and some keys could reach the prototype of every object. */
function refuseTricks(document: Document.Parsed, report: (offset: number, message: string) => void): void {
  visit(document, {
    Alias: (_key, node) => report(node.range?.[0] ?? 0, 'anchors and aliases are not supported'),
    Pair: (_key, pair) => {
      const key = pair.key
      if (isScalar(key) && FORBIDDEN.has(String(key.value)))
        report(key.range?.[0] ?? 0, `key ${key.value} is forbidden`)
      else if (!isScalar(key)) report(0, 'a key must be plain text')
    },
  })
}

function walk(root: ParsedNode | null, path: readonly PropertyKey[]): { key: number; value: number; found: boolean } {
  let node: ParsedNode | null | undefined = root
  const place = { key: root?.range[0] ?? 0, value: root?.range[0] ?? 0, found: true }
  for (const part of path) {
    if (isMap(node)) {
      const pair: { key: ParsedNode; value: ParsedNode | null } | undefined = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(part),
      )
      if (pair === undefined) return { ...place, found: false }
      place.key = pair.key.range[0]
      node = pair.value
      place.value = node?.range[0] ?? place.key
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      if (node === undefined) return { ...place, found: false }
      place.key = node.range[0]
      place.value = node.range[0]
    } else return { ...place, found: false }
  }
  return place
}

function readFailure(error: unknown): string {
  const code = (error as { code?: unknown }).code
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'is a directory, not a file'
  if (error instanceof TypeError) return 'is not UTF-8 text'
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!

const refused = (file: string, message: string): { readonly ok: false; readonly refusal: readonly Problem[] } => ({
  ok: false,
  refusal: [{ file, line: null, column: null, path: '', message }],
})
