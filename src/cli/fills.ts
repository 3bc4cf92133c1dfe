import type { Command } from 'commander'
import { amount } from '#domain/explain/words.js'
import { money } from '#units/money.js'
import { outputOf } from './output.js'
import { askOne } from './questions.js'
import { table } from './table.js'

/** `ballast fills PORTFOLIO`: every execution booked, in booking order. */
export function registerFills(program: Command): void {
  program
    .command('fills')
    .description('executions of a portfolio, in the order they were booked')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const fills = await askOne(output.settings, 'fills', name, {})
      output.print(fills, () =>
        table(
          output,
          [
            ['EXECUTION'],
            ['ORDER'],
            ['SESSION'],
            ['SIDE'],
            ['SYMBOL'],
            ['QUANTITY', 'r'],
            ['PRICE', 'r'],
            ['FEE', 'r'],
            ['AT'],
            ['VENUE'],
            [''],
          ],
          fills.map((fill) => [
            fill.id,
            fill.orderId,
            fill.session,
            fill.side,
            fill.instrument,
            fill.quantity,
            fill.price,
            amount(money(fill.fee)),
            output.time(fill.at),
            fill.venue,
            fill.busted ? output.paint('bad', 'taken back') : '',
          ]),
          'No executions.',
        ),
      )
    })
}
