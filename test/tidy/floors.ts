import { dirname, join } from 'node:path/posix'
import { isNode, nameOf, type Parsed, type Violation, violation, walk } from './source.js'

/** Floors that decide: no clock, no chance, no I/O. */
export const PURE: ReadonlySet<string> = new Set(['units', 'numerics', 'domain', 'machines'])

const DECISIONS = ['units', 'numerics', 'domain', 'ports']
const BELOW_DAEMON = [...DECISIONS, 'machines', 'runtime', 'adapters']
const EVERYTHING = [...BELOW_DAEMON, 'daemon', 'report', 'cli', 'public']

/**
 * Which floors a floor may import, itself aside. The runtime may import the machines: it is the host that computes
 * their transitions. Adapters, machines and runtime are siblings otherwise.
 */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  units: [],
  numerics: [],
  domain: ['units', 'numerics'],
  ports: ['domain', 'units'],
  machines: ['domain', 'units'],
  runtime: ['ports', 'domain', 'units', 'machines'],
  adapters: ['ports', 'domain', 'units', 'numerics'],
  daemon: BELOW_DAEMON,
  report: BELOW_DAEMON,
  cli: EVERYTHING,
  public: EVERYTHING,
}

/** What pure files may have of the platform all the same: functions of their arguments alone. */
const PURE_PLATFORM: Readonly<Record<string, string>> = { 'src/units/digest.ts': 'node:crypto' }

/** The only files that may import a function that makes a proof. */
const MINTERS: Readonly<Record<string, string>> = {
  markApproved: 'src/domain/governance/govern.ts',
  markJournaled: 'src/runtime/dispatch.ts',
}

/** The floor a file is on; `public` for files directly in `src`. */
export function floorOf(path: string): string {
  const [top, second, third] = path.split('/')
  if (top === 'machines') return 'machines'
  return third === undefined ? 'public' : second!
}

/** Imports against the table, across floors by relative path, of `node:` in a pure floor, and of proof minters. */
export function floors(file: Parsed): Violation[] {
  const found: Violation[] = []
  for (const [node] of walk(file.program)) {
    const specifier = nameOf(node.source)
    const imports = [
      'ImportDeclaration',
      'ExportNamedDeclaration',
      'ExportAllDeclaration',
      'ImportExpression',
      'TSImportType',
    ]
    if (specifier === undefined || !imports.includes(node.type)) continue
    const objection = objectionTo(file.path, specifier)
    if (objection !== undefined) found.push(violation('floors', file, node.start, objection))
    if (loadsMuch(file.path, specifier) && node.type === 'ImportDeclaration' && node.importKind !== 'type')
      found.push(violation('startup', file, node.start, `${specifier} loads much; import() it where it is needed`))
    if (node.type === 'ExportAllDeclaration' && !file.path.endsWith('/registry.ts') && floorOf(file.path) !== 'public')
      found.push(violation('barrel', file, node.start, `export * from '${specifier}'`))
  }
  return [...found, ...minters(file)]
}

/**
 * The charts take longer to load than the rest of the command line together, and every daemon starts through it: only
 * what `demo` loads late itself may import them ahead of use. The reader of Parquet files is for one command.
 */
const loadsMuch = (path: string, specifier: string): boolean =>
  /(^|\/)parquet-table\.js$/.test(specifier) ||
  (specifier.startsWith('#report/') && path.startsWith('src/cli/') && !path.startsWith('src/cli/demo/'))

function objectionTo(path: string, specifier: string): string | undefined {
  const floor = floorOf(path)
  if (specifier.startsWith('node:'))
    return PURE.has(floor) && PURE_PLATFORM[path] !== specifier ? `${floor} imports ${specifier}` : undefined
  if (specifier.startsWith('.')) {
    const target = floorOf(join(dirname(path), specifier))
    return target === floor ? undefined : `${specifier} leaves ${floor}; write #${target}/…`
  }
  if (!specifier.startsWith('#')) return undefined
  const target = specifier === '#src/index.js' ? 'public' : specifier.slice(1).split('/', 1)[0]!
  if (target === floor) return `${specifier} is on the same floor; write a relative path`
  const allowed = TABLE[floor]
  if (allowed === undefined) return `${floor} is no floor of the house`
  return allowed.includes(target) ? undefined : `${floor} may not import ${target} (${specifier})`
}

function minters(file: Parsed): Violation[] {
  const found: Violation[] = []
  for (const [node] of walk(file.program)) {
    if (node.type !== 'ImportSpecifier' && node.type !== 'ExportSpecifier') continue
    const name = nameOf(node.imported) ?? nameOf(node.local)
    const home = name === undefined || !Object.hasOwn(MINTERS, name) ? undefined : MINTERS[name]
    if (home !== undefined && file.path !== home && isNode(node))
      found.push(violation('minters', file, node.start, `${name} belongs to ${home}`))
  }
  return found
}
