import type { Command } from 'commander'
import type { PortfolioRow } from '#daemon/queries/portfolios.js'
import { percent } from '#domain/explain/words.js'
import { type Output, outputOf } from './output.js'
import { withQuestions } from './questions.js'
import { table } from './table.js'

/** `ballast ls`: the portfolios of a daemon, or of a state directory, in a line each. */
export function registerLs(program: Command): void {
  program
    .command('ls')
    .description('portfolios in a line each: mode, permission, state, drift against its band, what is due next')
    .action(async (_options: unknown, command: Command) => {
      const output = outputOf(command)
      const rows = await withQuestions(output.settings, (questions) => questions.portfolios())
      output.print(rows, () => textOf(output, rows))
    })
}

function textOf(output: Output, rows: readonly PortfolioRow[]): string {
  const part = (value: number | null): string => (value === null ? '-' : percent(value))
  return table(
    output,
    [['PORTFOLIO'], ['MODE'], ['TRADING'], ['STATE'], ['READY'], ['DRIFT', 'r'], ['BAND', 'r'], ['NEXT DUE']],
    rows.map((row) => [
      row.id,
      row.mode,
      output.paint(row.trading === 'active' ? 'good' : 'bad', row.trading),
      row.state,
      readyText(output, row.ready),
      part(row.drift),
      part(row.band),
      row.nextDue ?? '-',
    ]),
    'There is no portfolio yet.',
  )
}

function readyText(output: Output, ready: boolean | null): string {
  if (ready === null) return '-'
  return ready ? output.paint('good', 'yes') : output.paint('bad', 'no')
}
