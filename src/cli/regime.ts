import { type Command, InvalidArgumentError, Option } from 'commander'
import { type MarketRegime, REGIMES } from '#domain/regime/regime.js'
import { regimesOf } from '#domain/regime/transitions.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { type BarsRequest, readBars } from './regime/bars.js'
import { regimeByHand } from './regime/by-hand.js'
import { regimeResult, regimeText } from './regime/result.js'
import { milliseconds } from './settings.js'
import { type SignatureOptions, signed } from './signature.js'

/** `ballast regime`: what kind of market a file of prices shows, and a person's word on it for a portfolio. */
export function registerRegime(program: Command): void {
  const regime = program.command('regime').description('what kind of market it is')
  regime
    .command('detect', { isDefault: true })
    .description('the regimes that a file of prices shows: every transition with the figures behind it')
    .requiredOption('--prices <file>', 'CSV, plain or gzip, or Parquet: closes, or bars with high, low and close')
    .option('--symbol <id>', 'the instrument, where the file has several')
    .addOption(
      new Option(
        '--bar-size <size>',
        'how often bars close; it sets the thresholds (default: told from the file)',
      ).choices(['1m', '1d', '1mo']),
    )
    .action((options: BarsRequest, command: Command) => detect(options, outputOf(command)))
  signed(
    regime
      .command('set')
      .description('put a regime in place of what readings say, until it expires')
      .argument('<portfolio>')
      .argument('<regime>', REGIMES.map((name) => name.toLowerCase()).join(', '), regimeNamed)
      .requiredOption('--for <duration>', 'how long it stands, such as 5d', milliseconds),
  ).action((name: string, set: MarketRegime, options: SetOptions, command: Command) =>
    regimeByHand(outputOf(command), name, options, { regime: set, forMs: options.for }),
  )
  signed(
    regime
      .command('clear')
      .description('take back what set put in place: readings are followed again')
      .argument('<portfolio>'),
  ).action((name: string, options: SignatureOptions, command: Command) =>
    regimeByHand(outputOf(command), name, options, null),
  )
}

interface SetOptions extends SignatureOptions {
  readonly for: number
}

async function detect(request: BarsRequest, output: Output): Promise<void> {
  const bars = await readBars(request)
  const history = regimesOf(bars.bars, bars.barSize, bars.ranges)
  if (!history.ok) throw new CliError(EXIT.usage, 'BAD_PRICE', `${request.prices}: ${history.refusal.message}`)
  const result = regimeResult(bars, history.value)
  output.print(result, () => regimeText(output, result))
}

function regimeNamed(text: string): MarketRegime {
  const found = REGIMES.find((name) => name === text.toUpperCase().replaceAll('-', '_'))
  if (found !== undefined) return found
  throw new InvalidArgumentError(`must be one of ${REGIMES.map((name) => name.toLowerCase()).join(', ')}.`)
}
