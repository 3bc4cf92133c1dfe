import { resolve } from 'node:path'
import type { VolatilityReading } from '#domain/volatility/standing.js'
import { Fault } from '#units/fault.js'
import { readCsvTable } from './csv-table.js'
import { closingTimes, parseDate } from './dates.js'
import { remembered } from './remembered.js'

/** Columns a level may be in, the usual one first; of a file with two columns, the second is taken whatever its name. */
const COLUMNS = ['close', 'level', 'vix', 'value']

/** The index is settled a quarter of an hour after the stocks: a decision at their close knows the level of the day before. */
const CLOSES = '16:15'

/** A level in plain notation. It is an index, not money: a float will do. */
const LEVEL = /^\d{1,30}(\.\d{1,30})?$/

/**
 * Readings in a CSV file of dates and closes of a volatility index, plain or gzip, oldest first, each as of 16:15 in New York.
 * Faults (never): those of {@link readCsvTable}; `CSV_FORMAT` for a missing column, a date or a level that is none, rows out of order.
 */
export function readLevels(path: string): readonly VolatilityReading[] {
  const table = readCsvTable(path)
  const names = table.header.map((name) => name.toLowerCase())
  const date = names.indexOf('date')
  const named = COLUMNS.map((name) => names.indexOf(name)).find((column) => column >= 0)
  const column = named ?? (names.length === 2 ? 1 : -1)
  const refuse = (why: string): Fault => new Fault('CSV_FORMAT', `${path}: ${why}`, 'never', { path })
  if (date < 0 || column < 0) throw refuse(`it needs the columns date and ${COLUMNS.join(' or ')}`)
  const at = closingTimes('America/New_York', CLOSES)
  const readings: VolatilityReading[] = []
  for (let row = 0; row < table.rows; row += 1) {
    const cell = (index: number): string => (index < table.width(row) ? String(table.cell(row, index)) : '')
    const wrong = (why: string): Fault => refuse(`${table.place(row).text}: ${why}`)
    const session = parseDate(cell(date))
    if (session === undefined) throw wrong(`${JSON.stringify(cell(date))} is no date`)
    const level = LEVEL.test(cell(column)) ? Number(cell(column)) : 0
    if (level <= 0) throw wrong(`${JSON.stringify(cell(column))} is no level above 0`)
    const reading = { level, at: at(session) }
    if (reading.at <= (readings.at(-1)?.at ?? Number.NEGATIVE_INFINITY)) throw wrong(`${session} is out of order`)
    readings.push(reading)
  }
  return readings
}

/** Reads files of levels named relative to a folder, each as {@link remembered}. Faults: as {@link readLevels}. */
export function volatilityFiles(folder: string): (file: string) => readonly VolatilityReading[] {
  const levels = remembered((path: string, _how: undefined) => readLevels(path))
  return (file) => levels(resolve(folder, file), undefined)
}
