import type { Command } from 'commander'
import { explainRun } from '#domain/explain/run.js'
import { amount, bps } from '#domain/explain/words.js'
import type { Run } from '#domain/run.js'
import { CliError, EXIT } from './failure.js'
import { signatureOf } from './offline.js'
import { type Output, outputOf } from './output.js'
import { plannedRun, printPlan, troubleOf } from './plan.js'
import { rebalanceNow } from './rebalance-now.js'
import { runReport, toned } from './run-report.js'
import { knownPortfolio, runsOf, withState } from './state.js'
import { table } from './table.js'

/** `ballast run PORTFOLIO`, `run ls`, `run show`: rebalance now, and the history of runs. */
export function registerRun(program: Command): void {
  const run = program
    .command('run')
    .description('rebalance a portfolio now, at the prices of the last closed session')
    .argument('<portfolio>')
    .option('--reason <text>', 'why; it is journaled')
    .option('--actor <name>', 'who; it is journaled (default: the user of this session)')
    .option('--dry-run', 'only show what would be done, as plan does')
    .action(async (name: string, options: RunOptions, command: Command) => rebalance(name, options, outputOf(command)))
  run
    .command('ls')
    .description('the runs of a portfolio, oldest first')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const runs = await withState(output.settings, (state) => runsOf(state, knownPortfolio(state, name)))
      const rows = runs.map(rowOf)
      output.print(rows, () => listText(output, rows))
    })
  run
    .command('show')
    .description('one run in full')
    .argument('<portfolio>')
    .argument('<run>', 'such as R-12')
    .action(async (name: string, id: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const found = await withState(output.settings, (state) => {
        const portfolio = knownPortfolio(state, name)
        return runsOf(state, portfolio).find((row) => row.id === id)
      })
      if (found === undefined) throw new CliError(EXIT.notFound, 'RUN_UNKNOWN', `${name} has no run ${id}`)
      const explained = explainRun(found)
      output.print(explained, () => runReport(output, explained))
    })
}

interface RunOptions {
  readonly reason?: string
  readonly actor?: string
  readonly dryRun?: boolean
}

async function rebalance(name: string, options: RunOptions, output: Output): Promise<void> {
  const { actor, reason } = signatureOf(options, 'a rebalance by hand')
  if (options.dryRun === true) {
    const planned = await withState(output.settings, (state) => plannedRun(state, name, reason))
    output.say('Dry run: nothing was written or sent.')
    return printPlan(output, planned)
  }
  const run = await rebalanceNow(output, { name, actor, reason })
  const explained = explainRun(run)
  output.print(explained, () => runReport(output, explained), troubleOf(run))
}

const rowOf = (run: Run) => {
  const { orders, cost } = explainRun(run)
  return {
    run: run.id,
    portfolio: run.portfolio,
    session: run.session,
    trigger: run.trigger.kind,
    why: run.trigger.why,
    status: run.status,
    orders: orders.length,
    turnover: run.plan?.turnover ?? 0,
    realisedCost: cost.realised,
    realisedBps: cost.realisedBps,
    plan: run.plan?.hash ?? null,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome: run.outcome,
  }
}

function listText(output: Output, rows: readonly ReturnType<typeof rowOf>[]): string {
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
