import type { Command } from 'commander'
import type { Drift } from '#daemon/queries/drift.js'
import { percent } from '#domain/explain/words.js'
import { type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { table } from './table.js'

/** `ballast drift PORTFOLIO`: holdings against targets and bands, at the last closed session. */
export function registerDrift(program: Command): void {
  program
    .command('drift')
    .description('holdings against effective targets and drift bands, at the last closed session')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const drift = await askOne(output.settings, 'drift', name, {})
      output.print(drift, () => textOf(output, drift))
    })
}

function textOf(output: Output, drift: Drift): string {
  if (!drift.hasTargets) return `${drift.portfolio} has no effective targets yet: no rebalance has completed.`
  const rows = drift.rows.map(({ instrument, held, target, gap, band, kind, breached }) => [
    instrument,
    percent(held),
    percent(target),
    percent(held - target),
    kind === 'relative' ? `${percent(gap)} of target` : percent(gap),
    kind === 'relative' ? `${percent(band)} of target` : percent(band),
    breached ? output.paint('warn', '▲ breached') : output.paint('good', '● inside'),
  ])
  const columns = [
    ['SYMBOL'],
    ['NOW', 'r'],
    ['TARGET', 'r'],
    ['OFF', 'r'],
    ['GAP', 'r'],
    ['BAND', 'r'],
    ['STATE'],
  ] as const
  const would = drift.triggers ? 'would start a rebalance' : 'starts nothing: the drift trigger is off'
  const last =
    drift.breaches > 0
      ? `${drift.breaches} of ${drift.rows.length} past their band, which ${would}.`
      : 'All inside their bands.'
  const doubt = drift.inconclusive.map((reason) => `Not conclusive: ${reason}.`)
  return [
    table(output, columns, rows, 'Nothing is held or targeted.'),
    '',
    `Session ${drift.session}: ${last}`,
    ...doubt,
  ].join('\n')
}
