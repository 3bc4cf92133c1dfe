import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { Fault } from '#units/fault.js'
import type { Place, Table } from './table.js'

/** The most a compressed file may unpack to, bytes. */
const LARGEST = 1 << 30

/**
 * Reads a CSV file of UTF-8 text, plain or gzip (told by its first bytes, not its name), cells trimmed.
 * Faults (never): `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `CSV_INVALID` (not gzip, not UTF-8, broken quoting, no header).
 */
export const readCsvTable = (path: string): Table => csvTable(path, readBytes(path))

/** The table in the bytes of a CSV file; see {@link readCsvTable}. */
export function csvTable(path: string, bytes: Buffer): Table {
  const text = decodeText(path, bytes)
  let records: { record: string[]; info: { lines: number } }[]
  try {
    // The package's types leave out what `info: true` does to the result.
    records = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }) as unknown as typeof records
  } catch (error) {
    throw invalid(path, messageOf(error))
  }
  const [first, ...rest] = records
  if (first === undefined) throw invalid(path, 'it has no header line')
  return {
    path,
    header: first.record,
    rows: rest.length,
    width: (row) => rest[row]!.record.length,
    cell: (row, column) => rest[row]!.record[column]!,
    place: (row) => placeOf(row === undefined ? 1 : rest[row]!.info.lines),
  }
}

const placeOf = (line: number): Place => ({ text: `line ${line}`, data: { line } })

/** A file's bytes. Faults (never): `FILE_NOT_FOUND`, `FILE_UNREADABLE`. */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Fault('FILE_NOT_FOUND', `there is no file ${path}`, 'never', { path })
    throw new Fault('FILE_UNREADABLE', `cannot read ${path}: ${messageOf(error)}`, 'never', { path })
  }
}

function decodeText(path: string, bytes: Buffer): string {
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  try {
    const plain = gzipped ? gunzipSync(bytes, { maxOutputLength: LARGEST }) : bytes
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch (error) {
    throw invalid(path, messageOf(error))
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const invalid = (path: string, why: string): Fault =>
  new Fault('CSV_INVALID', `${path} is not a readable CSV file: ${why}`, 'never', { path })
