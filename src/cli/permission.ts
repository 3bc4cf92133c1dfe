import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import type { Assembly } from '#daemon/assemble.js'
import { agreement } from '#daemon/control/agree.js'
import { control, PERMISSIONS, type PermissionVerb } from '#daemon/control/messages.js'
import { permissionUnmoved, standpoint } from '#daemon/control/unmoved.js'
import { quiescent } from '#daemon/replay.js'
import { isReset } from '#domain/permission/restraint.js'
import type { Permission } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { daemonOf } from './context.js'
import { type Daemon, tokenOf, withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { entryAfter, type Resting, refuseAlone, resting, withEngine } from './offline.js'
import { type Output, outputOf } from './output.js'
import { permitAll } from './permission-all.js'
import type { Settings } from './settings.js'
import {
  refuseRequestId,
  requestIdOf,
  type Signature,
  type SignatureOptions,
  signatureOf,
  signed,
} from './signature.js'
import { facts } from './table.js'

const COMMANDS: readonly (readonly [name: PermissionVerb, description: string])[] = [
  ['pause', 'start no new runs; a run in progress goes on'],
  ['resume', 'trade again after pause, reduce or halt'],
  ['reduce', 'start no new runs and buy nothing more; sales of a run in progress go on'],
  ['halt', 'stop trading: cancel open orders and unwind the run in progress; fills are still booked'],
]

/** `ballast pause|resume|reduce|halt PORTFOLIO`: what trading a portfolio may do, until the next such command. */
export function registerPermission(program: Command): void {
  for (const [name, description] of COMMANDS) {
    const forAll = name === 'reduce' || name === 'halt'
    const command = program.command(name).description(description)
    if (forAll) command.argument('[portfolio]').option('--all', 'every portfolio, instead of one')
    else command.argument('<portfolio>')
    signed(command).action(
      async (portfolio: string | undefined, options: SignatureOptions & { readonly all?: boolean }, self: Command) => {
        const output = outputOf(self)
        const wish = { verb: name, ...signatureOf(options, name), options }
        if ((portfolio === undefined) !== (options.all === true))
          throw new CliError(EXIT.usage, 'USAGE', `${name} is for a portfolio or for --all of them: give one`)
        if (portfolio === undefined) return permitAll(output, wish)
        const change = await permit(output.settings, portfolio, wish)
        if (options.dryRun === true) output.say('Dry run: nothing was journaled.')
        output.print(change, () => textOf(output, change))
      },
    )
  }
}

/** A change of permission as it was asked for. */
export interface PermissionWish extends Signature {
  readonly verb: PermissionVerb
  readonly options: SignatureOptions
}

/** What a change of permission came to; `seq` is its place in the journal, null when nothing was journaled. */
export interface Change extends Signature {
  readonly portfolio: string
  /** Null when a repeated request no longer knows. */
  readonly before: Permission | null
  readonly trading: Permission
  /** Why trading is what it is now, as `status` tells it; empty while active. */
  readonly tradingReason: string
  readonly changed: boolean
  readonly seq: number | null
  /** Only from a daemon: the request's id, and whether it had been carried out before. */
  readonly requestId?: string
  readonly duplicate?: boolean
}

/** Changes one portfolio's permission, at its daemon or in its state directory. @throws as either does. */
export function permit(settings: Settings, portfolio: string, wish: PermissionWish): Promise<Change> {
  const connection = daemonOf(settings)
  if (connection === null) return permitOffline(settings, portfolio, wish)
  return withDaemon(settings, connection, (daemon) => permitAt(daemon, portfolio, wish, requestIdOf(wish.options)))
}

/** Asks a daemon to change one portfolio's permission. */
export async function permitAt(
  daemon: Daemon,
  portfolio: string,
  { verb, actor, reason, options }: PermissionWish,
  requestId: string,
): Promise<Change> {
  const { before, trading, trading_reason, changed, seq, duplicate } = await daemon.change(
    control.permit,
    subjects.portfolio(tokenOf(portfolio), verb),
    { request_id: requestId, actor, reason, dry_run: options.dryRun === true },
  )
  const told = { portfolio, before, trading, tradingReason: trading_reason, changed, actor, reason, seq }
  return { ...told, requestId, duplicate }
}

async function permitOffline(settings: Settings, name: string, wish: PermissionWish): Promise<Change> {
  const to = PERMISSIONS[wish.verb]
  refuseRequestId(wish.options)
  const portfolio = await resting(settings, name)
  if (portfolio.snapshot.value.permission === to) return changeOf(portfolio, portfolio.snapshot, wish, null)
  if (wish.options.dryRun === true) return wouldChange(portfolio, wish)
  return withEngine(settings, portfolio, (assembly) => permitWith(assembly, portfolio, to, wish))
}

/** The order goes in before the take-over has come to rest: a halt stops whatever of it has not left yet. */
async function permitWith(
  assembly: Assembly,
  portfolio: Resting,
  to: Permission,
  signature: Signature,
): Promise<Change> {
  const { id } = portfolio
  const { engine, journal } = assembly
  const taken = engine.host.snapshot(id)!
  if (taken.value.permission === to) return changeOf(portfolio, taken, signature, null)
  if (taken.value.permission !== portfolio.snapshot.value.permission)
    throw new CliError(
      EXIT.conflict,
      'PERMISSION_MOVED',
      `trading of ${id} became ${taken.value.permission} as it was taken over (${taken.context.permissionReason}); ask again to change that`,
    )
  if (isReset(taken.value.permission, to)) refuseAlone(portfolio.config)
  const given = permissionUnmoved(id, to, standpoint(taken, engine.host.version(id)))
  const grounds = isReset(taken.value.permission, to) ? { agreed: await agreedNow(assembly, id), given } : { given }
  const { seq } = journal.head(id)
  await engine.permit(id, to, signature.actor, signature.reason, null, grounds)
  await quiescent(assembly)
  return changeOf(
    portfolio,
    engine.host.snapshot(id)!,
    signature,
    entryAfter(assembly, portfolio, seq, 'permitted').seq,
  )
}

/** Undoing a halt or reduction takes books that agree with the venue beside the journal, once all is quiet. */
async function agreedNow(assembly: Assembly, id: Resting['id']) {
  await quiescent(assembly)
  return agreement({ ...assembly, gateway: assembly.venue }, id)
}

const changeOf = (
  { id, snapshot }: Resting,
  { value, context }: PortfolioSnapshot,
  { actor, reason }: Signature,
  seq: number | null,
): Change => ({
  portfolio: id,
  before: snapshot.value.permission,
  trading: value.permission,
  tradingReason: context.permissionReason,
  changed: seq !== null,
  actor,
  reason,
  seq,
})

function wouldChange({ id, snapshot }: Resting, { verb, actor, reason }: PermissionWish): Change {
  const trading = PERMISSIONS[verb]
  const tradingReason = trading === 'active' ? '' : `${actor}: ${reason}`
  const before = snapshot.value.permission
  return { portfolio: id, before, trading, tradingReason, changed: true, actor, reason, seq: null }
}

function textOf(output: Output, change: Change): string {
  const { portfolio, before, trading, tradingReason, changed, actor, reason, seq, duplicate, requestId } = change
  const why = tradingReason === '' ? '' : ` (${tradingReason})`
  if (!changed) return `Trading of ${portfolio} is already ${trading}${why}; nothing was journaled.`
  const was = before === null ? '' : `, was ${before}`
  return facts(output, [
    ['portfolio', portfolio],
    ['trading', `${output.paint(trading === 'active' ? 'good' : 'bad', trading)}${was}`],
    ['by', actor],
    ['reason', reason],
    ...(seq === null ? [] : [['journal', `#${seq}`] as const]),
    ...(duplicate === true ? [['request', `${requestId} was carried out before; this came of it`] as const] : []),
  ])
}
