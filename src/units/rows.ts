/** Rows by name. */
type Rows<Key extends string, Row> = Readonly<Record<Key, Row>>

/**
 * The rows with some put in, in place of those of the same keys, or taken out where the row is null. New ones take their places in the order
 * of keys, in which rows also come back from disk; those that are replaced keep theirs. So the same keys come in one order,
 * which is quicker to write as canonical text, and records with the same keys have one shape, which is quicker to read.
 */
export function withRows<Key extends string, Row>(
  rows: Rows<Key, Row>,
  changes: Iterable<readonly [Key, Row | null]>,
): Rows<Key, Row> {
  const next: Record<string, Row | null> = { ...rows }
  let isMoved = false
  for (const [key, row] of changes) {
    isMoved ||= row === null || !Object.hasOwn(next, key)
    next[key] = row
  }
  const kept = isMoved ? inOrder(next) : next
  return kept as Rows<Key, Row>
}

const inOrder = <Row>(rows: Readonly<Record<string, Row | null>>): Readonly<Record<string, Row | null>> =>
  Object.fromEntries(
    Object.entries(rows)
      .filter(([, row]) => row !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
