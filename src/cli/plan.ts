import { type Command, InvalidArgumentError } from 'commander'
import type { PlanReport } from '#daemon/queries/plan.js'
import type { RunReport } from '#daemon/queries/runs.js'
import { amount, percent } from '#domain/explain/words.js'
import type { Beside, Prospect } from '#domain/what-if/beside.js'
import { EXIT, type Failure } from './failure.js'
import { failing, type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { runReport } from './run-report.js'
import { operator } from './signature.js'
import { facts, table } from './table.js'

interface PlanOptions {
  readonly detailedExitcode?: boolean
  readonly whatIf?: Readonly<Record<string, string>>
}

const ASSUMED = [
  'what is assumed to be otherwise, as often as needed: cash=25000 or -25000, price.SPY=512.30 or -10%, date=2026-12-31, ',
  'or a setting of the portfolio by its path, such as optimiser.bounds.max=0.3',
].join('')

/** `ballast plan PORTFOLIO`: the rebalance that would be made now, or if things were otherwise; changes nothing. */
export function registerPlan(program: Command): void {
  program
    .command('plan')
    .description('targets and trades as of the last closed session, beside doing nothing; nothing is written or sent')
    .argument('<portfolio>')
    .option('--what-if <key=value>', ASSUMED, assumption)
    .option('--detailed-exitcode', 'exit 2 when trades are proposed')
    .action(async (name: string, options: PlanOptions, command: Command) => {
      const output = outputOf(command)
      const asked = { actor: operator(), reason: 'plan', what_if: options.whatIf ?? {} }
      const planned = await askOne(output.settings, 'plan', name, asked)
      printPlan(output, planned)
      if (options.detailedExitcode === true && planned.trades && process.exitCode === undefined)
        process.exitCode = EXIT.trades
    })
}

/** Prints a previewed run; a veto or failure sets the exit code. */
export function printPlan(output: Output, planned: PlanReport): void {
  const { run, veto, beside, whatIf } = planned
  const report = () =>
    [...assumptions(output, whatIf), runReport(output, run), '', besideTable(output, beside)].join('\n')
  output.print({ ...run, veto, beside, whatIf }, report, troubleOf(planned))
}

/** What went wrong with a run: 3 when governance refused it, 1 when it failed, undefined when it did not. */
export function troubleOf({ run, veto, failure }: RunReport): Failure | undefined {
  if (veto !== null)
    return failing(EXIT.vetoed, 'GOVERNANCE_VETO', `governance refused the plan of ${run.portfolio}: ${veto}`)
  if (failure === null) return undefined
  return failing(EXIT.failed, `RUN_${failure.status}`, `${run.portfolio} ${run.run}: ${failure.reason}`)
}

/** Adds a `key=value` to those before it. */
function assumption(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('must be key=value, such as cash=25000.')
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`${key} is given twice.`)
  return { ...before, [key]: value }
}

const assumptions = (output: Output, whatIf: Readonly<Record<string, string>>): readonly string[] => {
  const pairs = Object.entries(whatIf)
  if (pairs.length === 0) return []
  return [output.paint('warn', 'What if, nothing of this is so:'), facts(output, pairs), '']
}

function besideTable(output: Output, { nothing, plan }: Beside): string {
  const row = (name: string, of: (prospect: Prospect) => string) => [name, of(nothing), of(plan)]
  const share = (value: number | null): string => (value === null ? '-' : percent(value))
  return table(
    output,
    [['BESIDE'], ['DO NOTHING', 'r'], ['THIS PLAN', 'r']],
    [
      row('Equity', ({ equity }) => amount(equity)),
      row('Cash', ({ cashWeight }) => percent(cashWeight)),
      row('Off target', ({ offTarget }) => share(offTarget)),
      row('CVaR a bar', ({ cvar }) => share(cvar)),
      row('Turnover', ({ turnover }) => percent(turnover)),
      row('Cost', ({ cost }) => amount(cost)),
    ],
    '',
  )
}
