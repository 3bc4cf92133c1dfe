import { type Command, InvalidArgumentError } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import type { RunReport, RunRow } from '#daemon/queries/runs.js'
import { amount, bps } from '#domain/explain/words.js'
import type { RunTask } from '#domain/task.js'
import { daemonOf } from './context.js'
import { type Daemon, tokenOf, withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { printPlan, troubleOf } from './plan.js'
import { askOne } from './questions.js'
import { rebalanceNow } from './rebalance-now.js'
import { runReport, toned } from './run-report.js'
import { refuseRequestId, requestIdOf, type SignatureOptions, signatureOf, signed } from './signature.js'
import { table } from './table.js'

/** `ballast run PORTFOLIO`, `run ls`, `run show`: rebalance now, and the history of runs. */
export function registerRun(program: Command): void {
  const run = signed(
    program
      .command('run')
      .description('rebalance a portfolio now, at the newest prices; a daemon answers as soon as the run has begun')
      .argument('<portfolio>'),
  )
    .option('--to <where>', 'target: all the way, however far the policy trades (default: as the policy has it)', where)
    .action(async (name: string, options: RunOptions, command: Command) =>
      runByHand(outputOf(command), name, options, {
        verb: 'run',
        ...(options.to === undefined ? {} : { task: { type: 'full', to: options.to } }),
      }),
    )
  run
    .command('ls')
    .description('the runs of a portfolio, oldest first')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const rows = await askOne(output.settings, 'runs', name, {})
      output.print(rows, () => listText(output, rows))
    })
  run
    .command('show')
    .description('one run in full')
    .argument('<portfolio>')
    .argument('<run>', 'such as R-12')
    .action(async (name: string, id: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const shown = await askOne(output.settings, 'run-show', name, { run: id })
      output.print(shown.run, () => runReport(output, shown.run))
    })
}

interface RunOptions extends SignatureOptions {
  readonly to?: 'target'
}

function where(text: string): 'target' {
  if (text === 'target') return text
  throw new InvalidArgumentError('must be target.')
}

/** A command that begins a run, and what the run is to do; a rebalance where nothing is said. */
export interface RunWish {
  readonly verb: 'run' | 'invest' | 'withdraw' | 'liquidate'
  readonly task?: RunTask
}

/**
 * Begins a run at a daemon, or carries it out over a state directory that nobody owns, or shows what it would do.
 * @throws CliError 64 without a reason, 3 where it takes two operators and there is no daemon; as either refuses.
 */
export async function runByHand(output: Output, name: string, options: SignatureOptions, wish: RunWish): Promise<void> {
  const { settings } = output
  const { task } = wish
  const { actor, reason } = signatureOf(options, WHAT[wish.verb])
  if (options.dryRun === true) {
    const asked = { actor, reason, ...(task === undefined ? {} : { task }) }
    const planned = await askOne(settings, 'plan', name, asked)
    output.say('Dry run: nothing was written or sent.')
    return printPlan(output, planned)
  }
  const connection = daemonOf(settings)
  if (connection === null) {
    refuseRequestId(options)
    const done = await rebalanceNow(output, { name, actor, reason, ...(task === undefined ? {} : { task }) })
    sayWaits(output, done.run)
    return output.print(done.run, () => runReport(output, done.run), troubleOf(done))
  }
  const request = { request_id: requestIdOf(options), actor, reason }
  const { shown, ...begun } = await withDaemon(settings, connection, (daemon) => beginAt(daemon, name, request, wish))
  const { run } = shown
  if (begun.duplicate) output.say(`Request ${begun.requestId} was carried out before; this came of it.`)
  sayWaits(output, run)
  if (run.endedAt === null) output.say(`${run.run} goes on: ballast run show ${name} ${run.run} tells how it stands.`)
  output.print({ ...run, ...begun }, () => runReport(output, run), troubleOf(shown))
}

/** How to decide on a plan that waits. */
function sayWaits(output: Output, { status, portfolio, plan }: RunReport['run']): void {
  if (status !== 'AWAITING_APPROVAL' || plan === null) return
  output.say(`It waits for approval: ballast approve ${portfolio} --plan ${plan.hash.slice(0, 12)} --reason "..."`)
}

const WHAT: Readonly<Record<RunWish['verb'], string>> = {
  run: 'a rebalance by hand',
  invest: 'an investment by hand',
  withdraw: 'a withdrawal',
  liquidate: 'a liquidation',
}

interface Begun {
  readonly shown: RunReport
  readonly seq: number | null
  readonly requestId: string
  readonly duplicate: boolean
}

async function beginAt(
  daemon: Daemon,
  name: string,
  request: { readonly request_id: string; readonly actor: string; readonly reason: string },
  { verb, task }: RunWish,
): Promise<Begun> {
  const subject = subjects.portfolio(tokenOf(name), verb)
  const answer = await begin(daemon, subject, request, task)
  const shown = await daemon.ask('run-show', name, { run: answer.run_id ?? '' }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    const later = `ballast run show ${name} ${answer.run_id}`
    throw new CliError(
      EXIT.failed,
      'RUN_BEGUN',
      `${answer.run_id} of ${name} has begun but cannot be shown (${why}): ${later}`,
    )
  })
  return { shown, seq: answer.seq, requestId: request.request_id, duplicate: answer.duplicate }
}

function begin(
  daemon: Daemon,
  subject: string,
  request: { readonly request_id: string; readonly actor: string; readonly reason: string },
  task: RunTask | undefined,
) {
  if (task?.type === 'full') return daemon.change(control.rebalance, subject, { ...request, to: task.to })
  if (task === undefined || !('amount' in task)) return daemon.change(control.run, subject, request)
  return daemon.change(control.cashRun, subject, { ...request, amount: task.amount.toFixed(2) })
}

function listText(output: Output, rows: readonly RunRow[]): string {
  return table(
    output,
    [
      ['RUN'],
      ['SESSION'],
      ['TRIGGER'],
      ['TYPE'],
      ['STATUS'],
      ['ORDERS', 'r'],
      ['TURNOVER', 'r'],
      ['COST', 'r'],
      ['BPS', 'r'],
      ['PLAN'],
      ['OUTCOME'],
    ],
    rows.map((row) => [
      row.run,
      row.session,
      row.trigger,
      row.type,
      toned(output, row.status),
      String(row.orders),
      `${(row.turnover * 100).toFixed(1)} %`,
      amount(row.realisedCost),
      bps(row.realisedBps),
      row.plan?.slice(0, 12) ?? '-',
      row.outcome.length > 60 ? `${row.outcome.slice(0, 59)}…` : row.outcome,
    ]),
    'No runs yet.',
  )
}
