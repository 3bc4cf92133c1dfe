import { z } from 'zod'
import { explain, shownName, wordsOf } from './explain.js'

/** What the configuration needs to know of a registry's entry; rules, cost models and target sources all have it. */
export interface RegistryEntry {
  readonly name: string
  readonly summary: string
  readonly schema: z.ZodType
}

/** Entries by name, as the registries of `domain` export them. */
export type Registry = Readonly<Record<string, RegistryEntry>>

/** A registry entry chosen in YAML, with parameters its own schema has read. */
export interface ChosenEntry {
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
}

/** One of several entries: named in the file, or brought in by a preset alone. */
export interface PickedEntry extends ChosenEntry {
  readonly named: boolean
}

/** Takes one problem, at a path relative to the value being read. */
export type Report = (path: readonly PropertyKey[], message: string) => void

/** `position-limit` and `maxWeight` as YAML spells them: `position_limit`, `max_weight`. */
export const snake = (name: string): string =>
  name.replaceAll('-', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The entry a YAML name stands for. */
export const entryNamed = (registry: Registry, name: unknown): RegistryEntry | undefined =>
  Object.values(registry).find((entry) => snake(entry.name) === name)

/** What to say when {@link entryNamed} finds none. */
export function unknownName(registry: Registry, name: unknown): string {
  const names = Object.values(registry).map((entry) => snake(entry.name))
  return name === undefined
    ? `is required: ${names.join(' | ')}`
    : `must be ${names.join(' | ')}, got ${shownName(name)}`
}

/**
 * Reads an entry's parameters from their YAML form with the entry's own schema, the only judge of them.
 * Problems go to `report` with YAML paths; the answer is undefined when there was one.
 */
export function readParams(
  entry: RegistryEntry,
  raw: Readonly<Record<string, unknown>>,
  report: Report,
): ChosenEntry | undefined {
  const names = new Map(Object.keys(shapeOf(entry)).map((name) => [snake(name), name]))
  const input: Record<string, unknown> = {}
  let known = true
  for (const [key, value] of Object.entries(raw)) {
    const name = names.get(key)
    if (name !== undefined) input[name] = value
    else {
      report([key], `unknown key; ${snake(entry.name)} has ${[...names.keys()].join(', ') || 'no parameters'}`)
      known = false
    }
  }
  const result = entry.schema.safeParse(input, { error: explain })
  if (!result.success)
    for (const issue of result.error.issues) {
      const [first, ...rest] = issue.path
      report(first === undefined ? [] : [snake(String(first)), ...rest], wordsOf(issue))
    }
  return result.success && known ? { name: entry.name, params: result.data as Record<string, unknown> } : undefined
}

/** Draft-07 schema of an entry's parameters, keyed as YAML spells them. */
export function paramsJsonSchema(entry: RegistryEntry): { properties: Record<string, unknown>; required: string[] } {
  const whole = z.toJSONSchema(entry.schema, { target: 'draft-7', io: 'input' })
  const properties: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(whole.properties ?? {})) properties[snake(name)] = property
  return { properties, required: (whole.required ?? []).map(snake) }
}

/** Turns reports into issues of a zod transform. */
export function reporter(context: z.core.$RefinementCtx, input: unknown, prefix: readonly PropertyKey[] = []): Report {
  return (path, message) => {
    context.issues.push({ code: 'custom', message, input, path: [...prefix, ...path] })
  }
}

/** True for a YAML map. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shapeOf(entry: RegistryEntry): Readonly<Record<string, unknown>> {
  if (!(entry.schema instanceof z.ZodObject))
    throw new TypeError(`${entry.name}: a registry entry's schema must be a zod object`)
  return entry.schema.shape as Record<string, unknown>
}
