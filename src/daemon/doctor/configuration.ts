import { dirname } from 'node:path'
import type { PortfolioPolicy } from '#domain/policy.js'
import { readDocument } from '../config/document.js'
import { override } from '../config/environment.js'
import { type Environment, loadConfig } from '../config/load.js'
import { resolveNats } from '../config/nats-files.js'
import { within } from '../config/portfolio-files.js'
import { formatProblem } from '../config/problem.js'
import { type SystemSettings, systemSchema } from '../config/system-schema.js'
import { type Finding, fail, ok, warn } from './check.js'

/** What a configuration gives to look at. */
export interface Configured {
  readonly finding: Finding
  /** Null when the system file itself is refused. */
  readonly system: Pick<SystemSettings, 'state' | 'nats' | 'feed'> | null
  /** Policies of the enabled portfolios; null when any file is refused. */
  readonly policies: readonly PortfolioPolicy[] | null
}

/** Reads a configuration. When only portfolio files are refused, the system file is still good for the other checks. */
export function readConfiguration(file: string, environment: Environment): Configured {
  const loaded = loadConfig(file, environment)
  if (!loaded.ok) {
    const problems = loaded.refusal.problems.map(formatProblem)
    const finding = fail(
      `${file}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}`,
      'correct the files; ballast config validate shows the same',
      problems,
    )
    return { finding, system: systemAlone(file, environment), policies: null }
  }
  const { system, portfolios } = loaded.value
  const policies = portfolios.filter(({ enabled }) => enabled).map(({ policy }) => policy)
  const said = `${file} is valid, ${policies.length} of ${portfolios.length} portfolios enabled`
  const finding = policies.length > 0 ? ok(said) : warn(said, 'set enabled: true in the file of a portfolio')
  return { finding, system, policies }
}

function systemAlone(file: string, environment: Environment): Configured['system'] {
  const source = readDocument(file)
  if (!source.ok) return null
  const read = systemSchema.safeParse(override(source.value.value, environment).value)
  if (!read.success) return null
  const folder = dirname(file)
  const { state, nats, feed } = read.data
  const path = within(folder, state.path)
  return { state: { ...state, path }, nats: nats === null ? null : resolveNats(folder, nats), feed }
}
