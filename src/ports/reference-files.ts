import type { FactorReturns } from '#domain/governance/betas.js'
import type { Correlations } from '#domain/governance/clusters.js'
import type { BetaTerms } from '#domain/governance/readings.js'

/** Files that rules take their inputs from, each read again when it has changed. Faults: what cannot be read, or is no such file. */
export interface ReferenceFiles {
  correlations(path: string): Correlations
  factors(path: string, how: Pick<BetaTerms, 'unit' | 'riskFree'>): FactorReturns
}
