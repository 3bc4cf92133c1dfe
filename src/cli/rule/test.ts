import type { Command } from 'commander'
import { parse } from 'yaml'
import { type ConfigError, configError, dotted, type Problem } from '#daemon/config/problem.js'
import { registries } from '#daemon/config/registries.js'
import { entryNamed, isRecord, readParams, snake } from '#daemon/config/registry-schema.js'
import { spelled } from '#daemon/config/setting.js'
import { type Effect, effectOf } from '#domain/governance/effect.js'
import { govern } from '#domain/governance/govern.js'
import type { Judgement } from '#domain/governance/rule.js'
import type { Chosen, PortfolioPolicy } from '#domain/policy.js'
import { badConfig, CliError, EXIT } from '../failure.js'
import { type ProposalOptions, proposalInput } from '../governance/input.js'
import { type CheckResult, checkResult, checkText, printVerdict } from '../governance/result.js'
import { type Output, outputOf } from '../output.js'
import { facts, table } from '../table.js'

interface Options extends ProposalOptions {
  readonly set?: readonly (readonly [key: string, text: string])[]
}

/** One rule's answer. */
interface TestResult extends CheckResult {
  readonly rule: string
  /** As a portfolio file spells them. */
  readonly params: Readonly<Record<string, unknown>>
  readonly judgements: readonly Judgement[]
}

/** Runs one rule alone on a plan from files. @throws CliError 5 for an unknown rule, 64 for parameters it refuses. */
export async function testRule(name: string, options: Options, command: Command): Promise<void> {
  const output = outputOf(command)
  const entry = entryNamed(registries.rules, snake(name))
  if (entry === undefined) {
    const names = Object.keys(registries.rules).join(', ')
    throw new CliError(EXIT.notFound, 'RULE_UNKNOWN', `no rule is called ${name}; there are ${names}`)
  }
  const { context, costs, policy } = await proposalInput(options)
  const set = Object.fromEntries((options.set ?? []).map(([key, text]) => [key, valueIn(text)]))
  const chosen = chosenRule(entry.name, { ...paramsIn(policy, entry.name), ...set })
  const governed = govern(context, [chosen], costs)
  const effect: Effect = effectOf(context, governed)
  const result: TestResult = {
    ...{ rule: chosen.name, params: spelled(chosen.params), judgements: governed.judgements },
    ...checkResult(effect, context, [chosen.name]),
  }
  printVerdict(output, result, () => testText(output, result))
}

/** Adds a `key=value` to those before it. @throws CliError 64 for what is none. */
export function setting(text: string, before: Options['set'] = []): NonNullable<Options['set']> {
  const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined)
    throw new CliError(EXIT.usage, 'USAGE', `--set must be key=value, such as max=0.1, got ${JSON.stringify(text)}`)
  return [...before, [key, value]]
}

/** What the portfolio sets of the rule; its defaults where it has none of it. */
function paramsIn(policy: PortfolioPolicy | null, name: string): Readonly<Record<string, unknown>> {
  const own = policy?.governance.find((chosen) => chosen.name === name)
  return own === undefined ? {} : spelled(own.params)
}

/** A rule with parameters in the spelling of a file, read by its own schema. */
function chosenRule(name: string, raw: Readonly<Record<string, unknown>>): Chosen {
  const problems: Problem[] = []
  const read = readParams(registries.rules[name]!, raw, (path, message) =>
    problems.push({ file: '--set', line: null, column: null, path: dotted(path), message }),
  )
  if (read !== undefined) return { name: read.name, params: read.params }
  const refused: ConfigError = configError(problems)
  throw badConfig(refused)
}

/** A value as a portfolio file has it: a number, a text, a list or a map of YAML. */
function valueIn(text: string): unknown {
  try {
    const value: unknown = parse(text)
    return value ?? text
  } catch {
    return text
  }
}

function testText(output: Output, result: TestResult): string {
  const { rule, params, judgements } = result
  const head = facts(output, [
    ['rule', rule],
    ['with', isRecord(params) && Object.keys(params).length > 0 ? JSON.stringify(params) : 'no parameters'],
  ])
  const rows = judgements.map(({ leg, verdict, multiplier, evidence }) => [
    leg ?? '(plan)',
    verdict,
    String(Number(multiplier.toPrecision(6))),
    Object.entries(evidence)
      .map(([key, value]) => `${snake(key)} ${typeof value === 'number' ? Number(value.toPrecision(6)) : value}`)
      .join(', '),
  ])
  const columns = [['ON'], ['VERDICT'], ['KEEPS', 'r'], ['EVIDENCE']] as const
  return `${head}\n\n${checkText(output, result)}\n\n${table(output, columns, rows, 'it says nothing')}`
}
