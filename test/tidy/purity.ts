import { floorOf, PURE } from './floors.js'
import { type Node, nameOf, type Parsed, type Violation, violation, walk } from './source.js'

/** Globals that bring in time, chance or the world. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'globalThis',
  'require',
  'Buffer',
])

/** Impure globals in a pure floor, and anything asynchronous in the domain. */
export function purity(file: Parsed): Violation[] {
  const floor = floorOf(file.path)
  if (!PURE.has(floor)) return []
  const found: Violation[] = []
  for (const [node, parent] of walk(file.program)) {
    const word = impure(node, parent)
    if (word !== undefined) found.push(violation('purity', file, node.start, `${floor} uses ${word}`))
    if (floor === 'domain' && (node.async === true || node.type === 'AwaitExpression' || node.await === true))
      found.push(violation('async', file, node.start, 'the domain does not wait'))
  }
  return found
}

function impure(node: Node, parent: Node | null): string | undefined {
  if (node.type === 'MemberExpression') {
    const text = `${nameOf(node.object)}.${nameOf(node.property)}`
    return text === 'Date.now' || text === 'Math.random' ? text : undefined
  }
  const callsDate = nameOf(node.callee) === 'Date' && Array.isArray(node.arguments)
  if (node.type === 'NewExpression' && callsDate && (node.arguments as unknown[]).length === 0) return 'new Date()'
  if (node.type === 'CallExpression' && callsDate) return 'Date()'
  if (node.type !== 'Identifier' || !FORBIDDEN.has(nameOf(node) ?? '') || isOnlyAName(node, parent)) return undefined
  return nameOf(node)
}

/** A property or key that happens to have the word as its name. */
function isOnlyAName(node: Node, parent: Node | null): boolean {
  if (parent === null) return false
  if (parent.type === 'MemberExpression') return parent.property === node && parent.computed !== true
  return parent.key === node && parent.computed !== true && parent.shorthand !== true
}
