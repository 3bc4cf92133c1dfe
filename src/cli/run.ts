import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import type { RunReport, RunRow } from '#daemon/queries/runs.js'
import { amount, bps } from '#domain/explain/words.js'
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
  ).action(async (name: string, options: SignatureOptions, command: Command) =>
    rebalance(name, options, outputOf(command)),
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

async function rebalance(name: string, options: SignatureOptions, output: Output): Promise<void> {
  const { settings } = output
  const { actor, reason } = signatureOf(options, 'a rebalance by hand')
  if (options.dryRun === true) {
    const planned = await askOne(settings, 'plan', name, { actor, reason })
    output.say('Dry run: nothing was written or sent.')
    return printPlan(output, planned)
  }
  const connection = daemonOf(settings)
  if (connection === null) {
    refuseRequestId(options)
    const done = await rebalanceNow(output, { name, actor, reason })
    return output.print(done.run, () => runReport(output, done.run), troubleOf(done))
  }
  const request = { request_id: requestIdOf(options), actor, reason }
  const { shown, ...begun } = await withDaemon(settings, connection, (daemon) => beginAt(daemon, name, request))
  const { run } = shown
  if (begun.duplicate) output.say(`Request ${begun.requestId} was carried out before; this came of it.`)
  if (run.endedAt === null) output.say(`${run.run} goes on: ballast run show ${name} ${run.run} tells how it stands.`)
  output.print({ ...run, ...begun }, () => runReport(output, run), troubleOf(shown))
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
): Promise<Begun> {
  const answer = await daemon.change(control.run, subjects.portfolio(tokenOf(name), 'run'), request)
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

function listText(output: Output, rows: readonly RunRow[]): string {
  return table(
    output,
    [
      ['RUN'],
      ['SESSION'],
      ['TRIGGER'],
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
