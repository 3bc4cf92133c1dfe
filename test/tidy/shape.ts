import { floorOf } from './floors.js'
import { lineOf, type Node, nameOf, type Parsed, type Source, type Violation, violation, walk } from './source.js'

/** Longest file and function, in lines. */
export const LIMITS = { typescript: 300, native: 400, function: 60 } as const

/** A file with too many lines. */
export function fileSize(source: Source): Violation[] {
  const lines = source.text.replace(/\n$/, '').split('\n').length
  const limit = source.path.endsWith('.ts') ? LIMITS.typescript : LIMITS.native
  return lines > limit ? [violation('file size', source, 0, `${lines} lines, more than ${limit}`)] : []
}

/** Functions with too many lines. */
export function functionSize(file: Parsed): Violation[] {
  const found: Violation[] = []
  for (const [node] of walk(file.program)) {
    if (!['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)) continue
    const lines = lineOf(file, node.end) - lineOf(file, node.start) + 1
    if (lines > LIMITS.function)
      found.push(violation('function size', file, node.start, `${lines} lines, more than ${LIMITS.function}`))
  }
  return found
}

/** `any`, silenced checks, unfinished business, and talk to the terminal outside the command line. */
export function words(file: Parsed): Violation[] {
  const found: Violation[] = []
  for (const [node] of walk(file.program)) {
    if (node.type === 'TSAnyKeyword') found.push(violation('any', file, node.start, 'any'))
    if (node.type === 'MemberExpression' && nameOf(node.object) === 'console' && floorOf(file.path) !== 'cli')
      found.push(violation('console', file, node.start, `console.${nameOf(node.property)}`))
  }
  for (const { value, start } of file.comments) {
    const word = /@ts-ignore|@ts-expect-error|@ts-nocheck|biome-ignore|eslint-disable|\bTODO\b|\bFIXME\b/.exec(value)
    if (word !== null) found.push(violation('comment', file, start, word[0]))
  }
  return found
}

/** Exported symbols without a docstring right above them. Re-exports are documented where they come from. */
export function docstrings(file: Parsed): Violation[] {
  const body = file.program.body as readonly Node[]
  const declared = new Map(body.flatMap((node) => namesOf(node).map((name) => [name, node] as const)))
  const found: Violation[] = []
  body.forEach((node, index) => {
    if (node.type === 'ExportDefaultDeclaration' && !documented(file, node))
      found.push(violation('docstring', file, node.start, 'default export'))
    if (node.type !== 'ExportNamedDeclaration' || node.source !== null) return
    for (const name of namesOf(node))
      if (!documented(file, node) && !sharesDocstring(file, body, index))
        found.push(violation('docstring', file, node.start, name))
    for (const specifier of node.specifiers as readonly Node[]) {
      const name = nameOf(specifier.local) ?? ''
      const local = declared.get(name)
      if (local !== undefined && !documented(file, local)) found.push(violation('docstring', file, local.start, name))
    }
  })
  return found
}

function namesOf(node: Node): string[] {
  const declaration = (node.declaration ?? node) as Node
  if (declaration.type === 'VariableDeclaration')
    return (declaration.declarations as readonly Node[]).map((row) => nameOf(row.id) ?? '(pattern)')
  const name = nameOf(declaration.id)
  return name === undefined ? [] : [name]
}

function documented(file: Parsed, node: Node): boolean {
  const above = file.comments.filter((comment) => comment.end <= node.start).at(-1)
  if (above === undefined || above.type !== 'Block' || !above.value.startsWith('*')) return false
  return file.text.slice(above.end, node.start).trim() === '' && above.value.replace(/[*\s]/g, '') !== ''
}

/** Plain constants on lines right below a documented one are one group with one docstring. */
function sharesDocstring(file: Parsed, body: readonly Node[], index: number): boolean {
  const node = body[index]!
  const above = body[index - 1]
  if (above === undefined || !isPlainConstant(node) || !isPlainConstant(above)) return false
  if (file.text.slice(above.end, node.start).trim() !== '' || lineOf(file, node.start) - lineOf(file, above.end) !== 1)
    return false
  return documented(file, above) || sharesDocstring(file, body, index - 1)
}

function isPlainConstant(node: Node): boolean {
  const declaration = node.declaration as Node | null | undefined
  if (node.type !== 'ExportNamedDeclaration' || declaration?.type !== 'VariableDeclaration') return false
  return (declaration.declarations as readonly Node[]).every((row) => (row.init as Node | null)?.type === 'Literal')
}
