import { InvalidArgumentError } from 'commander'
import { explain, wordsOf } from '#daemon/config/explain.js'
import { snake } from '#daemon/config/registry-schema.js'
import type { SizingMethod, SizingScope } from '#domain/sizing/method.js'
import { sizingMethods } from '#domain/sizing/registry.js'
import { CliError, EXIT } from '../failure.js'

/** Options that are parameters of a method; each method takes some of them. */
export interface MethodOptions {
  readonly fraction?: number
  readonly volatility?: number
  readonly base?: number | Readonly<Record<string, number>>
  readonly estimator?: string
  readonly lookback?: number
  readonly lambda?: number
  readonly periodsPerYear?: number
  readonly riskFree?: number
  readonly expectedReturns?: Readonly<Record<string, number>>
  readonly budgets?: Readonly<Record<string, number>>
}

const PARAMETERS: readonly (keyof MethodOptions)[] = [
  'fraction',
  'volatility',
  'base',
  'estimator',
  'lookback',
  'lambda',
  'periodsPerYear',
  'riskFree',
  'expectedReturns',
  'budgets',
]

/** A method with the parameters its schema has read. */
export interface ChosenMethod {
  readonly method: SizingMethod<unknown>
  readonly params: Readonly<Record<string, unknown>>
}

/**
 * The method of a name with the options given for it.
 * @throws CliError 64 for an option that is not the method's, or a value its schema refuses, naming the option.
 */
export function chosenMethod(name: string, options: MethodOptions): ChosenMethod {
  const method = sizingMethods[name]!
  const given = PARAMETERS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]] as const)
  const parsed = method.schema.safeParse(Object.fromEntries(given), { error: explain })
  if (parsed.success) return { method, params: parsed.data as Record<string, unknown> }
  const problems = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return `${name} takes no ${issue.keys.map(optionOf).join(' and no ')}`
    const [key, ...rest] = issue.path
    return `${[optionOf(String(key)), ...rest.map(String)].join(' ')}: ${wordsOf(issue)}`
  })
  throw new CliError(EXIT.usage, 'USAGE', problems.join('; '))
}

/** @throws CliError 64 when the parameters name what is not among the prices. */
export function refuseUnknown({ method, params }: ChosenMethod, names: readonly string[]): void {
  const scope: SizingScope = { names: new Set(names), bars: true, returns: Number.POSITIVE_INFINITY }
  const refusal = method.refusal?.(params, scope) ?? null
  if (refusal === null) return
  const option = refusal.path === undefined ? '' : `${optionOf(refusal.path[0]!)}: `
  throw new CliError(EXIT.usage, 'USAGE', `${option}${refusal.message}`)
}

const optionOf = (parameter: string): string => `--${snake(parameter).replaceAll('_', '-')}`

/** Reads a number. @throws InvalidArgumentError on anything else. */
export function decimal(text: string): number {
  if (!/^-?(\d+\.?\d*|\.\d+)(e-?\d{1,3})?$/i.test(text)) throw new InvalidArgumentError('must be a number.')
  return Number(text)
}

/** Reads a fraction of equity from 0 to 1. @throws InvalidArgumentError on anything else. */
export function fractionOf(text: string): number {
  const value = decimal(text)
  if (value < 0 || value > 1) throw new InvalidArgumentError('must be a fraction from 0 to 1, such as 0.1 for 10 %.')
  return value
}

/** Reads one number for all, or numbers by symbol. @throws InvalidArgumentError on anything else. */
export const forAllOrBySymbol = (text: string): number | Readonly<Record<string, number>> =>
  text.includes('=') ? bySymbol(text) : decimal(text)

/** Reads `A=0.1,B=2` as numbers by symbol. @throws InvalidArgumentError on anything else, and on a symbol twice. */
export function bySymbol(text: string): Readonly<Record<string, number>> {
  const found = new Map<string, number>()
  for (const part of text.split(',')) {
    const [, symbol, value] = /^\s*([A-Za-z0-9._-]{1,32})=(\S+?)\s*$/.exec(part) ?? []
    if (symbol === undefined || value === undefined || found.has(symbol))
      throw new InvalidArgumentError('must be SYMBOL=NUMBER,SYMBOL=NUMBER and so on, each symbol once.')
    found.set(symbol, decimal(value))
  }
  return Object.fromEntries(found)
}
