import { csvTable, readBytes } from './csv-table.js'
import type { Table } from './table.js'

/**
 * Reads a table from a file of CSV, plain or gzip, or of Parquet, told by its first bytes; a file named .parquet is never
 * taken for CSV. Faults (never): `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `CSV_INVALID`, `PARQUET_INVALID`.
 */
export async function readTable(path: string): Promise<Table> {
  const bytes = readBytes(path)
  const parquet = /^PAR[1E]$/.test(bytes.toString('latin1', 0, 4)) || /\.parquet$/i.test(path)
  if (!parquet) return csvTable(path, bytes)
  const { parquetTable } = await import('./parquet-table.js') // the reader and its codecs are loaded by who needs them
  return parquetTable(path, bytes)
}
