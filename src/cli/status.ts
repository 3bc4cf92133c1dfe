import type { Command } from 'commander'
import { cashOf } from '#domain/book/book.js'
import { drawdown } from '#domain/book/evolve.js'
import { calendarDue } from '#domain/calendar.js'
import { amount, percent } from '#domain/explain/words.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { TriggerMemory } from '#domain/portfolio/state.js'
import { leaf } from '#machines/portfolio.machine.js'
import { addDays, type SessionDate } from '#units/time.js'
import { type Output, outputOf } from './output.js'
import { knownPortfolio, type Recorded, recorded, withState } from './state.js'
import { facts, table } from './table.js'

/** Days looked ahead for the next calendar rebalance: two months always hold one. */
const HORIZON_DAYS = 62

/** `ballast status [PORTFOLIO]`: where each portfolio stands. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('where each portfolio stands: state, trading permission, equity, drawdown, last run, journal head')
    .argument('[portfolio]', 'one portfolio in full; all of them in a table when absent')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const rows = await withState(output.settings, (state) => {
        const ids = name === undefined ? [...state.journal.portfolios()].sort() : [knownPortfolio(state, name)]
        return ids.map((id) => standingOf(recorded(state, id)))
      })
      const [only] = rows
      if (name !== undefined && only !== undefined) output.print(only, () => oneText(output, only))
      else output.print(rows, () => allText(output, rows))
    })
}

type StatusRow = ReturnType<typeof standingOf>

function standingOf({ id, snapshot: { value, context }, head }: Recorded) {
  const { policy, book, memory, run } = context
  const session = book.nav.markedSession
  return {
    portfolio: id,
    name: policy.name,
    mode: policy.mode,
    trading: value.permission,
    tradingReason: context.permissionReason,
    state: leaf(value),
    session,
    currency: policy.currency,
    equity: book.nav.equity.toFixed(2),
    cash: cashOf(book).toFixed(2),
    drawdown: drawdown(book),
    positions: Object.keys(book.positions).length,
    runs: context.runs,
    lastRun: run === null ? null : { run: run.id, session: run.session, status: run.status, outcome: run.outcome },
    cooldownUntil:
      session !== null && memory.cooldownUntil !== null && memory.cooldownUntil > session ? memory.cooldownUntil : null,
    nextCalendar: session === null ? null : nextCalendar(policy, memory, session),
    seq: head.seq,
    hash: head.hash,
  }
}

/** The first day after `session` on which the calendar is due; null when it never is. */
function nextCalendar(policy: PortfolioPolicy, memory: TriggerMemory, session: SessionDate): SessionDate | null {
  for (let days = 1; days <= HORIZON_DAYS; days += 1) {
    const day = addDays(session, days)
    if (calendarDue(policy.triggers.calendar, day, memory.calendarPeriod) !== null) return day
  }
  return null
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
      row.state,
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
    ['state', row.state],
    ['session', row.session ?? 'none closed yet'],
    ['equity', `${amount(row.equity)} ${row.currency}`],
    ['cash', `${amount(row.cash)} ${row.currency}`],
    ['drawdown', percent(row.drawdown)],
    ['positions', String(row.positions)],
    ['last run', last === null ? 'none yet' : `${last.run} ${last.status} in session ${last.session}: ${last.outcome}`],
    ['cooldown', row.cooldownUntil === null ? 'none' : `until ${row.cooldownUntil}`],
    ['next due', row.nextCalendar === null ? 'no calendar' : `first session from ${row.nextCalendar} on`],
    ['journal', `#${row.seq} ${row.hash}`],
  ])
}
