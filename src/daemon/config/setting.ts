import { Decimal } from '#units/decimal.js'
import type { SourceDocument } from './document.js'
import { dotted } from './problem.js'
import { isRecord, snake } from './registry-schema.js'

/** One resolved value and where it came from: `file:line:column`, the name of a variable, or `default`. */
export interface Setting {
  readonly file: string
  readonly path: string
  readonly value: unknown
  readonly origin: string
}

/** Every leaf of a resolved document with its origin, in the order of the schema. */
export function settingsOf(
  source: SourceDocument,
  resolved: unknown,
  variables: ReadonlyMap<string, string> = new Map(),
): Setting[] {
  const settings: Setting[] = []
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (isRecord(value) && !Decimal.isDecimal(value) && Object.keys(value).length > 0) {
      for (const [key, child] of Object.entries(value)) visit(child, [...path, key])
      return
    }
    settings.push({ file: source.file, path: dotted(path), value, origin: originOf(path) })
  }
  const originOf = (path: readonly PropertyKey[]): string => {
    const variable = variables.get(dotted(path))
    if (variable !== undefined) return variable
    const written = [path, sharedTerm(path)].find((place) => source.has(place))
    if (written === undefined) return 'default'
    const { line, column } = source.locate(written)
    return `${source.file}:${line}:${column}`
  }
  visit(resolved, [])
  return settings
}

/** Where a symbol's term is written when it is written for all symbols. */
function sharedTerm(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const [section, own, , key] = path
  return section === 'universe' && own === 'per_symbol' && key !== undefined ? [section, 'defaults', key] : path
}

/** Parameters as a file spells them; the values of maps keyed by symbol keep their keys. */
export const spelled = (params: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).map(([key, value]) => [snake(key), value]))
