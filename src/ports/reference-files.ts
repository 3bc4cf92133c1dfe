import type { Correlations } from '#domain/governance/clusters.js'

/** Files that rules take their inputs from. */
export interface ReferenceFiles {
  /** The correlations in a file, read again when it has changed. @throws Fault when it cannot be read or is no such file. */
  correlations(path: string): Correlations
}
