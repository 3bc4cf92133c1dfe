import { parse } from 'yaml'
import { isRecord } from './registry-schema.js'

/** Environment variables that override the system file: `BALLAST__HTTP__LISTEN` is `http.listen`. */
const PREFIX = 'BALLAST__'

/** A document with overrides in it, and which variable set which field (by dotted path). */
export interface Overridden {
  readonly value: unknown
  readonly variables: ReadonlyMap<string, string>
}

/**
 * Lays environment variables over a parsed system file. Values are read as YAML scalars (`true`, `5`, text); the names
 * are checked by the schema like any other key. An empty value is text of no length, not an unset variable.
 */
export function override(value: unknown, environment: Readonly<Record<string, string | undefined>>): Overridden {
  const variables = new Map<string, string>()
  if (!isRecord(value)) return { value, variables }
  const result: Record<string, unknown> = structuredClone(value)
  for (const name of Object.keys(environment).sort()) {
    const text = environment[name]
    if (!name.startsWith(PREFIX) || text === undefined) continue
    const path = name.slice(PREFIX.length).toLowerCase().split('__')
    setField(result, path, scalar(text))
    variables.set(path.join('.'), name)
  }
  return { value: result, variables }
}

/** Sets a field of a document, making the maps on the way to it. */
export function setField(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = target
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(node, key) ? node[key] : undefined
    const child: Record<string, unknown> = isRecord(next) ? next : {}
    define(node, key, child)
    node = child
  }
  define(node, path.at(-1)!, value)
}

/** Plain assignment to `__proto__` would change the prototype instead of adding a key the schema can refuse. */
function define(node: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true })
}

/** A YAML scalar, or the text itself. */
export function scalar(text: string): unknown {
  try {
    const value: unknown = text === '' ? '' : parse(text)
    return typeof value === 'object' && value !== null ? text : value
  } catch {
    return text
  }
}
