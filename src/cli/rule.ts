import type { Command } from 'commander'
import { snake } from '#daemon/config/registry-schema.js'
import { type ParameterEntry, type RuleEntry, ruleCatalogue } from '#domain/governance/catalogue.js'
import { presets } from '#domain/governance/presets.js'
import { CliError, EXIT } from './failure.js'
import { proposalOptions } from './governance.js'
import { type Output, outputOf } from './output.js'
import { newRule } from './rule/new.js'
import { setting, testRule } from './rule/test.js'
import { facts, table } from './table.js'

/** The presets whose limits differ from the rules' own. */
const OTHERS = Object.keys(presets).filter((preset) => preset !== 'standard')

/** `ballast rule ls|show`: the governance rules there are, what they limit and by how much. Reads no files. */
export function registerRule(program: Command): void {
  const rule = program.command('rule').description('governance rules: what may stop, cut or put off a trade')
  rule.command('ls').description('every rule with its limits in each preset').action(list)
  rule
    .command('show')
    .argument('<name>', 'a rule, as ls or a portfolio file spells it')
    .description('one rule: its parameters, their defaults, and how a portfolio file sets them')
    .action(show)
  proposalOptions(rule.command('test').argument('<name>', 'a rule, by either spelling'))
    .description(
      'one rule alone on a book and a plan from files, with the figures its verdict rests on; nothing is sent',
    )
    .option('--set <key=value>', 'a parameter as a portfolio file spells it, as often as needed: max=0.1', setting)
    .action(testRule)
  rule
    .command('new')
    .argument('<name>', 'of the new rule, such as largest-order')
    .description('write a new rule into a source tree: its file, its tests, and its lines in the registry and the laws')
    .option('--dir <tree>', 'the source tree', '.')
    .action(newRule)
}

function list(_options: unknown, command: Command): void {
  const output = outputOf(command)
  const rules = ruleCatalogue()
  const columns = ['RULE', 'STANDARD', ...OTHERS.map((preset) => preset.toUpperCase()), 'WHAT IT DOES']
  const rows = rules.map((rule) => [
    rule.name,
    standardOf(rule),
    ...OTHERS.map((preset) => changesIn(rule, preset)),
    rule.summary,
  ])
  output.print(rules, () =>
    table(
      output,
      columns.map((text) => [text] as const),
      rows,
      'there are no rules',
    ),
  )
}

function show(name: string, _options: unknown, command: Command): void {
  const output = outputOf(command)
  const all = ruleCatalogue()
  const found = all.find((rule) => rule.name === name || snake(rule.name) === name)
  if (found === undefined) {
    const names = all.map((rule) => rule.name).join(', ')
    throw new CliError(EXIT.notFound, 'RULE_UNKNOWN', `no rule is called ${name}; there are ${names}`)
  }
  output.print(found, () => ruleText(output, found))
}

function ruleText(output: Output, rule: RuleEntry): string {
  const lends = rule.lends ? 'keeps to it in what it solves' : 'knows nothing of it'
  const head = facts(output, [
    ['rule', rule.name],
    ['does', rule.summary],
    ['optimiser', lends],
    ['file', exampleOf(rule)],
  ])
  const rows = rule.parameters.map((parameter) => [
    snake(parameter.name),
    shown(parameter.default),
    otherwise(parameter),
    parameter.description,
  ])
  const columns = ['PARAMETER', 'DEFAULT', 'IN PRESETS', 'MEANING'].map((text) => [text] as const)
  return `${head}\n\n${table(output, columns, rows, 'it has no parameters')}`
}

/** How a portfolio file would set it. */
function exampleOf({ name, parameters }: RuleEntry): string {
  const [first] = parameters
  const set = first === undefined ? '' : `${snake(first.name)}: ${shown(first.default)}`
  return `governance: {rules: {${snake(name)}: {${set}}}}`
}

/** Parameters that limit anything unless a file says otherwise: lists and maps are empty by themselves. */
const standardOf = ({ parameters }: RuleEntry): string =>
  parameters
    .filter((parameter) => typeof parameter.default !== 'object')
    .map(({ name, default: own }) => `${snake(name)} ${shown(own)}`)
    .join(', ')

const changesIn = ({ parameters }: RuleEntry, preset: string): string =>
  parameters
    .filter(({ default: own, presets: by }) => shown(by[preset]) !== shown(own))
    .map(({ name, presets: by }) => `${snake(name)} ${shown(by[preset])}`)
    .join(', ')

function otherwise({ default: own, presets: by }: ParameterEntry): string {
  const other = Object.entries(by).filter(([, value]) => shown(value) !== shown(own))
  return other.map(([preset, value]) => `${preset} ${shown(value)}`).join(', ')
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
