import type { Correlations } from '#domain/governance/clusters.js'
import { Fault } from '#units/fault.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { midnight } from '#units/time.js'
import { readCsvTable } from '../feed/csv-table.js'
import { parseDate } from '../feed/dates.js'
import type { Table } from '../feed/table.js'

/** Two figures for one pair, or a one on the diagonal, may differ by what a file rounds off. */
const ROUNDING = 1e-9

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/

/**
 * Reads correlations from a CSV file: a square of names, the same across and down. Its first cell is the date they are of.
 *
 *   2026-11-27,AAPL,MSFT
 *   AAPL,1,0.71
 *   MSFT,0.71,1
 *
 * Faults (never): those of {@link readCsvTable}; `CORRELATIONS_INVALID`, naming line and column, for a first cell that is no date, a
 * name twice or in another place down than across, a figure that is none, lies outside [−1, 1], is not 1 of a name with
 * itself, or is another one than that of the same two names the other way round.
 */
export function readCorrelations(path: string): Correlations {
  const table = readCsvTable(path)
  const [first = '', ...header] = table.header
  const date = parseDate(first)
  if (date === undefined) throw invalid(table, `its first cell is no date: ${JSON.stringify(first)}`)
  const twice = header.find((name, at) => name === '' || header.indexOf(name) !== at)
  if (twice !== undefined)
    throw invalid(table, twice === '' ? 'a column has no name' : `two columns are named ${twice}`)
  if (header.length === 0) throw invalid(table, 'there are no names')
  if (table.rows !== header.length)
    throw invalid(table, `${table.rows} rows where the header has ${header.length} names`)
  const values = new Float64Array(header.length ** 2)
  for (const row of header.keys()) readRow(table, row, header, values)
  return { asOf: midnight(date), names: header.map(nameOf(table)), values }
}

function readRow(table: Table, row: number, header: readonly string[], values: Float64Array): void {
  const size = header.length
  if (table.width(row) !== size + 1)
    throw invalid(table, `${table.width(row)} cells where there are ${size} names`, row)
  const name = String(table.cell(row, 0))
  if (name !== header[row]) throw invalid(table, `${name} stands where ${header[row]} has to`, row)
  for (const [column, other] of header.entries()) {
    const text = String(table.cell(row, column + 1))
    const value = NUMBER.test(text) ? Number(text) : Number.NaN
    const wrong = (why: string): Fault => invalid(table, `column ${other}: ${JSON.stringify(text)} ${why}`, row)
    if (!(Math.abs(value) <= 1 + ROUNDING)) throw wrong('is no number from -1 to 1')
    if (column === row && Math.abs(value - 1) > ROUNDING) throw wrong(`is not 1`)
    values[row * size + column] = value
    if (column < row && Math.abs(value - values[column * size + row]!) > ROUNDING)
      throw wrong(`is another figure than that of ${other} and ${name}`)
  }
}

const nameOf =
  (table: Table) =>
  (name: string): InstrumentId => {
    try {
      return instrumentId(name)
    } catch (error) {
      throw invalid(table, String(error))
    }
  }

function invalid(table: Table, why: string, row?: number): Fault {
  const { text, data } = table.place(row)
  return new Fault('CORRELATIONS_INVALID', `${table.path} ${text}: ${why}`, 'never', { path: table.path, ...data })
}
