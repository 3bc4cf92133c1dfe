import { type Comment, parseSync } from 'oxc-parser'

/** A file as the rules see it. */
export interface Source {
  /** From the repository root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** One rule broken at one place. */
export interface Violation {
  readonly rule: string
  readonly where: string
  readonly what: string
}

/** A syntax tree node; fields beyond these depend on its type. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** A parsed file. */
export interface Parsed extends Source {
  readonly program: Node
  readonly comments: readonly Comment[]
}

/** Parses one TypeScript file. @throws SyntaxError on text that is not TypeScript. */
export function parseTypeScript(source: Source): Parsed {
  const { program, comments, errors } = parseSync(source.path, source.text)
  const [first] = errors
  if (first !== undefined) throw new SyntaxError(`${source.path}: ${first.message}`)
  return { ...source, program: program as unknown as Node, comments }
}

/** True for a syntax tree node. */
export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Nodes directly below a node, in no promised order. */
export function children(node: Node): readonly Node[] {
  return Object.values(node).flatMap((field) =>
    Array.isArray(field) ? field.filter(isNode) : isNode(field) ? [field] : [],
  )
}

/** A node and everything below it, with the node above each. */
export function* walk(node: Node, parent: Node | null = null): Generator<readonly [Node, Node | null]> {
  yield [node, parent]
  for (const child of children(node)) yield* walk(child, node)
}

/** The line of an offset, from 1. */
export const lineOf = (source: Source, offset: number): number => source.text.slice(0, offset).split('\n').length

/** A violation at an offset of a file. */
export const violation = (rule: string, source: Source, offset: number, what: string): Violation => ({
  rule,
  where: `${source.path}:${lineOf(source, offset)}`,
  what,
})

/** An identifier's or literal's text; undefined for anything else. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (typeof node.name === 'string') return node.name
  return typeof node.value === 'string' ? node.value : undefined
}
