import type { Command } from 'commander'
import type { Assembly } from '#daemon/assemble.js'
import { quiescent } from '#daemon/replay.js'
import type { Permission } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { CliError, EXIT } from './failure.js'
import {
  entryAfter,
  type Resting,
  resting,
  type Signature,
  type SignatureOptions,
  signatureOf,
  withEngine,
} from './offline.js'
import { type Output, outputOf } from './output.js'
import { facts } from './table.js'

const COMMANDS: readonly (readonly [name: string, to: Permission, description: string])[] = [
  ['pause', 'paused', 'start no new runs; a run in progress goes on'],
  ['resume', 'active', 'trade again after pause, reduce or halt'],
  ['reduce', 'reducing', 'start no new runs and buy nothing more; sales of a run in progress go on'],
  ['halt', 'halted', 'stop trading: cancel open orders and unwind the run in progress; fills are still booked'],
]

/** `ballast pause|resume|reduce|halt PORTFOLIO`: what trading a portfolio may do, until the next such command. */
export function registerPermission(program: Command): void {
  for (const [name, to, description] of COMMANDS)
    program
      .command(name)
      .description(description)
      .argument('<portfolio>')
      .option('--reason <text>', 'why (required); it is journaled')
      .option('--actor <name>', 'who; it is journaled (default: the user of this session)')
      .action(async (portfolio: string, options: SignatureOptions, command: Command) => {
        const output = outputOf(command)
        const change = await permit(output, portfolio, to, signatureOf(options, name))
        output.print(change, () => textOf(output, change))
      })
}

/** What a change of permission came to; `seq` is its place in the journal, null when nothing was journaled. */
interface Change extends Signature {
  readonly portfolio: string
  readonly before: Permission
  readonly trading: Permission
  /** Why trading is what it is now, as `status` tells it; empty while active. */
  readonly tradingReason: string
  readonly changed: boolean
  readonly seq: number | null
}

async function permit({ settings }: Output, name: string, to: Permission, signature: Signature): Promise<Change> {
  const portfolio = await resting(settings, name)
  if (portfolio.snapshot.value.permission === to) return changeOf(portfolio, portfolio.snapshot, signature, null)
  return withEngine(settings, portfolio, (assembly) => permitWith(assembly, portfolio, to, signature))
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
  const { seq } = journal.head(id)
  await engine.permit(id, to, signature.actor, signature.reason)
  await quiescent(assembly)
  return changeOf(
    portfolio,
    engine.host.snapshot(id)!,
    signature,
    entryAfter(assembly, portfolio, seq, 'permitted').seq,
  )
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

function textOf(output: Output, { portfolio, before, trading, tradingReason, actor, reason, seq }: Change): string {
  const why = tradingReason === '' ? '' : ` (${tradingReason})`
  if (seq === null) return `Trading of ${portfolio} is already ${trading}${why}; nothing was journaled.`
  return facts(output, [
    ['portfolio', portfolio],
    ['trading', `${output.paint(trading === 'active' ? 'good' : 'bad', trading)}, was ${before}`],
    ['by', actor],
    ['reason', reason],
    ['journal', `#${seq}`],
  ])
}
