import type { Command } from 'commander'
import { explainOrder } from '#domain/explain/order.js'
import { explainRun } from '#domain/explain/run.js'
import { explainSymbol } from '#domain/explain/symbol.js'
import { orderText, symbolText } from '#domain/explain/text.js'
import type { Run } from '#domain/run.js'
import { instrumentId, type OrderId } from '#units/ids.js'
import { CliError, EXIT, refused } from './failure.js'
import { type Output, outputOf } from './output.js'
import { runReport } from './run-report.js'
import { wholeNumber } from './settings.js'
import { knownPortfolio, runsOf, withState } from './state.js'
import { passages } from './table.js'

const RUN = /^R-\d+$/
const ORDER = /^[A-Z2-7]{26}$/
const PLAN = /^[0-9a-f]{6,64}$/
const SYMBOL = /^[A-Za-z0-9._-]{1,32}$/

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
      const runs = await withState(output.settings, (state) => {
        const { portfolio } = options
        const ids =
          portfolio === undefined ? [...state.journal.portfolios()].sort() : [knownPortfolio(state, portfolio)]
        return ids.flatMap((id) => runsOf(state, id))
      })
      explain(output, runs, what, options.limit)
    })
}

interface ExplainOptions {
  readonly portfolio?: string
  readonly limit: number
}

function explain(output: Output, runs: readonly Run[], what: string, limit: number): void {
  const planned = PLAN.test(what) ? runs.filter((run) => run.plan?.hash.startsWith(what)) : []
  const named = runs.filter((run) => run.id === what)
  if (RUN.test(what)) printRun(output, only(named, what))
  else if (ORDER.test(what)) printOrder(output, runs, what)
  else if (planned.length > 0) printRun(output, ofPlan(planned, what))
  else printSymbol(output, runs, what, limit)
}

function printRun(output: Output, run: Run): void {
  const explained = explainRun(run)
  output.print({ kind: 'run', ...explained }, () => runReport(output, explained))
}

function printOrder(output: Output, runs: readonly Run[], id: string): void {
  const run = runs.find((row) => Object.hasOwn(row.orders, id))
  if (run === undefined) throw notFound(id, 'order')
  const explained = explainOrder(run, id as OrderId)
  if (!explained.ok) throw refused(EXIT.notFound, explained.refusal)
  const order = explained.value
  output.print({ kind: 'order', ...order }, () => {
    const title = `${order.portfolio} ${order.run}  ${order.order}  ${order.side} ${order.quantity} ${order.instrument}`
    return [output.paint('strong', title), '', passages(output, orderText(order))].join('\n')
  })
}

function printSymbol(output: Output, runs: readonly Run[], symbol: string, limit: number): void {
  if (!SYMBOL.test(symbol)) throw notFound(symbol, 'order, run, plan or symbol')
  const explained = explainSymbol([...runs].sort(byStart), instrumentId(symbol))
  if (!explained.ok) throw refused(EXIT.notFound, explained.refusal)
  const hidden = explained.value.runs.length - limit
  if (hidden > 0) output.say(`${hidden} earlier runs are not shown; --limit shows more.`)
  const shown = { ...explained.value, runs: explained.value.runs.slice(-limit) }
  output.print({ kind: 'symbol', ...shown }, () =>
    symbolText(shown)
      .map(({ heading, lines }) => [output.paint('strong', heading), ...lines.map((line) => `  ${line}`)].join('\n'))
      .join('\n\n'),
  )
}

const byStart = (a: Run, b: Run): number => a.startedAt - b.startedAt || (a.portfolio < b.portfolio ? -1 : 1)

/** The one run meant. @throws CliError 5 when there is none, 64 when several portfolios have one of that name. */
function only(found: readonly Run[], what: string): Run {
  const [first] = found
  if (first === undefined) throw notFound(what, 'run')
  if (found.length === 1) return first
  const owners = found.map((run) => run.portfolio).join(', ')
  throw new CliError(EXIT.usage, 'AMBIGUOUS', `${what} is a run of ${owners}: say which with -p`)
}

/** The newest run of a plan; equal plans have equal hashes. */
function ofPlan(found: readonly Run[], what: string): Run {
  if (new Set(found.map((run) => run.plan?.hash)).size > 1)
    throw new CliError(EXIT.usage, 'AMBIGUOUS', `several plans begin with ${what}: give more digits`)
  return [...found].sort(byStart).at(-1)!
}

const notFound = (what: string, kind: string): CliError =>
  new CliError(EXIT.notFound, 'NOT_FOUND', `there is no ${kind} ${what} in the journal`)
