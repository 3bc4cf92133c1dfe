import type { FactorReturns } from '#domain/governance/betas.js'
import { Fault } from '#units/fault.js'
import { readCsvTable } from '../feed/csv-table.js'
import { parseDate } from '../feed/dates.js'
import type { Table } from '../feed/table.js'

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
/** Dates as the data library of Fama and French has them. */
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/

/** How a file of factor returns is to be read. */
export interface FactorFile {
  readonly unit: 'percent' | 'fraction'
  /** Column of the return without risk. */
  readonly riskFree: string
}

/**
 * Reads returns of factors from a CSV file: a first column of dates (`2020-01-31` or `20200131`), then a column a factor, and one of
 * returns without risk where there is one of that name.
 * Faults (never): those of {@link readCsvTable}; `FACTORS_INVALID`, naming line and column, for a date that is none or not after
 * the one before it, a cell that is no number, a column without a name or with that of another, no factor, or no row.
 */
export function readFactors(path: string, { unit, riskFree }: FactorFile): FactorReturns {
  const table = readCsvTable(path)
  const names = table.header.slice(1)
  const twice = names.find((name, at) => name === '' || names.indexOf(name) !== at)
  if (twice !== undefined)
    throw invalid(table, twice === '' ? 'a column has no name' : `two columns are named ${twice}`)
  const factors = names.filter((name) => name !== riskFree)
  if (factors.length === 0) throw invalid(table, 'there is no column of a factor')
  if (table.rows === 0) throw invalid(table, 'there is no row of returns')
  const sessions = new Map<string, { returns: number[]; riskFree: number }>()
  let before = ''
  for (let row = 0; row < table.rows; row += 1) {
    const date = dateIn(table, row)
    if (date <= before) throw invalid(table, `${date} does not come after ${before}`, row)
    before = date
    if (table.width(row) !== names.length + 1)
      throw invalid(table, `${table.width(row)} cells where the header has ${names.length + 1}`, row)
    const values = names.map(
      (name, at) => [name, valueIn(table, row, at + 1, name) / (unit === 'percent' ? 100 : 1)] as const,
    )
    sessions.set(date, {
      returns: values.filter(([name]) => name !== riskFree).map(([, value]) => value),
      riskFree: values.find(([name]) => name === riskFree)?.[1] ?? 0,
    })
  }
  return { factors, sessions }
}

function dateIn(table: Table, row: number): string {
  const text = String(table.cell(row, 0))
  const date = parseDate(text.replace(COMPACT, '$1-$2-$3'))
  if (date === undefined) throw invalid(table, `${JSON.stringify(text)} is no date`, row)
  return date
}

function valueIn(table: Table, row: number, column: number, name: string): number {
  const text = String(table.cell(row, column))
  if (!NUMBER.test(text)) throw invalid(table, `column ${name}: ${JSON.stringify(text)} is no number`, row)
  return Number(text)
}

function invalid(table: Table, why: string, row?: number): Fault {
  const { text, data } = table.place(row)
  return new Fault('FACTORS_INVALID', `${table.path} ${text}: ${why}`, 'never', { path: table.path, ...data })
}
