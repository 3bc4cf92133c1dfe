/** One column of a linear programme. */
export interface ProgrammeColumn {
  readonly name: string
  readonly lower: number
  readonly upper: number
  /** 0 or 1 and nothing between. */
  readonly binary: boolean
  /** Its coefficient in the objective. */
  cost: number
}

/** One row: the sum of its coefficients times columns is at most, at least or equal to `right`. */
export interface ProgrammeRow {
  readonly name: string
  readonly sense: '<=' | '>=' | '='
  readonly right: number
}

/**
 * A linear programme to be minimised. Row r has the coefficients `value[k]` of the columns `index[k]` for k from
 * `starts[r]` to before `starts[r + 1]`; none is 0.
 */
export interface LinearProgramme {
  readonly columns: readonly ProgrammeColumn[]
  readonly rows: readonly ProgrammeRow[]
  readonly starts: readonly number[]
  readonly index: readonly number[]
  readonly value: readonly number[]
}

/** Gives its terms, one call each. */
export type Terms = (put: (column: number, coefficient: number) => void) => void

/** A linear programme being written down, row by row. */
export class ProgrammeDraft implements LinearProgramme {
  readonly columns: ProgrammeColumn[] = []
  readonly rows: ProgrammeRow[] = []
  readonly starts: number[] = [0]
  readonly index: number[] = []
  readonly value: number[] = []

  /** Adds columns `name0`, `name1` …, from 0 up unless `bounds` says otherwise. @returns the number of the first. */
  block(name: string, count: number, bounds: (i: number) => readonly [number, number] = unsigned): number {
    return this.add(
      Array.from({ length: count }, (_, i) => ({ name: `${name}${i}`, bounds: bounds(i), binary: false })),
    )
  }

  /** Adds one column that may be anything. @returns its number. */
  free(name: string): number {
    return this.add([{ name, bounds: [-Infinity, Infinity], binary: false }])
  }

  /** Adds columns that are 0 or 1. @returns the number of the first. */
  binaries(name: string, count: number): number {
    return this.add(Array.from({ length: count }, (_, i) => ({ name: `${name}${i}`, bounds: [0, 1], binary: true })))
  }

  /** Adds a row of these terms; a column may come in one of them only. */
  row(name: string, sense: ProgrammeRow['sense'], right: number, ...terms: readonly Terms[]): void {
    this.rows.push({ name, sense, right })
    for (const give of terms)
      give((column, coefficient) => {
        if (coefficient === 0) return
        this.index.push(column)
        this.value.push(coefficient)
      })
    this.starts.push(this.index.length)
  }

  /** Adds terms to the objective. */
  minimise(...terms: readonly Terms[]): void {
    for (const give of terms)
      give((column, coefficient) => {
        this.columns[column]!.cost += coefficient
      })
  }

  private add(columns: readonly { name: string; bounds: readonly [number, number]; binary: boolean }[]): number {
    const first = this.columns.length
    for (const { name, bounds, binary } of columns)
      this.columns.push({ name, lower: bounds[0], upper: bounds[1], binary, cost: 0 })
    return first
  }
}

const unsigned = (): readonly [number, number] => [0, Infinity]
