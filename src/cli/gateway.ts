import { type Command, InvalidArgumentError, Option } from 'commander'
import { type NatsSettings, natsSchema } from '#daemon/config/nats-schema.js'
import { loadVenue, VENUE_DEFAULTS, type VenueSettings } from '#daemon/config/venue-schema.js'
import { runPaperGateway } from '#daemon/gateway.js'
import type { BarSize } from '#domain/market.js'
import { connectionOf } from './context.js'
import { badConfig, CliError, EXIT } from './failure.js'
import { type Settings, settingsOf } from './settings.js'

interface PaperOptions {
  readonly name: string
  readonly venue?: string
  readonly clock: 'system' | 'simulated'
  readonly barSize: BarSize
  readonly http: string
}

/** `ballast gateway paper`: the paper venue in a process of its own, until SIGTERM. */
export function registerGateway(program: Command): void {
  program
    .command('gateway')
    .description('execution gateways over NATS')
    .command('paper')
    .description('a simulated exchange: takes orders, fills them from the prices it hears, reports what became of them')
    .option('--name <name>', 'the name portfolios know it by', gatewayName, 'paper')
    .option('--venue <file>', 'how it trades (default: as config/venue.yaml); -c does the same here')
    .addOption(
      new Option('--clock <clock>', "system: the machine's time; simulated: the feed moves the time")
        .choices(['system', 'simulated'])
        .default('system'),
    )
    .addOption(new Option('--bar-size <size>', 'which bars to listen to').choices(['1m', '1d', '1mo']).default('1d'))
    .option('--http <address>', 'where metrics and health are served', '127.0.0.1:0')
    .action(async (options: PaperOptions, command: Command) => {
      const settings = settingsOf(command)
      const { state, verbosity } = settings
      if (state === undefined)
        throw new CliError(EXIT.usage, 'USAGE', '--state DIR is required: where it remembers orders')
      const venue = venueOf(options.venue ?? givenConfig(command))
      const stop = new AbortController()
      const end = (): void => stop.abort()
      process.once('SIGTERM', end).once('SIGINT', end)
      const { name, clock, barSize, http } = options
      await runPaperGateway(
        {
          ...{ name, clock, barSize, venue },
          stateDir: state,
          nats: connection(settings, venue.nats),
          listen: http,
          logLevel: verbosity < 0 ? 'error' : verbosity > 0 ? 'debug' : 'info',
        },
        stop.signal,
      )
    })
}

/** The file named by `-c`; its default, a system file, is none for a venue. */
const givenConfig = (command: Command): string | undefined =>
  command.getOptionValueSourceWithGlobals('config') === 'cli' ? settingsOf(command).config : undefined

function venueOf(file: string | undefined): VenueSettings {
  if (file === undefined) return VENUE_DEFAULTS
  const loaded = loadVenue(file)
  if (!loaded.ok) throw badConfig(loaded.refusal)
  return loaded.value
}

/**
 * The context or server named on the command line, else the connection of the venue file, whose credentials also serve
 * another server; a current context is a person's and none of a gateway's.
 */
function connection(settings: Pick<Settings, 'context' | 'nats'>, ofFile: NatsSettings | null): NatsSettings {
  const asked = settings.context === undefined && settings.nats === undefined ? null : connectionOf(settings)
  if (asked === null) return ofFile ?? natsSchema.parse({})
  return settings.context === undefined && ofFile !== null ? { ...ofFile, servers: asked.servers } : asked
}

function gatewayName(text: string): string {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(text)) return text
  throw new InvalidArgumentError('must be 1 to 32 letters, digits, _ or -')
}
