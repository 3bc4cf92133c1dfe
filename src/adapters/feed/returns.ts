import type { PriceHistory } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import { parseDate } from './dates.js'
import type { Cell, Table } from './table.js'

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
 * The matrix of returns in a table: a header of names, one row per period, optionally a first column of dates (known by
 * the header `date` or nothing, or by a date in its first cell). Exact: nothing is dropped or guessed.
 * Faults (never): `BAD_RETURNS` with place and column for a cell that is no finite number, a row of another length, a
 * date that is none, a name twice, or no rows at all.
 */
export function returnsIn(table: Table): ReturnsMatrix {
  const { header, rows } = table
  const skip = hasDates(table) ? 1 : 0
  const names = header.slice(skip)
  const twice = names.find((name, index) => name === '' || names.indexOf(name) !== index)
  if (twice !== undefined) throw bad(table, twice === '' ? 'a column has no name' : `two columns are named ${twice}`)
  if (names.length === 0) throw bad(table, 'there is no column of returns')
  if (rows === 0) throw bad(table, 'there is no row of returns')
  const returns = new Float64Array(rows * names.length)
  const labels: string[] = []
  for (let row = 0; row < rows; row += 1) {
    const width = table.width(row)
    if (width !== header.length) throw bad(table, `${width} cells where the header has ${header.length}`, row)
    const date = skip === 1 ? parseDate(String(table.cell(row, 0))) : String(row + 1)
    if (date === undefined) throw bad(table, `${quoted(table.cell(row, 0))} is no date`, row)
    labels.push(date)
    for (const [column, name] of names.entries()) {
      const cell = table.cell(row, column + skip)
      const value = numberOf(cell)
      if (!Number.isFinite(value)) throw bad(table, `column ${name}: ${quoted(cell)} is no number`, row)
      returns[row * names.length + column] = value
    }
  }
  return { names, rows, columns: names.length, returns, labels }
}

const numberOf = (cell: Cell): number =>
  typeof cell === 'number' ? cell : NUMBER.test(cell) ? Number(cell) : Number.NaN

const quoted = (cell: Cell): string => (typeof cell === 'number' ? String(cell) : JSON.stringify(cell))

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

function hasDates(table: Table): boolean {
  const name = table.header[0]!.toLowerCase()
  return name === 'date' || name === '' || (table.rows > 0 && parseDate(String(table.cell(0, 0))) !== undefined)
}

function bad(table: Table, why: string, row?: number): Fault {
  const { text, data } = table.place(row)
  return new Fault('BAD_RETURNS', `${table.path} ${text}: ${why}`, 'never', { path: table.path, ...data })
}
