import type { Command } from 'commander'
import type { StatusRow } from '#daemon/queries/status.js'
import { amount, percent } from '#domain/explain/words.js'
import { type Output, outputOf } from './output.js'
import { withQuestions } from './questions.js'
import { facts, table } from './table.js'

/** `ballast status [PORTFOLIO]`: where each portfolio stands. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('where each portfolio stands: state, trading permission, equity, drawdown, last run, journal head')
    .argument('[portfolio]', 'one portfolio in full; all of them in a table when absent')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const rows = await withQuestions(output.settings, async (questions) => {
        const names = name === undefined ? (await questions.portfolios()).map(({ id }) => id) : [name]
        return Promise.all(names.map((id) => questions.ask('status', id, {})))
      })
      const [only] = rows
      if (name !== undefined && only !== undefined) output.print(only, () => oneText(output, only))
      else output.print(rows, () => allText(output, rows))
    })
}

function allText(output: Output, rows: readonly StatusRow[]): string {
  return table(
    output,
    [
      ['PORTFOLIO'],
      ['MODE'],
      ['TRADING'],
      ['STATE'],
      ['SESSION'],
      ['EQUITY', 'r'],
      ['CASH', 'r'],
      ['DRAWDOWN', 'r'],
      ['LAST RUN'],
      ['COOLDOWN UNTIL'],
      ['NEXT DUE'],
      ['HEAD', 'r'],
    ],
    rows.map((row) => [
      row.portfolio,
      row.mode,
      output.paint(row.trading === 'active' ? 'good' : 'bad', row.trading),
      row.needsAdjustment === '' ? row.state : output.paint('bad', 'needs_adjustment'),
      row.session ?? '-',
      amount(row.equity),
      amount(row.cash),
      percent(row.drawdown, 1),
      row.lastRun === null ? '-' : `${row.lastRun.run} ${row.lastRun.status} ${row.lastRun.session}`,
      row.cooldownUntil ?? '-',
      row.nextCalendar ?? '-',
      `#${row.seq} ${row.hash.slice(0, 8)}`,
    ]),
    'The journal holds no portfolio yet.',
  )
}

function oneText(output: Output, row: StatusRow): string {
  const why = row.tradingReason === '' ? '' : ` (${row.tradingReason})`
  const last = row.lastRun
  return facts(output, [
    ['portfolio', `${row.portfolio}  ${row.name}`],
    ['mode', row.mode],
    ['trading', `${output.paint(row.trading === 'active' ? 'good' : 'bad', row.trading)}${why}`],
    ...row.restraints.map((text) => ['kill switch', output.paint('bad', text)] as const),
    ['state', row.state],
    ...approvalFacts(output, row),
    ...(row.needsAdjustment === '' ? [] : [['needs adjustment', output.paint('bad', row.needsAdjustment)] as const]),
    ['session', row.session ?? 'none closed yet'],
    ['equity', `${amount(row.equity)} ${row.currency}`],
    ['cash', `${amount(row.cash)} ${row.currency}`],
    ['drawdown', percent(row.drawdown)],
    ['positions', String(row.positions)],
    ...row.breaches.map((text) => ['past a limit', output.paint('warn', text)] as const),
    ...regimeFacts(output, row),
    ['last run', last === null ? 'none yet' : `${last.run} ${last.status} in session ${last.session}: ${last.outcome}`],
    ['cooldown', row.cooldownUntil === null ? 'none' : `until ${row.cooldownUntil}`],
    ...row.putOff.map((text) => ['held back', output.paint('warn', text)] as const),
    ['next due', nextText(row.calendar)],
    ['journal', `#${row.seq} ${row.hash}`],
  ])
}

/** What kind of market it is taken to be in, and why weights are not what the readings say. */
function regimeFacts(output: Output, { regime: row }: StatusRow): readonly (readonly [string, string])[] {
  if (row === null) return []
  const { regime, multiplier, because, reading, override } = row
  const read =
    reading === null
      ? 'no reading yet'
      : `confidence ${reading.confidence.toFixed(2)} by ${reading.source} at ${reading.at}`
  const said = `${regime}, weights × ${multiplier}, ${read}`
  const why = {
    regime: [],
    missing: ['nothing is enlarged before the first reading'],
    unsure: ['the reading is not sure enough: what was reduced stays so, nothing is enlarged'],
    stale: ['the reading is too old: what was reduced stays so, nothing is enlarged'],
    override: override === null ? [] : [`set by ${override.actor} until ${override.until}: ${override.reason}`],
  }[because]
  return [['regime', said], ...why.map((text) => ['because', output.paint('warn', text)] as const)]
}

/** A plan that waits for people: which, since and until when, who has approved, why. */
function approvalFacts(output: Output, { portfolio, approval }: StatusRow): readonly (readonly [string, string])[] {
  if (approval === null) return []
  const { run, plan, since, until, approvers, approvedBy, reasons } = approval
  const digits = plan.slice(0, 12)
  const have = approvedBy.length === 0 ? '' : `, ${approvedBy.join(' and ')} approved it`
  const takes = approvers === 1 ? 'a person' : `${approvers} people${have}`
  return [
    ['plan', output.paint('warn', `${digits} of ${run} waits for ${takes} since ${since}, until ${until}`)],
    ...reasons.map((reason) => ['because', reason] as const),
    ['approve', `ballast approve ${portfolio} --plan ${digits} --reason "..."`],
  ]
}

/** When a calendar calls for its next run, or why it does not. */
export function nextText({ schedule, next, none }: StatusRow['calendar']): string {
  if (next === null) return schedule === null ? 'never: it has no calendar' : `${schedule}: ${none}`
  const { period, session, at } = next
  return `${schedule}: ${period} ${at === null ? `at the first session from ${session} on` : `in session ${session}, from ${at}`}`
}
