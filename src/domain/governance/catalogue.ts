import { z } from 'zod'
import { type Preset, presets } from './presets.js'
import { rules } from './registry.js'
import type { Rule } from './rule.js'

/** A rule's parameter: its default and what it is in each preset, as JSON has them. */
export interface ParameterEntry {
  readonly name: string
  readonly description: string
  readonly default: unknown
  readonly presets: Readonly<Record<string, unknown>>
}

/** A rule as people look it up. */
export interface RuleEntry {
  readonly name: string
  readonly summary: string
  /** Whether it lends the optimiser limits, so that solved plans keep to it by themselves. */
  readonly lends: boolean
  readonly parameters: readonly ParameterEntry[]
}

/** Every rule there is, in order of name. */
export const ruleCatalogue = (): readonly RuleEntry[] =>
  Object.values(rules)
    .map(entryOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1))

function entryOf(rule: Rule<unknown>): RuleEntry {
  const json = z.toJSONSchema(rule.schema, { target: 'draft-7', io: 'input' })
  const properties = Object.entries(json.properties ?? {}) as [string, { description?: string; default?: unknown }][]
  const parameters = properties.map(([name, { description = '', default: own }]) => ({
    name,
    description,
    default: own,
    presets: Object.fromEntries(
      Object.entries(presets).map(([preset, all]: [string, Preset]) => [preset, all[rule.name]?.[name] ?? own]),
    ),
  }))
  return { name: rule.name, summary: rule.summary, lends: rule.constraints !== undefined, parameters }
}
