/** A cell: text without blanks around it, or a number where the file holds numbers. A missing one is empty text. */
export type Cell = string | number

/** Where something stands in a file: in words, and as numbers for programs. */
export interface Place {
  readonly text: string
  readonly data: Readonly<Record<string, number>>
}

/** A file's header and rows, in the order of the file. A row may have another width than the header: readers judge it. */
export interface Table {
  readonly path: string
  readonly header: readonly string[]
  readonly rows: number
  width(row: number): number
  cell(row: number, column: number): Cell
  /** Of a row, or of the header without one. */
  place(row?: number): Place
}
