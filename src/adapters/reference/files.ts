import { isAbsolute, join } from 'node:path'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { remembered } from '../feed/remembered.js'
import { readCorrelations } from './correlations.js'
import { type FactorFile, readFactors } from './factors.js'

/** Reads files that rules name, relative to a folder unless absolute, each as {@link remembered}. */
export function referenceFiles(folder: string): ReferenceFiles {
  const correlations = remembered((path: string, _how: undefined) => readCorrelations(path))
  const factors = remembered((path: string, how: FactorFile) => readFactors(path, how))
  const within = (name: string): string => (isAbsolute(name) ? name : join(folder, name))
  return {
    correlations: (name) => correlations(within(name), undefined),
    // Of a rule's terms only these two say how the file is read.
    factors: (name, { unit, riskFree }) => factors(within(name), { unit, riskFree }),
  }
}
