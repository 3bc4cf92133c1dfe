import { type Command, Option } from 'commander'
import { regimesOf } from '#domain/regime/transitions.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { type BarsRequest, readBars } from './regime/bars.js'
import { regimeResult, regimeText } from './regime/result.js'

/** `ballast regime`: what kind of market a file of prices shows, bar by bar; touches no state. */
export function registerRegime(program: Command): void {
  program
    .command('regime')
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
}

async function detect(request: BarsRequest, output: Output): Promise<void> {
  const bars = await readBars(request)
  const history = regimesOf(bars.bars, bars.barSize, bars.ranges)
  if (!history.ok) throw new CliError(EXIT.usage, 'BAD_PRICE', `${request.prices}: ${history.refusal.message}`)
  const result = regimeResult(bars, history.value)
  output.print(result, () => regimeText(output, result))
}
