import { pricesIn } from '#adapters/feed/csv.js'
import { parseDate } from '#adapters/feed/dates.js'
import { readTable } from '#adapters/feed/read-table.js'
import type { Table } from '#adapters/feed/table.js'
import type { BarSize } from '#domain/market.js'
import type { RangeSource } from '#domain/regime/thresholds.js'
import type { LabelledBar } from '#domain/regime/transitions.js'
import type { InstrumentId } from '#units/ids.js'
import { CliError, EXIT } from '../failure.js'

/** What to read bars from. */
export interface BarsRequest {
  readonly prices: string
  readonly symbol?: string
  readonly barSize?: BarSize
}

/** One instrument's bars, oldest first, and what their ranges are. */
export interface Bars {
  readonly symbol: string
  readonly barSize: BarSize
  readonly ranges: RangeSource
  readonly bars: readonly LabelledBar[]
}

/**
 * One instrument's bars from a file of CSV, plain or gzip, or Parquet. Columns `high`, `low` and `close` make bars with ranges,
 * adjusted as `adj_close` is where there is one; a column `time_ms` (milliseconds of the day) makes them minute bars. Any other
 * file is read as `ballast optimise` reads prices: closes alone.
 * @throws CliError 64 for a cell that is no price, rows out of order, or several instruments and no `--symbol`; Faults of the readers.
 */
export async function readBars(request: BarsRequest): Promise<Bars> {
  const table = await readTable(request.prices)
  const names = table.header.map((name) => name.toLowerCase())
  const columns = columnsOf(names)
  if (columns.date >= 0 && columns.close >= 0 && (columns.high >= 0 || columns.time >= 0))
    return barsIn(table, columns, request)
  return closesIn(table, request)
}

interface Columns {
  readonly date: number
  readonly time: number
  readonly symbol: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly adjusted: number
}

const columnsOf = (names: readonly string[]): Columns => ({
  date: names.indexOf('date'),
  time: names.indexOf('time_ms'),
  symbol: names.findIndex((name) => name === 'symbol' || name === 'ticker'),
  high: names.includes('low') ? names.indexOf('high') : -1,
  low: names.indexOf('low'),
  close: names.indexOf('close'),
  adjusted: names.indexOf('adj_close'),
})

function barsIn(table: Table, columns: Columns, request: BarsRequest): Bars {
  const rows = Array.from({ length: table.rows }, (_, row) => row)
  const named = (row: number): string => (columns.symbol < 0 ? 'close' : String(table.cell(row, columns.symbol)))
  const symbol = chosen(request, [...new Set(rows.map(named))])
  const bars = rows.filter((row) => named(row) === symbol).map((row) => ({ row, bar: barIn(table, row, columns) }))
  for (const [at, { row, bar }] of bars.entries())
    if (at > 0 && bar.label <= bars[at - 1]!.bar.label)
      throw bad(table, row, `${bar.label} does not come after the bar before`)
  return {
    symbol,
    barSize: request.barSize ?? (columns.time >= 0 ? '1m' : '1d'),
    ranges: columns.high >= 0 ? 'high-low' : 'closes',
    bars: bars.map(({ bar }) => bar),
  }
}

function barIn(table: Table, row: number, columns: Columns): LabelledBar {
  const date = parseDate(String(table.cell(row, columns.date)))
  if (date === undefined) throw bad(table, row, `${table.cell(row, columns.date)} is no date`)
  const price = (column: number): number => {
    const cell = table.cell(row, column)
    const value = cell === '' ? Number.NaN : Number(cell)
    if (value > 0 && Number.isFinite(value)) return value
    throw bad(table, row, `${JSON.stringify(cell)} is no price`)
  }
  const close = price(columns.close)
  const factor = columns.adjusted >= 0 ? price(columns.adjusted) / close : 1
  const [high, low] = columns.high >= 0 ? [price(columns.high), price(columns.low)] : [close, close]
  if (!(low <= close && close <= high)) throw bad(table, row, `a close of ${close} is not between ${low} and ${high}`)
  const label = columns.time >= 0 ? `${date} ${timeOf(table, row, columns.time)}` : date
  return { label, high: high * factor, low: low * factor, close: close * factor }
}

/** `HH:MM:SS` of milliseconds since midnight. */
function timeOf(table: Table, row: number, column: number): string {
  const ms = Number(table.cell(row, column))
  if (!(Number.isInteger(ms) && ms >= 0 && ms < 86_400_000))
    throw bad(table, row, `${table.cell(row, column)} is no time of a day in milliseconds`)
  return new Date(ms).toISOString().slice(11, 19)
}

function closesIn(table: Table, request: BarsRequest): Bars {
  const all = pricesIn(table, request.barSize === undefined ? {} : { barSize: request.barSize })
  const odd = all.dropped.find(({ reason }) => reason !== 'empty')
  if (odd !== undefined)
    throw new CliError(
      EXIT.usage,
      'BAD_PRICE',
      `${table.path} ${odd.where}: the price is ${odd.reason.replaceAll('_', ' ')}`,
    )
  const symbol = chosen(request, all.instruments) as InstrumentId
  const bars = all.sessions.flatMap(({ session, closes }) => {
    const close = Number(closes[symbol])
    return closes[symbol] === undefined ? [] : [{ label: session, high: close, low: close, close }]
  })
  return { symbol, barSize: all.barSize, ranges: 'closes', bars }
}

function chosen({ symbol, prices }: BarsRequest, there: readonly string[]): string {
  const some = there.length > 8 ? `${there.slice(0, 8).join(', ')} and ${there.length - 8} more` : there.join(', ')
  const found = symbol ?? (there.length === 1 ? there[0] : undefined)
  if (found === undefined)
    throw new CliError(EXIT.usage, 'USAGE', `${prices} has prices of ${some}: say which with --symbol`)
  if (there.includes(found)) return found
  throw new CliError(EXIT.usage, 'UNKNOWN_INSTRUMENT', `${prices} has no prices of ${found}, but of ${some}`)
}

const bad = (table: Table, row: number, why: string): CliError =>
  new CliError(EXIT.usage, 'BAD_PRICE', `${table.path} ${table.place(row).text}: ${why}`)
