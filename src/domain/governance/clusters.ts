import { averageLinkage } from '#numerics/average-linkage.js'
import { shrunkCorrelation } from '#numerics/ledoit-wolf.js'
import type { InstrumentId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { ScenarioSet } from '../targets/source.js'
import type { ClusterReading } from './readings.js'

/** Correlations of some names: square, symmetric, row-major, ones on the diagonal. */
export interface Correlations {
  readonly asOf: Instant
  readonly names: readonly InstrumentId[]
  readonly values: Float64Array
}

/**
 * Correlations of the returns of a window, by Ledoit and Wolf shrunk toward none, of the names in it. Cost O(rows × names²).
 * Source: design domain.md sections 9 and 12; ADR 0041.
 */
export function measuredCorrelations({ instruments, rows, returns }: ScenarioSet, asOf: Instant): Correlations {
  const { matrix } = shrunkCorrelation({ rows, columns: instruments.length, values: returns })
  return { asOf, names: instruments, values: matrix.values }
}

/**
 * The clusters of names that are correlated with each other by `least` or more on average, of those in `universe` alone.
 * By order of id, so that the answer does not depend on how they came; see {@link averageLinkage}.
 */
export function clusterReading(
  { asOf, names, values }: Correlations,
  universe: ReadonlySet<InstrumentId>,
  least: number,
): ClusterReading {
  const column = new Map(names.map((name, at) => [name, at]))
  const mine = names.filter((name) => universe.has(name)).sort()
  const size = mine.length
  const alike = new Float64Array(size * size)
  for (const [i, name] of mine.entries()) {
    const row = column.get(name)! * names.length
    for (const [j, other] of mine.entries()) alike[i * size + j] = values[row + column.get(other)!]!
  }
  const clusters = averageLinkage(alike, size, least).map((members) => members.map((at) => mine[at]!))
  return { asOf, least, clusters }
}
