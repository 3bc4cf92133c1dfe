import { wantedReadings } from '#domain/governance/judge.js'
import type { BarSize } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import type { Report } from './registry-schema.js'

const CLUSTERS = ['governance', 'rules', 'correlation_cluster']
const FACTORS = ['governance', 'rules', 'factor_exposure']
const CVAR = ['governance', 'rules', 'cvar_limit']

/** Whether what rules ask to be read can be at all: how many names and returns there are, whether a file is named. */
export function inputLimits({ governance, universe, optimiser }: PortfolioPolicy, report: Report): void {
  const { clusters, betas, scenarios } = wantedReadings(governance)
  if (clusters !== undefined && universe.length > clusters.maxNames)
    report([...CLUSTERS, 'max_names'], `the universe has ${universe.length} names, more than ${clusters.maxNames}`)
  const returns = universe.length * optimiser.scenarios.maximum
  if (scenarios !== undefined && returns > scenarios.maxReturns)
    report(
      [...CVAR, 'max_returns'],
      `${universe.length} names over ${optimiser.scenarios.maximum} sessions are ${returns} returns, more than ${scenarios.maxReturns}`,
    )
  if (betas?.file === null) report([...FACTORS, 'file'], 'is required: the returns of factors')
}

/** Whether what rules ask to be read can be measured on bars of a feed: without it they would refuse every plan. */
export function unmeasurable({ governance }: PortfolioPolicy, barSize: BarSize, report: Report): void {
  const { clusters, betas, scenarios } = wantedReadings(governance)
  if (scenarios !== undefined && barSize !== '1d') report(CVAR, `needs feed.bar_size: 1d, and it is ${barSize}`)
  if (betas !== undefined && barSize !== '1d') report(FACTORS, `needs feed.bar_size: 1d, and it is ${barSize}`)
  if (clusters !== undefined && clusters.matrix === null && barSize === '1m')
    report(CLUSTERS, 'needs feed.bar_size: 1d or 1mo, or a matrix: returns of a minute are correlated less')
}

/** Whether the files that rules name are there and well-formed. They are read again while the daemon runs. */
export function inputFiles({ governance }: PortfolioPolicy, files: ReferenceFiles, report: Report): void {
  const { clusters, betas } = wantedReadings(governance)
  if (clusters?.matrix != null) readable(() => files.correlations(clusters.matrix!), [...CLUSTERS, 'matrix'], report)
  if (betas?.file == null) return
  const found = readable(() => files.factors(betas.file!, betas), [...FACTORS, 'file'], report)
  const params = governance.find(({ name }) => name === 'factor-exposure')?.params
  for (const name of found === undefined ? [] : Object.keys(params?.perFactor ?? {}))
    if (!found?.factors.includes(name))
      report([...FACTORS, 'per_factor', name], `is no factor of the file: ${found?.factors.join(', ')}`)
}

function readable<Content>(read: () => Content, path: readonly string[], report: Report): Content | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    report(path, error.message)
    return undefined
  }
}
