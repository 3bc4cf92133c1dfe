import { wantedReadings } from '#domain/governance/judge.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import type { Report } from './registry-schema.js'

const CLUSTERS = ['governance', 'rules', 'correlation_cluster']

/** Whether what rules ask to be read can be at all: how many names there are. */
export function inputLimits({ governance, universe }: PortfolioPolicy, report: Report): void {
  const { clusters } = wantedReadings(governance)
  if (clusters !== undefined && universe.length > clusters.maxNames)
    report([...CLUSTERS, 'max_names'], `the universe has ${universe.length} names, more than ${clusters.maxNames}`)
}

/** Whether the files that rules name are there and well-formed. They are read again while the daemon runs. */
export function inputFiles({ governance }: PortfolioPolicy, files: ReferenceFiles, report: Report): void {
  const { clusters } = wantedReadings(governance)
  if (clusters?.matrix != null) readable(() => files.correlations(clusters.matrix!), [...CLUSTERS, 'matrix'], report)
}

function readable(read: () => unknown, path: readonly string[], report: Report): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    report(path, error.message)
  }
}
