import { type FileMetaData, parquetMetadata, parquetScan, type SchemaElement } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { Fault } from '#units/fault.js'
import type { Cell, Table } from './table.js'

/** The most cells a table may have: 2 GiB of numbers. */
const MOST_CELLS = 2 ** 28
const DAY_MS = 86_400_000n

/** What pandas calls an index without a name. */
const INDEX = '__index_level_0__'

const TIMES: readonly string[] = ['DATE', 'TIMESTAMP', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS', 'INT96']
/** Kinds of column that are read: numbers, text and times. */
const KINDS: ReadonlySet<string> = new Set([
  ...['DOUBLE', 'FLOAT', 'FLOAT16', 'DECIMAL', 'INT32', 'INT64', 'INTEGER'],
  ...['INT_8', 'INT_16', 'INT_32', 'INT_64', 'UINT_8', 'UINT_16', 'UINT_32', 'UINT_64'],
  ...['STRING', 'UTF8', 'ENUM', 'BYTE_ARRAY', 'NULL'],
  ...TIMES,
])

/** One column: its name as readers know it, and its cells. */
interface Column {
  readonly name: string
  readonly cells: ArrayLike<Cell>
}

/**
 * The table in the bytes of a Parquet file, all codecs but LZO. Columns are in the file's order, but one of dates comes
 * first and is called `date`, wherever it stands: the one named date, else pandas's unnamed index, else the only one that
 * holds dates or times. Times of whole days (UTC) are dates. Numbers are those of the file, exactly.
 * Faults (never): `PARQUET_INVALID` for what is no Parquet file, broken (naming row group and column), encrypted or too
 * large, for columns that are neither numbers, text nor times, two of one name, and decimals beyond float64.
 */
export async function parquetTable(path: string, bytes: Buffer): Promise<Table> {
  try {
    return await tableIn(path, bytes)
  } catch (error) {
    throw error instanceof Fault ? error : invalid(path, messageOf(error))
  }
}

async function tableIn(path: string, bytes: Buffer): Promise<Table> {
  const metadata = metadataOf(path, bytes)
  const groups = groupStarts(metadata)
  const rows = groups.at(-1)!
  const columns = inOrder(columnsOf(path, metadata))
  if (rows * columns.length > MOST_CELLS)
    throw invalid(path, `it holds ${rows} rows of ${columns.length} columns, more than ${MOST_CELLS} cells`)
  const read: Column[] = []
  for (const { name, element } of columns)
    read.push({ name, cells: await cellsOf(path, bytes, metadata, element, groups) })
  return {
    path,
    header: read.map(({ name }) => name),
    rows,
    width: () => read.length,
    cell: (row, column) => read[column]!.cells[row]!,
    place: (row) => (row === undefined ? { text: 'schema', data: {} } : placeOf(row, groups)),
  }
}

/** Rows are counted over the whole file, both from 1. */
function placeOf(row: number, groups: readonly number[]) {
  const rowGroup = groups.findIndex((start) => start > row)
  return { text: `row ${row + 1} in row group ${rowGroup}`, data: { rowGroup, row: row + 1 } }
}

function metadataOf(path: string, bytes: Buffer): FileMetaData {
  const [head, tail] = [bytes.toString('latin1', 0, 4), bytes.toString('latin1', bytes.length - 4)]
  if ([head, tail].includes('PARE')) throw invalid(path, 'it is encrypted')
  if (head !== 'PAR1') throw invalid(path, 'it does not begin with PAR1')
  if (tail !== 'PAR1') throw invalid(path, 'it does not end with PAR1: it was cut off')
  const metadata = parquetMetadata(buffer(bytes), { geoparquet: false })
  const sum = metadata.row_groups.reduce((total, { num_rows }) => total + num_rows, 0n)
  if (metadata.num_rows !== sum || metadata.row_groups.some(({ num_rows }) => num_rows < 0n))
    throw invalid(path, `${metadata.num_rows} rows are announced and ${sum} are in its row groups`)
  if (metadata.row_groups.some(({ columns }) => columns.some(({ file_path }) => file_path !== undefined)))
    throw invalid(path, 'its columns are in other files')
  return metadata
}

/** Where each row group starts, and where the last one ends. */
function groupStarts({ row_groups }: FileMetaData): readonly number[] {
  const starts = [0]
  for (const { num_rows } of row_groups) starts.push(starts.at(-1)! + Number(num_rows))
  return starts
}

function columnsOf(path: string, { schema }: FileMetaData): readonly SchemaElement[] {
  const [root, ...elements] = schema
  for (const [at, element] of elements.entries()) {
    const { name, num_children, repetition_type } = element
    if (num_children !== undefined || repetition_type === 'REPEATED')
      throw invalid(path, `column ${name} holds lists or records`)
    if (!KINDS.has(kindOf(element))) throw invalid(path, `column ${name} holds ${kindOf(element)}`)
    if (elements.findIndex((other) => other.name === name) !== at) throw invalid(path, `two columns are named ${name}`)
  }
  if (elements.length === 0 || root?.num_children !== elements.length) throw invalid(path, 'it has no columns')
  return elements
}

function kindOf({ type, converted_type, logical_type }: SchemaElement): string {
  const kind = logical_type?.type ?? converted_type ?? type ?? 'nothing'
  // The reader goes by the older mark alone and would give a decimal without it as its digits.
  if (kind === 'DECIMAL' && converted_type !== 'DECIMAL') return 'a DECIMAL without its older mark'
  return kind
}

function inOrder(elements: readonly SchemaElement[]) {
  const times = elements.filter((element) => TIMES.includes(kindOf(element)))
  const date =
    elements.find(({ name }) => name.trim().toLowerCase() === 'date') ??
    elements.find(({ name }) => name === INDEX) ??
    (times.length === 1 ? times[0] : undefined)
  const others = elements.filter((element) => element !== date)
  const named = others.map((element) => ({ name: element.name.trim(), element }))
  return date === undefined ? named : [{ name: 'date', element: date }, ...named]
}

/** A whole column, as numbers where it holds nothing else. */
async function cellsOf(
  path: string,
  bytes: Buffer,
  metadata: FileMetaData,
  element: SchemaElement,
  groups: readonly number[],
): Promise<ArrayLike<Cell>> {
  const { name } = element
  const file = { byteLength: bytes.length, slice: (start: number, end?: number) => buffer(bytes.subarray(start, end)) }
  const options = { file, metadata, columns: [name], compressors, parsers, geoparquet: false, useOffsetIndex: false }
  const numbers = new Float64Array(groups.at(-1)!)
  let mixed: Cell[] | undefined
  let group = 0
  try {
    const scan = await parquetScan(options)
    for (; group < groups.length - 1; group += 1) {
      const [rowStart, rowEnd] = [groups[group]!, groups[group + 1]!]
      const values = await scan.readColumn({ column: name, rowStart, rowEnd })
      if (values.length !== rowEnd - rowStart) throw new Error(`${values.length} values of ${rowEnd - rowStart}`)
      for (let at = 0; at < values.length; at += 1) {
        const cell = cellOf(values[at], element)
        if (mixed === undefined && typeof cell !== 'number') mixed = Array.from(numbers.subarray(0, rowStart + at))
        if (mixed !== undefined) mixed.push(cell)
        else numbers[rowStart + at] = cell as number
      }
    }
  } catch (error) {
    throw invalid(path, `row group ${group + 1}, column ${name}: ${messageOf(error)}`)
  }
  return mixed ?? numbers
}

function cellOf(value: unknown, { scale = 0, converted_type }: SchemaElement): Cell {
  if (typeof value === 'number') {
    if (converted_type === 'DECIMAL' && (scale > 22 || Math.abs(value) * 10 ** scale > 2 ** 53))
      throw new Error(`the decimal ${value} has more digits than a float64 holds`)
    return value
  }
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  throw new Error(`it holds ${typeof value}s`)
}

/** Times as text: a date where it is a whole day, else date and time. */
const parsers = {
  dateFromDays: (days: number) => timeText(BigInt(days) * DAY_MS, 1n),
  timestampFromMilliseconds: (millis: bigint) => timeText(BigInt(millis), 1n),
  timestampFromMicroseconds: (micros: bigint) => timeText(micros, 1_000n),
  timestampFromNanoseconds: (nanos: bigint) => timeText(nanos, 1_000_000n),
  stringFromBytes: (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
}

/** `per` units are a millisecond. */
function timeText(units: bigint, per: bigint): string {
  const at = new Date(Number(units / per))
  if (Number.isNaN(at.getTime())) return `${units}`
  return units % (DAY_MS * per) === 0n ? at.toISOString().split('T', 1)[0]! : at.toISOString()
}

/** An ArrayBuffer of these bytes alone. */
const buffer = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const invalid = (path: string, why: string): Fault =>
  new Fault('PARQUET_INVALID', `${path} is not a readable Parquet file: ${why}`, 'never', { path })
