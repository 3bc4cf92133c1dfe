import type { Command } from 'commander'
import { systemClock } from '#adapters/clock/system.js'
import type { ExchangeCalendar, TradingSession } from '#domain/exchange/calendar.js'
import type { Outcome } from '#units/outcome.js'
import { addDays, type SessionDate, sessionDate, toIso } from '#units/time.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { nextText } from './status.js'
import { facts, table } from './table.js'
import { relativeTime } from './time.js'

interface Options {
  readonly exchange: string
  readonly from?: string
  readonly to?: string
}

/** Days that `sessions` lists when nobody says. */
const DAYS = 14

/** `ballast calendar next|sessions`: when an exchange trades, by the rules of `domain/exchange`, and when a portfolio is due. */
export function registerCalendar(program: Command): void {
  const calendar = program.command('calendar').description('when an exchange trades: sessions, holidays, early closes')
  const command = (name: string, description: string): Command =>
    calendar
      .command(name)
      .description(description)
      .option('--exchange <id>', 'XNYS, XCME (equity index futures) or 24/7', 'XNYS')
  command('next', 'the session under way, the next one, and how far the calendar reaches')
    .argument('[portfolio]', "when this portfolio's own calendar calls for a run next")
    .action(next)
  command('sessions', 'sessions from one date to another, with those that end early, and the holidays between')
    .option('--from <date>', 'first date; today')
    .option('--to <date>', `last date; ${DAYS} days later`)
    .action(sessions)
}

async function next(portfolio: string | undefined, options: Options, command: Command): Promise<void> {
  const output = outputOf(command)
  if (portfolio !== undefined) {
    const { calendar } = await askOne(output.settings, 'status', portfolio, {})
    output.print({ portfolio, ...calendar }, () => nextText(calendar))
    return
  }
  const calendar = await calendarOf(options)
  const now = systemClock().now()
  const today = calendar.dateAt(now)
  const running = known(calendar.at(now))
  // Ahead of today's open today is next; a session that began on the evening before is under way instead.
  const todays = known(calendar.on(today))
  const coming = todays !== null && todays.open > now ? todays : known(calendar.after(running?.date ?? today))
  const { id, name, zone, to } = calendar.rules
  const data = { exchange: id, name, zone, now: toIso(now), open: rowOf(running), next: rowOf(coming), reaches: to }
  const line = ({ date, open, close, early }: TradingSession): string =>
    `${date}, ${local(calendar, open)} to ${local(calendar, close)}${early === '' ? '' : `, early: ${early}`}`
  output.print(data, () =>
    facts(output, [
      ['exchange', `${id}, ${name}, ${zone}`],
      ['now', running === null ? 'closed' : `open: ${line(running)}, closes ${relativeTime(running.close, now)}`],
      ['next', `${line(coming)}, opens ${relativeTime(coming.open, now)}`],
      ['reaches', to],
    ]),
  )
}

async function sessions(options: Options, command: Command): Promise<void> {
  const output = outputOf(command)
  const calendar = await calendarOf(options)
  const from = dateOf('from', options.from) ?? calendar.dateAt(systemClock().now())
  const to = dateOf('to', options.to) ?? addDays(from, DAYS)
  if (to < from) throw new CliError(EXIT.usage, 'USAGE', `--to ${to} is before --from ${from}`)
  const rows = known(calendar.between(from, to))
  const holidays = holidaysOf(calendar, from, to)
  output.print({ exchange: calendar.rules.id, from, to, sessions: rows.map(rowOf), holidays }, () =>
    textOf(output, calendar, rows, holidays),
  )
}

function textOf(
  output: Output,
  calendar: ExchangeCalendar,
  rows: readonly TradingSession[],
  holidays: readonly { readonly date: SessionDate; readonly name: string }[],
): string {
  const trading = rows.map(({ date, open, close, early }) => [
    date,
    local(calendar, open),
    local(calendar, close),
    toIso(close),
    early === '' ? '' : output.paint('warn', early),
  ])
  const closed = holidays.map(({ date, name }) => [date, '-', '-', '-', output.paint('dim', `closed: ${name}`)])
  const all = [...trading, ...closed].sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  const columns = [['DATE'], ['OPEN'], ['CLOSE'], ['CLOSE UTC'], ['']] as const
  return table(output, columns, all, 'There is no session.')
}

function holidaysOf(calendar: ExchangeCalendar, from: SessionDate, to: SessionDate) {
  const found: { date: SessionDate; name: string }[] = []
  for (let date = from; date <= to; date = addDays(date, 1))
    if (known(calendar.on(date)) === null && calendar.why(date) !== 'weekend')
      found.push({ date, name: calendar.why(date) })
  return found
}

/** Loaded here and not with the program: no other command needs time zones. */
async function calendarOf({ exchange }: Options): Promise<ExchangeCalendar> {
  const { exchanges } = await import('#domain/exchange/registry.js')
  const found = exchanges.get(exchange)
  if (found !== undefined) return found
  const there = [...exchanges.keys()].join(', ')
  throw new CliError(EXIT.usage, 'UNKNOWN_EXCHANGE', `no calendar of ${exchange}: there are ${there}`, { exchange })
}

function dateOf(option: string, text: string | undefined): SessionDate | undefined {
  if (text === undefined) return undefined
  try {
    return sessionDate(text)
  } catch (error) {
    throw new CliError(EXIT.usage, 'USAGE', `--${option}: ${(error as Error).message}`)
  }
}

function known<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new CliError(EXIT.usage, outcome.refusal.code.toUpperCase(), outcome.refusal.message)
}

const rowOf = (session: TradingSession | null) =>
  session && { ...session, open: toIso(session.open), close: toIso(session.close) }

/** Weekday and time where the exchange is: `Fri 13:00`. */
const local = ({ rules }: ExchangeCalendar, at: number): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: rules.zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
    .format(at)
    .replace(',', '')
