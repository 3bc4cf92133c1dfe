import { type Command, InvalidArgumentError, Option } from 'commander'
import { natsSchema } from '#daemon/config/nats-schema.js'
import { runFeed } from '#daemon/feed.js'
import { conducted } from '#daemon/simulation/drive.js'
import type { BarSize } from '#domain/market.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { type SessionDate, sessionDate } from '#units/time.js'
import { connectionOf } from './context.js'
import { settingsOf } from './settings.js'

interface ReplayOptions {
  readonly prices: string
  readonly from?: SessionDate
  readonly to?: SessionDate
  readonly start?: SessionDate
  readonly symbols?: readonly InstrumentId[]
  readonly barSize: 'auto' | BarSize
  readonly volumes?: true
  readonly speed: number
  readonly clock: 'system' | 'simulated'
  readonly name: string
  readonly once?: true
}

/** `ballast feed replay`: recorded prices as market data over NATS, until SIGTERM. */
export function registerFeed(program: Command): void {
  program
    .command('feed')
    .description('market data over NATS')
    .command('replay')
    .description('publish recorded prices session by session, and answer for what was published')
    .requiredOption('--prices <file>', 'CSV of prices, gz too')
    .option('--from <date>', 'first session of the file to use, YYYY-MM-DD', date)
    .option('--to <date>', 'last session, YYYY-MM-DD', date)
    .option('--start <date>', 'first session to publish; earlier ones are history at once', date)
    .option('--symbols <list>', 'symbols to publish, comma-separated (default: all in the file)', symbols)
    .addOption(
      new Option('--bar-size <size>', 'how often bars close; auto tells it from the file')
        .choices(['auto', '1m', '1d', '1mo'])
        .default('auto'),
    )
    .option('--volumes', 'publish highs, lows and volumes too, from the columns of those names')
    .option('--speed <n>', 'sessions a second; 0 is as fast as possible', nonNegative, 1)
    .addOption(
      new Option('--clock <clock>', "system: the machine's time; simulated: this feed moves everybody's time")
        .choices(['system', 'simulated'])
        .default('system'),
    )
    .option('--name <name>', 'the name of the feed', feedName, 'replay')
    .option('--once', 'end after the last session instead of answering for history until SIGTERM')
    .action((options: ReplayOptions, command: Command) => replay(options, command))
}

async function replay(options: ReplayOptions, command: Command): Promise<void> {
  const settings = settingsOf(command)
  const { verbosity } = settings
  const { prices, from, to, start, symbols, barSize, speed, clock, name, volumes = false } = options
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGTERM', end).once('SIGINT', end)
  await runFeed(
    {
      nats: connectionOf(settings) ?? natsSchema.parse({}),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(start === undefined ? {} : { start }),
      ...(symbols === undefined ? {} : { symbols }),
      ...(barSize === 'auto' ? {} : { barSize }),
      ...{ prices, speed, name, volumes, once: options.once === true },
      logLevel: verbosity < 0 ? 'error' : verbosity > 0 ? 'debug' : 'info',
    },
    stop.signal,
    clock === 'simulated' ? conducted(speed) : undefined,
  )
}

function nonNegative(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('must be a number ≥ 0')
  return value
}

function feedName(text: string): string {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(text)) return text
  throw new InvalidArgumentError('must be 1 to 32 letters, digits, _ or -')
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
