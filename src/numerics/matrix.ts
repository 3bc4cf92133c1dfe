/** A dense matrix, row-major: element (row, column) is `values[row · columns + column]`. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float64Array
}

/** matrix · vector, one element per row, summed in column order. @throws RangeError when the lengths do not fit. */
export function timesVector(matrix: Matrix, vector: Float64Array): Float64Array {
  const { rows, columns, values } = matrix
  if (vector.length !== columns || values.length !== rows * columns)
    throw new RangeError(`${rows} × ${columns} matrix of ${values.length} against ${vector.length} elements`)
  const product = new Float64Array(rows)
  for (let row = 0; row < rows; row += 1) {
    let sum = 0
    for (let column = 0; column < columns; column += 1) sum += values[row * columns + column]! * vector[column]!
    product[row] = sum
  }
  return product
}
