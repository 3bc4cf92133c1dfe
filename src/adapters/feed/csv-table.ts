import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { Fault } from '#units/fault.js'

/** The most a compressed file may unpack to, bytes. */
const LARGEST = 1 << 30

/** One data row and the line of the file it ended on, from 1. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** A CSV file's header and rows. Rows may have another number of cells than the header: the reader judges them. */
export interface CsvTable {
  readonly path: string
  readonly header: readonly string[]
  readonly rows: readonly CsvRow[]
}

/**
 * Reads a CSV file of UTF-8 text, plain or gzip (told by its first bytes, not its name), cells trimmed.
 * Faults (never): `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `CSV_INVALID` (not gzip, not UTF-8, broken quoting, no header).
 */
export function readCsvTable(path: string): CsvTable {
  const text = decodeText(path, readBytes(path))
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
  return { path, header: first.record, rows: rest.map(({ record, info }) => ({ line: info.lines, cells: record })) }
}

function readBytes(path: string): Buffer {
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
