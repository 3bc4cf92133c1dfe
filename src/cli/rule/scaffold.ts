import { Fault } from '#units/fault.js'

/** A file of a scaffold: where it goes in a source tree, and its text. */
export interface ScaffoldFile {
  readonly path: string
  readonly text: string
}

/** Files that a new rule is registered in. */
export const REGISTERED_IN = {
  registry: 'src/domain/governance/registry.ts',
  laws: 'test/laws/rules.test.ts',
} as const

/** `largest-order` as code names it: `largestOrder`. */
const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/**
 * The files of a new rule: the rule, its test, and its case through the daemon. The rule caps the value of one order as a fraction
 * of equity, so that it does something from the first day; what is to be judged otherwise takes the place of that.
 */
export function scaffold(name: string): readonly ScaffoldFile[] {
  return [
    { path: `src/domain/governance/rules/${name}.ts`, text: ruleText(name) },
    { path: `test/unit/domain/governance/rules/${name}.test.ts`, text: testText(name) },
    { path: `test/integration/one-rule-one-order/${name}.test.ts`, text: caseText(name) },
  ]
}

/** The registry with a rule in its place: its import and its line, both by name. Faults (never) `SCAFFOLD_PLACE`. */
export function registered(text: string, name: string): string {
  const key = name.includes('-') ? `'${name}': ${camel(name)},` : `${name},`
  const imported = `import { ${camel(name)} } from './rules/${name}.js'`
  const withImport = inserted(text, imported, /^import .* from '\.\/rules\/(.+)\.js'$/, name)
  return inserted(withImport, `  ${key}`, /^ {2}'?([a-z][a-z0-9-]*)'?(?:: \w+)?,$/, name)
}

/** The laws with parameters of a rule, from strict to loose. Faults (never) `SCAFFOLD_PLACE`. */
export function lawful(text: string, name: string): string {
  const key = name.includes('-') ? `'${name}'` : name
  const opening = /^const strictness: .*$/m.exec(text)
  if (opening === null) throw misplaced(REGISTERED_IN.laws, 'the table of strictness')
  const at = opening.index + opening[0].length
  return `${text.slice(0, at)}\n  ${key}: (loose) => ({ max: 0.01 + loose }),${text.slice(at)}`
}

/** A text with a line before the first line of a kind whose name comes later, or after the last of them. */
function inserted(text: string, line: string, kind: RegExp, name: string): string {
  const lines = text.split('\n')
  const named = lines.flatMap((row, at) => {
    const found = kind.exec(row)?.[1]
    return found === undefined ? [] : [{ at, found }]
  })
  const last = named.at(-1)
  if (last === undefined) throw misplaced(REGISTERED_IN.registry, 'a line like the others')
  const at = named.find(({ found }) => found > name)?.at ?? last.at + 1
  return [...lines.slice(0, at), line, ...lines.slice(at)].join('\n')
}

const misplaced = (path: string, what: string): Fault =>
  new Fault('SCAFFOLD_PLACE', `${path} has no place for the rule: ${what} is not found`, 'never', { path })

const ruleText = (name: string): string => `import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import { quantity, ratio, scaled } from '#units/money.js'
import { multiplierOf, wholeLots } from '../../instrument/registry.js'
import type { Leg } from '../../plan/plan.js'
import { percentOf, rejection } from '../judgement.js'
import { WEIGHT_TOLERANCE } from '../limited.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'

const NAME = '${name}'

const schema = z.strictObject({
  max: z.number().gt(0).max(10).default(0.5).describe('largest value of one order, as a fraction of equity'),
})

/** Parameters of {@link ${camel(name)}}. */
export type ${pascal(name)}Params = z.output<typeof schema>

/**
 * Keeps each order within a fraction of equity, at its decision price: what goes further is cut to whole lots.
 * Edges   exactly at the limit passes. Equity that is not positive, unknown terms: rejected.
 * Source  none yet: say where the limit comes from.
 */
export const ${camel(name)}: Rule<${pascal(name)}Params> = {
  name: NAME,
  summary: 'Caps the value of one order as a fraction of equity.',
  schema,
  // No preset brings it in until somebody has decided so: every portfolio with a preset would be judged by it.
  suits: () => false,
  judge: (params, context) => context.plan.legs.flatMap((leg) => judgeLeg(params, leg, context)),
}

function judgeLeg({ max }: ${pascal(name)}Params, leg: Leg, { equity, specs }: RuleContext): readonly Judgement[] {
  const spec = specs[leg.instrument]
  if (spec === undefined) return [rejection(NAME, leg.id, \`\${leg.instrument} has no known terms\`)]
  if (!equity.gt(0)) return [rejection(NAME, leg.id, 'equity is not positive: nothing has a weight')]
  const most = scaled(equity, decimalFromFloat(max + WEIGHT_TOLERANCE))
  if (leg.value.lte(most)) return []
  const kept = wholeLots(spec, quantity(most.div(leg.arrival.times(multiplierOf(spec)))))
  const share = ratio(leg.value, equity)
  const reason = \`\${leg.id} would be \${percentOf(share)} of equity, more than \${percentOf(max)}\`
  const multiplier = fractionKept(kept, leg.quantity)
  return [{ rule: NAME, leg: leg.id, verdict: 'resize', multiplier, reason, evidence: { share, max } }]
}
`

const testText = (name: string): string => `import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const context = contextOf({ cash: '10000', prices: { AAA: '10', BBB: '10' } }, { AAA: '300', BBB: '100' })
const judge = (max: number) => govern(context, [{ name: '${name}', params: { max } }], simpleCosts)
const left = (max: number) => Object.fromEntries(judge(max).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))

describe('${name}', () => {
  it('lets an order be exactly so large', () => {
    expect(left(0.3)).toEqual({ 'buy-AAA': 300, 'buy-BBB': 100 })
  })

  it('cuts what is larger to whole lots, and says why', () => {
    expect(left(0.2)).toEqual({ 'buy-AAA': 200, 'buy-BBB': 100 })
    expect(judge(0.2).judgements[0]!.reason).toBe('buy-AAA would be 30.0 % of equity, more than 20.0 %')
  })

  it('is taken by no preset', () => {
    expect(govern(context, [{ name: '${name}', params: {} }], simpleCosts).verdict).toBe('allow')
  })
})
`

const caseText = (name: string): string => `import { provesRule } from './prove.js'

provesRule({ rule: '${name}', limit: 'orders of 30 % of equity', params: '{max: 0.3}', verdict: 'resize' })
`

const pascal = (name: string): string => camel(`-${name}`)
