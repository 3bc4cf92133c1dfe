import { closeSync, openSync, writeSync } from 'node:fs'
import type { LinearProgramme } from '#domain/optimise/programme/draft.js'

/** Lines that are written together. */
const LINES = 10_000
const SENSES = { '<=': 'L', '>=': 'G', '=': 'E' } as const

/** Writes a programme as a file in free MPS format, numbers in full, so that a reader has the same float64. */
export function writeMps(path: string, programme: LinearProgramme): void {
  const file = openSync(path, 'wx')
  try {
    let waiting: string[] = []
    const flush = (): void => {
      writeSync(file, `${waiting.join('\n')}\n`)
      waiting = []
    }
    for (const line of mpsLines(programme)) if (waiting.push(line) === LINES) flush()
    if (waiting.length > 0) flush()
  } finally {
    closeSync(file)
  }
}

function* mpsLines(programme: LinearProgramme): Generator<string> {
  const { columns, rows } = programme
  yield* ['NAME ballast', 'ROWS', ' N obj', ...rows.map(({ name, sense }) => ` ${SENSES[sense]} ${name}`), 'COLUMNS']
  yield* columnLines(programme)
  yield 'RHS'
  for (const { name, right } of rows) if (right !== 0) yield ` rhs ${name} ${right}`
  yield 'BOUNDS'
  for (const { name, lower, upper, binary } of columns) {
    if (binary) yield ` BV bnd ${name}`
    else if (lower === -Infinity && upper === Infinity) yield ` FR bnd ${name}`
    else if (lower === upper) yield ` FX bnd ${name} ${lower}`
    else {
      yield lower === -Infinity ? ` MI bnd ${name}` : ` LO bnd ${name} ${lower}`
      if (upper !== Infinity) yield ` UP bnd ${name} ${upper}`
    }
  }
  yield 'ENDATA'
}

/** Every column has a line in the objective, so that one without rows is known too. */
function* columnLines(programme: LinearProgramme): Generator<string> {
  const { columns, rows } = programme
  const { starts, row, value } = byColumn(programme)
  let binaries = false
  for (const [column, { name, cost, binary }] of columns.entries()) {
    if (binary !== binaries) yield ` mark${column} 'MARKER' '${binary ? 'INTORG' : 'INTEND'}'`
    binaries = binary
    yield ` ${name} obj ${cost}`
    for (let k = starts[column]!; k < starts[column + 1]!; k += 1) yield ` ${name} ${rows[row[k]!]!.name} ${value[k]}`
  }
  if (binaries) yield " marks 'MARKER' 'INTEND'"
}

/** The coefficients of each column, rows in order. */
function byColumn({ columns, rows, starts: rowStarts, index, value: given }: LinearProgramme) {
  const starts = new Float64Array(columns.length + 1)
  for (const column of index) starts[column + 1]! += 1
  for (let column = 0; column < columns.length; column += 1) starts[column + 1]! += starts[column]!
  const next = starts.slice()
  const row = new Int32Array(index.length)
  const value = new Float64Array(index.length)
  for (let r = 0; r < rows.length; r += 1)
    for (let k = rowStarts[r]!; k < rowStarts[r + 1]!; k += 1) {
      const at = next[index[k]!]!
      next[index[k]!]! += 1
      row[at] = r
      value[at] = given[k]!
    }
  return { starts, row, value }
}
