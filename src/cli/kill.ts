import type { Command } from 'commander'
import { Option } from 'commander'
import { killFile, liftKill, placeKill } from '#adapters/kill-file.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { Requests } from '#daemon/control/requests.js'
import { restrainOnce } from '#daemon/control/restrain.js'
import { quiescent } from '#daemon/replay.js'
import { killPath } from '#daemon/serve.js'
import type { Level } from '#domain/permission/restraint.js'
import { type InstrumentId, instrumentId, type PortfolioId, portfolioId } from '#units/ids.js'
import { daemonOf } from './context.js'
import { withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { refuseAlone, resting, restingPortfolios, withEngine } from './offline.js'
import { failing, type Output, outputOf } from './output.js'
import type { Settings } from './settings.js'
import { refuseRequestId, requestIdOf, type SignatureOptions, signatureOf, signed } from './signature.js'
import { configOf } from './state.js'
import { table } from './table.js'

interface KillOptions extends SignatureOptions {
  readonly file?: boolean
  readonly instrument?: InstrumentId
  readonly portfolio?: PortfolioId
  readonly level?: Level
}

interface Wish {
  readonly to: Level | 'active'
  readonly instrument: InstrumentId | null
  readonly portfolio: PortfolioId | null
  readonly actor: string
  readonly reason: string
  readonly options: KillOptions
}

type Answer = Awaited<ReturnType<typeof restrainOnce>>

/** `ballast kill` and `ballast unkill`: the kill switch, on everything or on one name, and the kill file. */
export function registerKill(program: Command): void {
  const kill = program
    .command('kill')
    .description('halt all trading at once, or one name; --file does it without NATS and without a daemon')
    .option('--file', 'put the kill file there instead: everything halts within a second, whoever else is down')
    .addOption(
      new Option('--level <level>', 'halted, or reducing: only what takes holdings towards zero').choices([
        'halted',
        'reducing',
      ]),
    )
  scoped(kill).action((options: KillOptions, self: Command) => killed(outputOf(self), options))
  const unkill = program
    .command('unkill')
    .description('lift what kill set, once the books agree with the gateway; --file only takes the kill file away')
    .option('--file', 'take the kill file away; what it halted stays halted until unkill without --file')
  scoped(unkill).action((options: KillOptions, self: Command) => lifted(outputOf(self), options))
}

const scoped = (command: Command): Command =>
  signed(
    command
      .option('--instrument <symbol>', 'this name only', instrumentId)
      .option('-p, --portfolio <id>', 'with --instrument: in this portfolio only', portfolioId),
  )

async function killed(output: Output, options: KillOptions): Promise<void> {
  const { actor, reason } = signatureOf(options, 'kill')
  if (options.file !== true) return told(output, wishOf(options.level ?? 'halted', options, actor, reason))
  assertWhole(options)
  const path = fileOf(output.settings)
  if (options.dryRun !== true) placeKill(path, `${actor}: ${reason}`)
  output.print({ path, actor, reason }, () => `${path} is there: whoever looks at it halts everything.`)
}

async function lifted(output: Output, options: KillOptions): Promise<void> {
  if (options.file !== true) {
    const { actor, reason } = signatureOf(options, 'unkill')
    return told(output, wishOf('active', options, actor, reason))
  }
  assertWhole(options)
  const path = fileOf(output.settings)
  const there = options.dryRun === true || liftKill(path)
  if (!there) throw new CliError(EXIT.notFound, 'NO_KILL_FILE', `${path} is not there`)
  output.print({ path }, () => `${path} is gone. What it halted stays halted: lift that with ballast unkill --reason.`)
}

function assertWhole({ instrument, portfolio, level }: KillOptions): void {
  if (instrument !== undefined || portfolio !== undefined || level === 'reducing')
    throw new CliError(EXIT.usage, 'USAGE', 'the kill file halts everything: leave --instrument, -p and --level out')
}

const fileOf = (settings: Settings): string => {
  const config = configOf(settings)
  return killPath(config, settings.state ?? config.system.state.path)
}

function wishOf(to: Wish['to'], options: KillOptions, actor: string, reason: string): Wish {
  const { instrument = null, portfolio = null } = options
  if (portfolio !== null && instrument === null)
    throw new CliError(EXIT.usage, 'USAGE', 'one portfolio as a whole is for halt and resume: give --instrument too')
  return { to, instrument, portfolio, actor, reason, options }
}

async function told(output: Output, wish: Wish): Promise<void> {
  const answer = await restrain(output.settings, wish)
  if (wish.options.dryRun === true) output.say('Dry run: nothing was journaled.')
  const [first] = answer.failed
  const failure = first && failing(EXIT.failed, first.code, `${first.portfolio}: ${first.message}`)
  output.print({ ...answer, actor: wish.actor, reason: wish.reason }, () => textOf(output, answer), failure)
}

function restrain(settings: Settings, wish: Wish): Promise<Answer> {
  const connection = daemonOf(settings)
  if (connection === null) return restrainOffline(settings, wish)
  const { to, instrument, portfolio, actor, reason, options } = wish
  const asked = { request_id: requestIdOf(options), actor, reason, dry_run: options.dryRun === true }
  return withDaemon(settings, connection, (daemon) =>
    to === 'active'
      ? daemon.change(control.unkill, subjects.control('unkill'), { ...asked, instrument, portfolio })
      : daemon.change(control.kill, subjects.control('kill'), { ...asked, instrument, portfolio, level: to }),
  )
}

/** At a state directory nobody owns: its engine is started for it, and the paper venue beside it speaks for the gateway. */
async function restrainOffline(settings: Settings, { to, instrument, portfolio, actor, reason, options }: Wish) {
  refuseRequestId(options)
  const [first] = await restingPortfolios(settings)
  if (first === undefined) throw new CliError(EXIT.notFound, 'PORTFOLIO_UNKNOWN', 'there is no portfolio')
  const rested = await resting(settings, portfolio ?? first)
  if (to === 'active') refuseAlone(rested.config)
  return withEngine(settings, rested, async (assembly) => {
    await quiescent(assembly)
    const { engine, journal, venue } = assembly
    const killed = killFile(fileOf(settings)).read
    const sight = { snapshot: (id: PortfolioId) => engine.host.snapshot(id) }
    const asked = { request_id: requestIdOf(options), actor, reason, dry_run: options.dryRun === true }
    const parts = { engine, journal, gateway: venue, sight, killed }
    const answer = await restrainOnce(parts, new Requests(journal), to, { ...asked, instrument, portfolio })
    await quiescent(assembly)
    return answer
  })
}

function textOf(output: Output, { key, to, changed, already, failed }: Answer): string {
  const [scope = '', name] = key.split(':')
  const what = name === undefined ? 'all trading' : scope === 'firm' ? `${name} firm-wide` : name
  const now = to === 'active' ? `${what} is no longer held back` : `${what} is ${to}`
  const before = to === 'active' ? 'was not held back' : `was ${to} already`
  const rows = [
    ...changed.map(({ portfolio, seq }) => [portfolio, now, seq === null ? '-' : `#${seq}`]),
    ...already.map((portfolio) => [portfolio, before, '-']),
    ...failed.map(({ portfolio, message }) => [portfolio, output.paint('bad', `failed: ${message}`), '-']),
  ]
  return table(output, [['PORTFOLIO'], ['KILL SWITCH'], ['JOURNAL', 'r']], rows, 'There is no portfolio.')
}
