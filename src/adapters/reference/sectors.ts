import { Fault } from '#units/fault.js'
import { readCsvTable } from '../feed/csv-table.js'

/** Headings of the two columns that are read, the usual one first. */
const SYMBOL = ['Symbol', 'Ticker']
const SECTOR = ['GICS Sector', 'Sector']

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} &,./-]{0,63}$/u

/**
 * Reads the sector of each symbol from a CSV file with the columns `Symbol` and `GICS Sector`, such as a list of index
 * constituents; other columns are passed over, and so is a row without a sector.
 * Faults (never): those of {@link readCsvTable}; `SECTORS_INVALID` for a missing column, a sector that is no name, or a symbol
 * with two sectors.
 */
export function readSectors(path: string): ReadonlyMap<string, string> {
  const table = readCsvTable(path)
  const [symbols, sectors] = [columnOf(table.header, SYMBOL, path), columnOf(table.header, SECTOR, path)]
  const found = new Map<string, string>()
  for (let row = 0; row < table.rows; row += 1) {
    const text = (column: number): string => (column < table.width(row) ? String(table.cell(row, column)) : '')
    const [symbol, sector] = [text(symbols), text(sectors)]
    if (symbol === '' || sector === '') continue
    const place = table.place(row).text
    if (!NAME.test(sector)) throw invalid(path, `${place} has a sector that is no name: ${sector.slice(0, 40)}`)
    if ((found.get(symbol) ?? sector) !== sector) throw invalid(path, `${place} gives ${symbol} a second sector`)
    found.set(symbol, sector)
  }
  return found
}

function columnOf(header: readonly string[], names: readonly string[], path: string): number {
  const column = header.findIndex((heading) => names.includes(heading))
  if (column < 0) throw invalid(path, `it has no column ${names.join(' or ')}`)
  return column
}

const invalid = (path: string, why: string): Fault =>
  new Fault('SECTORS_INVALID', `${path} is no list of sectors: ${why}`, 'never', { path })
