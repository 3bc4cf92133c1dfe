import type { Command } from 'commander'
import { outputOf } from './output.js'
import { askOne } from './questions.js'
import { orderTable } from './run-report.js'

/** `ballast orders PORTFOLIO [--open]`: every order sent, oldest first. */
export function registerOrders(program: Command): void {
  program
    .command('orders')
    .description('orders of a portfolio, oldest first')
    .argument('<portfolio>')
    .option('--open', 'only those that may still trade')
    .action(async (name: string, options: { open?: boolean }, command: Command) => {
      const output = outputOf(command)
      const rows = await askOne(output.settings, 'orders', name, { open: options.open === true })
      output.print(rows, () => orderTable(output, rows))
    })
}
