import { csvTable, readBytes } from '#adapters/feed/csv-table.js'
import type { Table } from '#adapters/feed/table.js'
import { parseSource, type SourceDocument } from '#daemon/config/document.js'
import { configError, type Problem } from '#daemon/config/problem.js'
import { badConfig } from '../failure.js'

/** The most bytes of a book or a plan. */
const LARGEST = 4 * 1024 * 1024

/** How the rows of a CSV file become a document. */
export interface RowFormat {
  /** Field of the document that holds the rows. */
  readonly rows: string
  /** Columns there may be, each a field of a row. */
  readonly columns: readonly string[]
  /** Symbol of a row that is a field of the document instead, and the column with its value. */
  readonly total?: { readonly symbol: string; readonly field: string; readonly column: string }
}

/**
 * Reads a book or a plan: JSON (or YAML) when the file's text begins with a brace or its name ends in .yaml or .yml, else CSV,
 * plain or gzip, with a header. Either way the document knows the line of each of its fields.
 * @throws CliError 64 with file, line and field of each problem; Faults of the readers.
 */
export function readRows(file: string, format: RowFormat): SourceDocument {
  const bytes = readBytes(file)
  if (bytes.length > LARGEST) throw badConfig(configError([whole(file, `has more than ${LARGEST} bytes`)]))
  const structured = /^(\ufeff)?\s*[{]/.test(bytes.toString('utf8', 0, 64)) || /\.(json|ya?ml)$/i.test(file)
  if (!structured) return documentOf(csvTable(file, bytes), format)
  const read = parseSource(file, utf8(file, bytes))
  if (!read.ok) throw badConfig(configError(read.refusal))
  return read.value
}

function documentOf(table: Table, format: RowFormat): SourceDocument {
  const names = table.header.map((name) => name.toLowerCase().replaceAll(' ', '_'))
  refuseHeader(table, names, format)
  const fields: Record<string, unknown> = {}
  const lines = new Map<string, number>()
  const rows: { readonly line: number; readonly value: Readonly<Record<string, string>> }[] = []
  for (let row = 0; row < table.rows; row += 1) {
    const line = Number(table.place(row).data.line)
    const value = Object.fromEntries(
      names.flatMap((name, column) => {
        const cell = String(table.cell(row, column))
        return cell === '' ? [] : [[name, cell]]
      }),
    )
    const { total } = format
    if (total === undefined || value.symbol !== total.symbol) rows.push({ line, value })
    else if (Object.hasOwn(fields, total.field))
      throw badConfig(configError([at(table.path, line, total.field, `${total.symbol} is listed twice`)]))
    else {
      fields[total.field] = value[total.column]
      lines.set(total.field, line)
    }
  }
  const place = (path: readonly PropertyKey[]): number =>
    path[0] === format.rows ? (rows[Number(path[1])]?.line ?? 1) : (lines.get(String(path[0])) ?? 1)
  return {
    file: table.path,
    value: { ...fields, [format.rows]: rows.map(({ value }) => value) },
    locate: (path) => ({ line: place(path), column: 1 }),
    has: (path) => path.length === 1 && Object.hasOwn(fields, String(path[0])),
  }
}

/** A misspelt column would silently say nothing, and a row of another width says something else than it seems to. */
function refuseHeader(table: Table, names: readonly string[], { columns }: RowFormat): void {
  const problems: Problem[] = []
  for (const [index, name] of names.entries()) {
    if (!columns.includes(name))
      problems.push(at(table.path, 1, table.header[index]!, `unknown column; there are ${columns.join(', ')}`))
    if (names.indexOf(name) !== index) problems.push(at(table.path, 1, name, 'there are two columns of this name'))
  }
  for (let row = 0; row < table.rows; row += 1)
    if (table.width(row) !== names.length) {
      const what = `has ${table.width(row)} cells, and the header has ${names.length}`
      problems.push(at(table.path, Number(table.place(row).data.line), '', what))
    }
  if (problems.length > 0) throw badConfig(configError(problems))
}

function utf8(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badConfig(configError([whole(file, 'is not UTF-8 text')]))
  }
}

const at = (file: string, line: number, path: string, message: string): Problem => ({
  ...{ file, line, column: 1, path },
  message,
})

const whole = (file: string, message: string): Problem => ({ file, line: null, column: null, path: '', message })
