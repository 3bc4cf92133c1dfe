import type { Command } from 'commander'
import { oneAnswer } from '#daemon/queries/explain.js'
import type { OrderExplanation, RunExplanation, SymbolExplanation } from '#domain/explain/explanation.js'
import { orderText, symbolText } from '#domain/explain/text.js'
import { type Output, outputOf } from './output.js'
import { withQuestions } from './questions.js'
import { runReport } from './run-report.js'
import { wholeNumber } from './settings.js'
import { passages } from './table.js'

/** `ballast explain ORDER|RUN|PLAN|SYMBOL`: why a trade, a weight or a run is what it is. */
export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('why: an order by its id, a run (R-12), a plan by its hash, or a symbol through its runs')
    .argument('<what>', 'order id, run id, plan hash (6 digits or more) or symbol')
    .option('-p, --portfolio <name>', 'only this portfolio')
    .option('-n, --limit <runs>', 'newest runs of a symbol to show', wholeNumber(1), 5)
    .action(async (what: string, options: ExplainOptions, command: Command) => {
      const output = outputOf(command)
      const { portfolio, limit } = options
      const found = await withQuestions(output.settings, async (questions) => {
        const names = portfolio === undefined ? (await questions.portfolios()).map(({ id }) => id) : [portfolio]
        return Promise.all(names.map((name) => questions.ask('explain', name, { what, limit })))
      })
      const answer = oneAnswer(found, { what, limit })
      if (answer.by === 'symbol') printSymbol(output, answer.symbol, answer.total)
      else if (answer.by === 'order') printOrder(output, answer.order)
      else printRun(output, answer.run)
    })
}

interface ExplainOptions {
  readonly portfolio?: string
  readonly limit: number
}

function printRun(output: Output, run: RunExplanation): void {
  output.print({ kind: 'run', ...run }, () => runReport(output, run))
}

function printOrder(output: Output, order: OrderExplanation): void {
  output.print({ kind: 'order', ...order }, () => {
    const title = `${order.portfolio} ${order.run}  ${order.order}  ${order.side} ${order.quantity} ${order.instrument}`
    return [output.paint('strong', title), '', passages(output, orderText(order))].join('\n')
  })
}

function printSymbol(output: Output, shown: SymbolExplanation, total: number): void {
  const hidden = total - shown.runs.length
  if (hidden > 0) output.say(`${hidden} earlier runs are not shown; --limit shows more.`)
  output.print({ kind: 'symbol', ...shown }, () =>
    symbolText(shown)
      .map(({ heading, lines }) => [output.paint('strong', heading), ...lines.map((line) => `  ${line}`)].join('\n'))
      .join('\n\n'),
  )
}
