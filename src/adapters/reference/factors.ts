import type { FactorReturns } from '#domain/governance/betas.js'
import { Fault } from '#units/fault.js'
import { readCsvTable } from '../feed/csv-table.js'
import { parseDate } from '../feed/dates.js'
import type { Table } from '../feed/table.js'

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
/** Dates as the data library of Fama and French has them. */
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/

/** What a return is written as that is not known, in percent, by the data library of Fama and French. */
const MISSING = [-99.99, -999]
/** They may stand in a file of fractions as they are, or divided as if they were returns. */
const ROUNDING = 1e-9

/** How a file of factor returns is to be read. */
export interface FactorFile {
  readonly unit: 'percent' | 'fraction'
  /** Column of the return without risk. */
  readonly riskFree: string
}

/**
 * Reads returns of factors from a CSV file: a first column of dates (`2020-01-31` or `20200131`), then a column a factor, and one of
 * returns without risk where there is one of that name. A row where one of them is missing (−99.99 or −999) is passed over: that
 * day says nothing of any factor.
 * Faults (never): those of {@link readCsvTable}; `FACTORS_INVALID`, naming line and column, for a date that is none or not after
 * the one before it, a cell that is no number or beyond ±100 % a day, a column without a name or with that of another, no factor,
 * or no row with every return.
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
    const read = names.map((name, at) => [name, valueIn(table, row, at + 1, { name, unit })] as const)
    const values = read.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
    if (values.length < names.length) continue
    sessions.set(date, {
      returns: values.filter(([name]) => name !== riskFree).map(([, value]) => value),
      riskFree: values.find(([name]) => name === riskFree)?.[1] ?? 0,
    })
  }
  if (sessions.size === 0) throw invalid(table, 'there is no row of returns where none is missing')
  return { factors, sessions }
}

function dateIn(table: Table, row: number): string {
  const text = String(table.cell(row, 0))
  const date = parseDate(text.replace(COMPACT, '$1-$2-$3'))
  if (date === undefined) throw invalid(table, `${JSON.stringify(text)} is no date`, row)
  return date
}

/** A return as a fraction; null for one that is missing. */
function valueIn(
  table: Table,
  row: number,
  column: number,
  { name, unit }: Pick<FactorFile, 'unit'> & { readonly name: string },
): number | null {
  const text = String(table.cell(row, column))
  const wrong = (why: string): Fault => invalid(table, `column ${name}: ${JSON.stringify(text)} ${why}`, row)
  if (!NUMBER.test(text)) throw wrong('is no number')
  const written = Number(text)
  const value = unit === 'percent' ? written / 100 : written
  const isMissing = (mark: number): boolean => written === mark || Math.abs(value - mark / 100) < ROUNDING
  if (MISSING.some(isMissing)) return null
  if (Math.abs(value) > 1) throw wrong('is beyond ±100 % a day')
  return value
}

function invalid(table: Table, why: string, row?: number): Fault {
  const { text, data } = table.place(row)
  return new Fault('FACTORS_INVALID', `${table.path} ${text}: ${why}`, 'never', { path: table.path, ...data })
}
