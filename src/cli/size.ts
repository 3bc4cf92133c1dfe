import { type Command, Option } from 'commander'
import { percent } from '#domain/explain/words.js'
import { ESTIMATORS, needsBars } from '#domain/sizing/estimator.js'
import { kellyBet } from '#domain/sizing/kelly.js'
import { sized, sizingMethods } from '#domain/sizing/registry.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { wholeNumber } from './settings.js'
import { type PriceRequest, sizingInput } from './size/input.js'
import {
  bySymbol,
  chosenMethod,
  decimal,
  forAllOrBySymbol,
  fractionOf,
  type MethodOptions,
  refuseUnknown,
} from './size/options.js'
import { resultOf, resultText, type SizeLimits } from './size/result.js'
import { facts } from './table.js'

interface Options extends MethodOptions, SizeLimits, Partial<PriceRequest> {
  readonly method: string
  readonly win?: number
  readonly odds?: number
}

/** `ballast size`: weights by a sizing method over a file of prices; touches no state. */
export function registerSize(program: Command): void {
  const command = program
    .command('size')
    .description('size positions by a method over a file of prices')
    .addOption(new Option('--method <name>', 'how').choices(Object.keys(sizingMethods)).makeOptionMandatory())
    .option('--prices <file>', 'CSV, plain or gzip, or Parquet of prices; parkinson and garman-klass need bars')
    .option('--symbols <list>', 'names to size, with commas (default: all there are prices of)')
    .option('--from <date>', 'session of the first return')
    .option('--to <date>', 'session of the last return')
    .option('--budget <fraction>', 'most that all weights come to, shorts counted as well', fractionOf, 1)
    .option('--max <fraction>', 'highest weight of a name', fractionOf, 0.1)
    .option('--min <fraction>', 'a weight is 0 or at least this', fractionOf, 0.01)
    .option('--shorts', 'names may be short by as much as they may be long (kelly)', false)
  methodOptions(command).action((options: Options, self: Command) => size(options, outputOf(self)))
}

/** Options of single methods. Their defaults are in the methods. */
function methodOptions(command: Command): Command {
  return command
    .option('--fraction <f>', 'fixed-fraction: of equity in each name (0.05); kelly: of the Kelly size (0.5)', decimal)
    .option('--volatility <sigma>', 'volatility-target: a year, at which a name has its base weight (0.15)', decimal)
    .option(
      '--base <weight>',
      'volatility-target: weight at that volatility, or A=0.3,B=0.2 for some (an equal share of the budget)',
      forAllOrBySymbol,
    )
    .addOption(new Option('--estimator <name>', 'volatility-target: of volatility (realised)').choices(ESTIMATORS))
    .option('--lookback <returns>', 'volatility-target: latest returns to estimate from (20)', wholeNumber(2))
    .option('--lambda <decay>', 'volatility-target: weight of a return beside the next one, for ewma (0.94)', decimal)
    .option('--periods-per-year <n>', 'volatility-target, kelly: returns a year (252)', decimal)
    .option('--risk-free <rate>', 'kelly: return of cash a year (0)', decimal)
    .option(
      '--expected-returns <list>',
      'kelly: A=0.08,B=0.05 a year, 0 for the others (mean of the returns)',
      bySymbol,
    )
    .option('--win <probability>', 'kelly, of one bet instead of prices: probability that it wins', fractionOf)
    .option('--odds <b>', 'kelly, of one bet: what it wins for each unit staked', decimal)
    .option('--budgets <list>', 'risk-parity: A=2,B=1 shares of risk, 1 for the others', bySymbol)
}

async function size(options: Options, output: Output): Promise<void> {
  const { budget, min, max, shorts } = options
  const chosen = chosenMethod(options.method, options)
  if (options.win !== undefined || options.odds !== undefined)
    return sizeBet(options, Number(chosen.params.fraction), output)
  if (options.prices === undefined) throw usage('give --prices FILE')
  if (min > max) throw usage(`--min ${min} is above --max ${max}`)
  if (shorts && options.method !== 'kelly')
    throw usage(`--shorts is for kelly: ${options.method} gives no short weights`)
  const { method, params } = chosen
  const ranges = ESTIMATORS.some((name) => name === params.estimator && needsBars(name))
  const { scenarios, bars } = await sizingInput({ ...options, prices: options.prices }, method.window(params), ranges)
  refuseUnknown(chosen, [...scenarios.instruments, ...scenarios.excluded.map(({ instrument }) => instrument)])
  const bounds = [shorts ? -max : 0, max] as const
  const request = { scenarios, least: scenarios.rows, bars, budget, minimum: min, bounds: () => bounds }
  const sizing = sized(method, params, request)
  if (sizing.kind === 'hold') throw new CliError(EXIT.failed, 'NOT_SIZED', sizing.reason)
  const result = resultOf(chosen, { budget, min, max, shorts }, scenarios, sizing)
  output.print(result, () => resultText(output, result))
}

/** Kelly of one bet: the stake, a fraction of wealth, 0 where the odds are against it. */
function sizeBet({ method, win, odds, prices }: Options, fraction: number, output: Output): void {
  if (method !== 'kelly') throw usage(`--win and --odds are for kelly, not for ${method}`)
  if (prices !== undefined) throw usage('--win and --odds are of one bet: leave --prices out')
  if (win === undefined || odds === undefined) throw usage('one bet needs both --win and --odds')
  if (!(odds > 0)) throw usage('--odds must be above 0')
  const full = kellyBet(win, odds)
  const result = { method, win, odds, kelly: full, fraction, stake: Math.max(0, full) * fraction }
  output.print(result, () =>
    facts(output, [
      ['bet', `wins ${odds} for 1 with probability ${win}`],
      ['Kelly', full > 0 ? percent(full, 4) : `${percent(full, 4)}: the odds are against it`],
      ['stake', `${percent(result.stake, 4)} of wealth, ${fraction} of it`],
    ]),
  )
}

const usage = (message: string): CliError => new CliError(EXIT.usage, 'USAGE', message)
