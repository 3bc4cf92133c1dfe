import type { Command } from 'commander'
import { explainOrders } from '#domain/explain/order.js'
import { TERMINAL } from '#domain/order.js'
import { outputOf } from './output.js'
import { orderTable } from './run-report.js'
import { knownPortfolio, runsOf, withState } from './state.js'

/** `ballast orders PORTFOLIO [--open]`: every order sent, oldest first. */
export function registerOrders(program: Command): void {
  program
    .command('orders')
    .description('orders of a portfolio, oldest first')
    .argument('<portfolio>')
    .option('--open', 'only those that may still trade')
    .action(async (name: string, options: { open?: boolean }, command: Command) => {
      const output = outputOf(command)
      const runs = await withState(output.settings, (state) => runsOf(state, knownPortfolio(state, name)))
      const orders = runs.flatMap(explainOrders).filter((order) => options.open !== true || !TERMINAL.has(order.status))
      const rows = orders.map(({ trigger: _trigger, targets: _targets, leg: _leg, planRules: _rules, ...row }) => row)
      output.print(rows, () => orderTable(output, orders))
    })
}
