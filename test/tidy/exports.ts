import { dirname, join } from 'node:path/posix'
import { children, isNode, type Node, nameOf, type Parsed, type Violation, violation, walk } from './source.js'

/** A file whose exports are for programs outside the repository. */
const PUBLIC = 'src/index.ts'

/** Stands for every name of a module: a namespace, a dynamic import or `export *` may use any. */
const ALL = '*'

/**
 * Exported symbols that no other file imports. An import in a test counts; so does a type's mention in the declaration
 * of another export of its file, which callers of that one need to name.
 * `files` are everything that may import: sources, tests, scripts, benchmarks. Only exports of `src` and `machines`,
 * `src/index.ts` aside, are judged.
 */
export function unusedExports(files: readonly Parsed[]): Violation[] {
  const used = usesOf(files)
  const judged = files.filter(({ path }) => /^(src|machines)\//.test(path) && path !== PUBLIC)
  return judged.flatMap((file) => {
    const imported = used.get(file.path) ?? new Set<string>()
    return exportsOf(file).flatMap(({ name, node }) =>
      imported.has(name) || imported.has(ALL) || isMentioned(file, name)
        ? []
        : [violation('unused export', file, node.start, name)],
    )
  })
}

/** The names that other files import of each module, by its path. */
function usesOf(files: readonly Parsed[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>()
  for (const file of files)
    for (const [node] of walk(file.program)) {
      const module = moduleOf(file.path, node)
      if (module === undefined || module === file.path) continue
      used.set(module, new Set([...(used.get(module) ?? []), ...importedBy(node)]))
    }
  return used
}

/** The source file that an import is about; undefined for packages and for anything that imports nothing. */
function moduleOf(path: string, node: Node): string | undefined {
  const specifier = nameOf(node.source)
  if (specifier === undefined || !/^[.#]/.test(specifier)) return undefined
  const [, floor, rest] = /^#(\w+)\/(.*)$/.exec(specifier) ?? []
  const written =
    floor === undefined
      ? join(dirname(path), specifier)
      : join(floor === 'machines' ? 'machines' : floor === 'src' ? 'src' : `src/${floor}`, rest!)
  return written.replace(/^dist\//, '').replace(/\.js$/, '.ts')
}

function importedBy(node: Node): readonly string[] {
  if (node.type === 'ExportAllDeclaration' || node.type === 'ImportExpression') return [ALL]
  if (node.type === 'TSImportType') return [importedType(node.qualifier) ?? ALL]
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : []
  return specifiers.map((row) => {
    if (row.type === 'ImportNamespaceSpecifier') return ALL
    if (row.type === 'ImportDefaultSpecifier') return 'default'
    return nameOf(row.type === 'ExportSpecifier' ? row.local : row.imported) ?? ALL
  })
}

/** The first name of `import('x').A.B`. */
function importedType(qualifier: unknown): string | undefined {
  return isNode(qualifier) && isNode(qualifier.left) ? importedType(qualifier.left) : nameOf(qualifier)
}

/** What a file exports, with the node that does; a star is no name of its own. */
function exportsOf(file: Parsed): readonly { readonly name: string; readonly node: Node }[] {
  return (file.program.body as readonly Node[]).flatMap((node) => {
    if (node.type === 'ExportDefaultDeclaration') return [{ name: 'default', node }]
    if (node.type !== 'ExportNamedDeclaration') return []
    const declaration = isNode(node.declaration) ? node.declaration : null
    const declared = Array.isArray(declaration?.declarations)
      ? declaration.declarations.filter(isNode).map((row) => nameOf(row.id))
      : [nameOf(declaration?.id)]
    const listed = (node.specifiers as readonly Node[]).map((row) => nameOf(row.exported))
    return [...declared, ...listed].flatMap((name) => (name === undefined ? [] : [{ name, node }]))
  })
}

/** Whether the signature of another export of the file names a type. Function bodies are nobody's signature. */
function isMentioned(file: Parsed, name: string): boolean {
  return (file.program.body as readonly Node[]).some((node) => {
    if (node.type !== 'ExportNamedDeclaration' || !isNode(node.declaration)) return false
    return nameOf(node.declaration.id) !== name && names(node.declaration, name)
  })
}

function names(node: Node, name: string): boolean {
  if (node.type === 'BlockStatement') return false
  if (node.type === 'TSTypeReference' && nameOf(node.typeName) === name) return true
  if (node.type === 'TSInterfaceHeritage' && nameOf(node.expression) === name) return true
  return children(node).some((child) => names(child, name))
}
