import type { PriceHistory } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import { type CsvTable, readCsvTable } from './csv-table.js'
import { parseDate } from './dates.js'

/** Simple returns per period as fractions: `returns[row × columns + column]`, oldest row first. */
export interface ReturnsMatrix {
  readonly names: readonly string[]
  readonly rows: number
  readonly columns: number
  readonly returns: Float64Array
  /** The period each row ends in (`YYYY-MM-DD`), or its number from 1 when the file has no dates. */
  readonly labels: readonly string[]
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/

/**
 * Reads a matrix of returns: a header of names, one row per period, optionally a first column of dates (known by the
 * header `date` or nothing, or by a date in its first cell). Exact: nothing is dropped or guessed.
 * Faults (never): those of `readCsvTable`, `BAD_RETURNS` with line and column for a cell that is no finite number, a
 * row of another length, a date that is none, a name twice, or no rows at all.
 */
export function readReturnsCsv(path: string): ReturnsMatrix {
  const table = readCsvTable(path)
  const skip = hasDates(table) ? 1 : 0
  const names = table.header.slice(skip)
  const twice = names.find((name, index) => name === '' || names.indexOf(name) !== index)
  if (twice !== undefined) throw bad(table, 1, twice === '' ? 'a column has no name' : `two columns are named ${twice}`)
  if (names.length === 0) throw bad(table, 1, 'there is no column of returns')
  if (table.rows.length === 0) throw bad(table, 1, 'there is no row of returns')
  const returns = new Float64Array(table.rows.length * names.length)
  const labels: string[] = []
  for (const [at, { line, cells }] of table.rows.entries()) {
    if (cells.length !== table.header.length)
      throw bad(table, line, `${cells.length} cells where the header has ${table.header.length}`)
    const date = skip === 1 ? parseDate(cells[0]!) : String(at + 1)
    if (date === undefined) throw bad(table, line, `${JSON.stringify(cells[0])} is no date`)
    labels.push(date)
    for (const [column, name] of names.entries()) {
      const text = cells[column + skip]!
      const value = NUMBER.test(text) ? Number(text) : Number.NaN
      if (!Number.isFinite(value)) throw bad(table, line, `column ${name}: ${JSON.stringify(text)} is no number`)
      returns[at * names.length + column] = value
    }
  }
  return { names, rows: table.rows.length, columns: names.length, returns, labels }
}

/**
 * Simple returns close/close − 1 over the history all instruments share: a row for each two neighbouring sessions in
 * which every instrument has a price, so that no return spans a gap. `from` and `to` bound both sessions, inclusive.
 * @throws Fault `NO_RETURNS` (never) when there is no such pair, naming the instrument with the fewest prices.
 */
export function pricesToReturns(history: PriceHistory, from?: string, to?: string): ReturnsMatrix {
  const names = history.instruments
  const sessions = history.sessions.filter(
    ({ session }) => (from === undefined || session >= from) && (to === undefined || session <= to),
  )
  const rows: Float64Array[] = []
  const labels: string[] = []
  let before: Float64Array | undefined
  for (const { session, closes } of sessions) {
    const now = Float64Array.from(names, (name) => Number(closes[name] ?? Number.NaN))
    const complete = now.every((close) => close > 0)
    if (complete && before !== undefined) {
      const last = before
      rows.push(now.map((close, column) => close / last[column]! - 1))
      labels.push(session)
    }
    before = complete ? now : undefined
  }
  if (rows.length === 0) {
    const counted = names.map((name) => ({ name, count: sessions.filter(({ closes }) => name in closes).length }))
    const fewest = counted.sort((a, b) => a.count - b.count)[0]
    const which = fewest === undefined ? 'there is no instrument' : `${fewest.name} has ${fewest.count} prices`
    throw new Fault('NO_RETURNS', `no two neighbouring sessions price every instrument: ${which}`, 'never')
  }
  const returns = new Float64Array(rows.length * names.length)
  for (const [at, row] of rows.entries()) returns.set(row, at * names.length)
  return { names, rows: rows.length, columns: names.length, returns, labels }
}

function hasDates(table: CsvTable): boolean {
  const name = table.header[0]!.toLowerCase()
  const cell = table.rows[0]?.cells[0]
  return name === 'date' || name === '' || (cell !== undefined && parseDate(cell) !== undefined)
}

const bad = (table: CsvTable, line: number, why: string): Fault =>
  new Fault('BAD_RETURNS', `${table.path} line ${line}: ${why}`, 'never', { path: table.path, line })
