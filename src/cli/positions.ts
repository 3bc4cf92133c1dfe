import type { Command } from 'commander'
import type { Holdings } from '#daemon/queries/positions.js'
import { amount, percent } from '#domain/explain/words.js'
import { type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { table } from './table.js'

/** `ballast positions PORTFOLIO`: holdings at the prices of the last closed session, and cash. */
export function registerPositions(program: Command): void {
  program
    .command('positions')
    .description('holdings and cash, valued at the last closed session')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const held = await askOne(output.settings, 'positions', name, {})
      output.print(held, () => textOf(output, held))
    })
}

function textOf(output: Output, held: Holdings): string {
  const weight = (value: number | null): string => (value === null ? '-' : percent(value))
  const money = (value: string | null): string => (value === null ? '-' : amount(value))
  const rows = held.positions.map((row) => [
    row.instrument,
    row.quantity,
    row.averageCost,
    row.price ?? '-',
    money(row.value),
    money(row.unrealised),
    weight(row.weight),
    weight(row.targetWeight),
  ])
  rows.push(['CASH', '', '', '', amount(held.cash), '', percent(held.cashWeight), weight(held.cashTarget)])
  const columns = [
    ['SYMBOL'],
    ['QUANTITY', 'r'],
    ['AVG COST', 'r'],
    ['PRICE', 'r'],
    ['VALUE', 'r'],
    ['UNREALISED', 'r'],
    ['WEIGHT', 'r'],
    ['TARGET', 'r'],
  ] as const
  return [
    table(output, columns, rows, ''),
    '',
    `Session ${held.session}: equity ${amount(held.equity)} ${held.currency}, settled cash ${amount(held.settledCash)}.`,
  ].join('\n')
}
