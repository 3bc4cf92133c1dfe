import { subjects } from '#adapters/wire/subjects.js'
import { control, PERMISSIONS } from '#daemon/control/messages.js'
import { daemonOf } from './context.js'
import { type Daemon, withDaemon } from './daemon.js'
import { EXIT, type Failure, failureOf } from './failure.js'
import { restingPortfolios } from './offline.js'
import { failing, type Output } from './output.js'
import { type Change, type PermissionWish, permit, permitAt } from './permission.js'
import { requestIdOf, type Signature } from './signature.js'
import { table } from './table.js'

/** What became of a change of every portfolio's permission. */
interface AllChanged extends Signature {
  readonly trading: string
  readonly changed: readonly Pick<Change, 'portfolio' | 'seq' | 'duplicate'>[]
  /** Those that had it already; left as they were. */
  readonly already: readonly string[]
  readonly failed: readonly { readonly portfolio: string; readonly code: string; readonly message: string }[]
  readonly requestId?: string
}

type Part = { readonly change: Change } | { readonly portfolio: string; readonly failure: Failure }

/**
 * Reduces or halts every portfolio of a daemon, or of a state directory one after the other. One that fails does not
 * keep the others; the command then ends with its exit code.
 */
export async function permitAll(output: Output, wish: PermissionWish): Promise<void> {
  const { settings } = output
  const connection = daemonOf(settings)
  const done =
    connection === null
      ? await allOffline(output, wish)
      : await withDaemon(settings, connection, (daemon) => allAt(daemon, wish))
  if (wish.options.dryRun === true) output.say('Dry run: nothing was journaled.')
  const [first] = done.failed
  const failure = first && failing(exitOf(first.code), first.code, `${first.portfolio}: ${first.message}`)
  output.print(done, () => textOf(output, done), failure)
}

async function allOffline({ settings }: Output, wish: PermissionWish): Promise<AllChanged> {
  const parts: Part[] = []
  for (const name of await restingPortfolios(settings))
    parts.push(await partOf(name, () => permit(settings, name, wish)))
  return gathered(wish, parts)
}

async function allAt(daemon: Daemon, wish: PermissionWish): Promise<AllChanged> {
  const requestId = requestIdOf(wish.options)
  if (wish.verb === 'halt') return haltAt(daemon, wish, requestId)
  const names = (await daemon.portfolios()).map(({ id }) => id)
  const parts = await Promise.all(names.map((name) => partOf(name, () => permitAt(daemon, name, wish, requestId))))
  return { ...gathered(wish, parts), requestId }
}

/** One message halts everything: nothing is asked before it. */
async function haltAt(daemon: Daemon, wish: PermissionWish, requestId: string): Promise<AllChanged> {
  const { actor, reason, options } = wish
  const { halted, already, failed } = await daemon.change(control.halt, subjects.control('halt'), {
    scope: 'all',
    request_id: requestId,
    actor,
    reason,
    dry_run: options.dryRun === true,
  })
  return { trading: 'halted', changed: halted, already, failed, actor, reason, requestId }
}

async function partOf(portfolio: string, change: () => Promise<Change>): Promise<Part> {
  try {
    return { change: await change() }
  } catch (error) {
    return { portfolio, failure: failureOf(error) }
  }
}

function gathered({ verb, actor, reason }: PermissionWish, parts: readonly Part[]): AllChanged {
  const changes = parts.flatMap((part) => ('change' in part ? [part.change] : []))
  const failed = parts.flatMap((part) =>
    'failure' in part ? [{ portfolio: part.portfolio, code: part.failure.code, message: part.failure.message }] : [],
  )
  return {
    trading: PERMISSIONS[verb],
    changed: changes
      .filter((row) => row.changed)
      .map(({ portfolio, seq, duplicate }) => ({ portfolio, seq, ...(duplicate === undefined ? {} : { duplicate }) })),
    already: changes.filter((row) => !row.changed).map(({ portfolio }) => portfolio),
    failed,
    actor,
    reason,
  }
}

const exitOf = (code: string): number => (code === 'TIMEOUT' ? EXIT.unknown : EXIT.failed)

function textOf(output: Output, { trading, changed, already, failed }: AllChanged): string {
  const rows = [
    ...changed.map(({ portfolio, seq, duplicate }) => [
      portfolio,
      duplicate === true ? `${trading}, by this request before` : trading,
      seq === null ? '-' : `#${seq}`,
    ]),
    ...already.map((portfolio) => [portfolio, `already ${trading}`, '-']),
    ...failed.map(({ portfolio, message }) => [portfolio, output.paint('bad', `failed: ${message}`), '-']),
  ]
  return table(output, [['PORTFOLIO'], ['TRADING'], ['JOURNAL', 'r']], rows, 'There is no portfolio.')
}
