import { amount } from '#domain/explain/words.js'
import type { Effect, LegEffect } from '#domain/governance/effect.js'
import type { Judgement, RuleContext, Verdict } from '#domain/governance/rule.js'
import { toIso } from '#units/time.js'
import { EXIT, type Failure } from '../failure.js'
import { failing, type Output, type Tone } from '../output.js'
import { table } from '../table.js'

/** What a check found, as programs read it. */
export interface CheckResult extends Omit<Effect, 'retryAt'> {
  readonly at: string
  readonly equity: string
  /** Rules that were asked. */
  readonly rules: readonly string[]
  readonly retry_at: string | null
}

/** A check's answer. */
export function checkResult(effect: Effect, { at, equity }: RuleContext, rules: readonly string[]): CheckResult {
  const { retryAt, ...rest } = effect
  const retry = retryAt === undefined ? null : toIso(retryAt)
  return { at: toIso(at), equity: equity.toFixed(2), rules, ...rest, retry_at: retry }
}

const TONES: Readonly<Record<Verdict, Tone>> = {
  ...{ allow: 'good', warn: 'warn', resize: 'warn' },
  ...{ approve: 'warn', reject: 'bad', halt: 'bad' },
}

/** Legs before and after, the rules that object and why; then what is said of the plan as a whole. */
export function checkText(output: Output, { legs, plan, verdict, refused, equity, retry_at }: CheckResult): string {
  const columns = [['LEG'], ['BEFORE', 'r'], ['AFTER', 'r'], ['VERDICT'], ['RULE'], ['REASON']] as const
  const rows = [...legs.flatMap((leg) => rowsOf(output, leg)), ...plan.map((row) => planRow(output, row))]
  const sum = refused === null ? '' : `, nothing may trade: ${refused}`
  const again = retry_at === null ? '' : ` (to be tried again from ${retry_at})`
  const end = `${output.paint(TONES[verdict], verdict)}${sum}${again}; equity ${amount(equity)}`
  return `${table(output, columns, rows, 'the plan has no orders')}\n\n${end}`
}

function rowsOf(output: Output, { leg, before, after, by }: LegEffect): readonly (readonly string[])[] {
  const [first, ...more] = by
  if (first === undefined) return [[leg, before, after, output.paint('good', 'allow'), '-', 'no rule objects']]
  return [
    [leg, before, after, ...said(output, first)],
    ...more.filter(({ leg: of }) => of !== null).map((row) => ['', '', '', ...said(output, row)]),
  ]
}

const planRow = (output: Output, row: Judgement): readonly string[] => ['(plan)', '', '', ...said(output, row)]

const said = (output: Output, { rule, verdict, reason }: Judgement): readonly string[] => [
  output.paint(TONES[verdict], verdict),
  rule,
  reason,
]

const EXITS: Readonly<Record<Verdict, number>> = {
  ...{ allow: EXIT.ok, warn: EXIT.ok, resize: EXIT.cut },
  ...{ approve: EXIT.approval, reject: EXIT.vetoed, halt: EXIT.vetoed },
}

/** Prints an answer; the exit code says the verdict, and a rejection is reported as a failure along with it. */
export function printVerdict(output: Output, result: { readonly verdict: Verdict }, text: () => string): void {
  const exit = EXITS[result.verdict]
  const failure: Failure | undefined =
    exit === EXIT.vetoed ? failing(exit, 'GOVERNANCE_VETO', `governance says ${result.verdict}`) : undefined
  output.print(result, text, failure)
  if (failure === undefined) process.exitCode = exit
}
