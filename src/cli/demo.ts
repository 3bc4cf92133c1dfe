import { type Command, InvalidArgumentError } from 'commander'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { type SessionDate, sessionDate } from '#units/time.js'
import type { DemoOptions } from './demo/show.js'
import { settingsOf } from './settings.js'

/** `ballast demo`: three portfolios over real prices in a fresh state directory, with a summary and a report. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'rebalance three portfolios over recorded prices; prints each run, a summary and writes an HTML report. ' +
        'With --nats feed, gateway and daemon are processes of their own; without a URL a server is started for them.',
    )
    .option('--data <file>', 'CSV of prices, gz too (default: five US stocks, monthly, 2000 to 2010)')
    .option('--universe <symbols>', 'symbols to trade, comma-separated (default: all in the file)', symbols)
    .option('--from <date>', 'first session, YYYY-MM-DD', date)
    .option('--to <date>', 'last session, YYYY-MM-DD', date)
    .option('--speed <n>', 'sessions a second; 0 is as fast as possible', nonNegative, 0)
    .option('--listen <address>', 'where metrics and health are served meanwhile', '127.0.0.1:9464')
    .option('--report <file>', 'where the report goes (default: reports/demo.html, or demo-<data>.html)')
    .action(async (options: DemoOptions, command: Command) => {
      const { show } = await import('./demo/show.js') // charts take a while to load: only when they are needed
      await show({ ...options, ...command.optsWithGlobals<Pick<DemoOptions, 'nats'>>() }, settingsOf(command))
    })
}

function nonNegative(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('must be a number ≥ 0')
  return value
}

const date = (text: string): SessionDate => checked(() => sessionDate(text))

const symbols = (text: string): readonly InstrumentId[] =>
  checked(() => text.split(',').map((symbol) => instrumentId(symbol.trim())))

/** Turns a refused option into commander's own kind of error, which names the option. */
function checked<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
