import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { volatilityFiles } from '#adapters/feed/volatility-file.js'
import { referenceFiles } from '#adapters/reference/files.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import { accept, type Outcome } from '#units/outcome.js'
import { crossCheck } from './checks.js'
import { readDocument, type SourceDocument } from './document.js'
import { override } from './environment.js'
import { explain, problemAt, toProblems } from './explain.js'
import { resolveNats } from './nats-files.js'
import { portfolioFiles, within } from './portfolio-files.js'
import { portfolioSchema } from './portfolio-schema.js'
import { type ConfigError, configError, type Problem } from './problem.js'
import { registries } from './registries.js'
import type { Report } from './registry-schema.js'
import { resolvedPortfolio } from './resolved.js'
import { inputFiles, unmeasurable } from './rule-inputs.js'
import { type Sectors, sectorsFor, withSectors } from './sectors.js'
import { type Setting, settingsOf } from './setting.js'
import { candidateOf } from './shadow.js'
import { type SystemSettings, systemSchema } from './system-schema.js'
import { toPolicy } from './to-policy.js'

/** One portfolio file that passed every check. */
export interface LoadedPortfolio {
  readonly file: string
  readonly enabled: boolean
  readonly policy: PortfolioPolicy
  /** The candidate that is tried beside it; null for none. */
  readonly shadow: PortfolioPolicy | null
  /** The file as it was read, before defaults. */
  readonly document: unknown
  /** What its sectors file says; empty without one. */
  readonly sectors: Sectors
}

/** A whole configuration that passed every check. Paths in `system` are resolved against the system file's folder. */
export interface LoadedConfig {
  readonly file: string
  readonly system: SystemSettings
  /** Enabled and disabled ones, by id. */
  readonly portfolios: readonly LoadedPortfolio[]
  /** Every value with where it came from, the system file's first. */
  readonly settings: readonly Setting[]
}

/** Environment variables, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the system file and every portfolio file it names. All problems of all files are reported together, each with
 * its file, line, column and field. Reads files and nothing else; the same files and variables give the same answer.
 */
export function loadConfig(file: string, environment: Environment = {}): Outcome<LoadedConfig, ConfigError> {
  const problems: Problem[] = []
  const source = collect(readDocument(file), problems)
  const system = source && readSystem(source, environment, problems)
  if (source === undefined || system === undefined) return { ok: false, refusal: configError(problems) }
  const files = collect(portfolioFiles(source, system.settings.portfolios), problems) ?? []
  const inputs = referenceFiles(dirname(file))
  const portfolios = files.flatMap((path) => {
    const document = collect(readDocument(path), problems)
    const portfolio = document && readPortfolio(document, inputs, problems)
    return portfolio === undefined ? [] : [portfolio]
  })
  problems.push(...duplicates(portfolios), ...tooFewPeople(portfolios, system.settings), ...unread(portfolios, file))
  if (system.settings.feed.type === 'bus') problems.push(...unmeasured(portfolios, system.settings))
  if (system.settings.nats === null) problems.push(...unreachable(portfolios), ...unheard(portfolios))
  if (problems.length > 0) return { ok: false, refusal: configError(problems) }
  const sorted = portfolios.sort((a, b) => (a.loaded.policy.id < b.loaded.policy.id ? -1 : 1))
  return accept({
    file,
    system: resolvePaths(file, system.settings),
    portfolios: sorted.map(({ loaded }) => loaded),
    settings: [...system.origins, ...sorted.flatMap(({ origins }) => origins)],
  })
}

/** Reads one portfolio file by itself, with the checks that its own text allows; what it says to others is not looked at. */
export function loadPortfolio(file: string): Outcome<LoadedPortfolio, ConfigError> {
  const problems: Problem[] = []
  const document = collect(readDocument(file), problems)
  const portfolio = document && readPortfolio(document, referenceFiles(dirname(file)), problems)
  if (portfolio === undefined || problems.length > 0) return { ok: false, refusal: configError(problems) }
  return accept(portfolio.loaded)
}

function readSystem(source: SourceDocument, environment: Environment, problems: Problem[]) {
  const { value, variables } = override(source.value, environment)
  const result = systemSchema.safeParse(value, { error: explain })
  if (!result.success) {
    const named = (problem: Problem): Problem => {
      const variable = variables.get(problem.path)
      return variable === undefined ? problem : { ...problem, file: variable, line: null, column: null }
    }
    problems.push(...toProblems(source, result.error.issues).map(named))
    return undefined
  }
  const { feed, nats } = result.data
  if (feed.type === 'replay' && feed.file !== null) {
    const prices = within(dirname(source.file), feed.file)
    const found = statSync(prices, { throwIfNoEntry: false })
    if (found?.isFile() !== true)
      problems.push(problemAt(source, ['feed', 'file'], `there is no ${found ? 'regular ' : ''}file ${prices}`))
  }
  if (feed.type === 'bus' && nats === null)
    problems.push(problemAt(source, ['feed', 'type'], 'bus needs the nats section: where prices come from'))
  if (feed.type === 'replay' && nats !== null)
    problems.push(problemAt(source, ['feed', 'type'], 'must be bus when there is a nats section'))
  return { settings: result.data, origins: settingsOf(source, result.data, variables) }
}

interface Checked {
  readonly source: SourceDocument
  readonly loaded: LoadedPortfolio
  readonly origins: readonly Setting[]
}

function readPortfolio(source: SourceDocument, files: ReferenceFiles, problems: Problem[]): Checked | undefined {
  const report: Report = (path, message) => problems.push(problemAt(source, path, message))
  const result = portfolioSchema(registries).safeParse(source.value, { error: explain })
  if (!result.success) {
    candidateOf(source.value, new Map(), report)
    problems.push(...toProblems(source, result.error.issues))
    return undefined
  }
  const sectors = sectorsFor(result.data, source.file)
  if (!sectors.ok) {
    report(['sectors'], sectors.refusal.message)
    return undefined
  }
  const settings = withSectors(result.data, sectors.value)
  const shadow = candidateOf(source.value, sectors.value, report)
  const policy = toPolicy(settings)
  crossCheck(policy, report)
  inputFiles(policy, files, report)
  const { enabled } = settings
  return {
    source,
    loaded: { file: source.file, enabled, policy, shadow, document: source.value, sectors: sectors.value },
    origins: settingsOf(source, resolvedPortfolio(settings)),
  }
}

function duplicates(portfolios: readonly Checked[]): Problem[] {
  const owner = new Map<string, string>()
  return portfolios.flatMap(({ source, loaded }) => {
    const first = owner.get(loaded.policy.id)
    owner.set(loaded.policy.id, first ?? source.file)
    return first === undefined ? [] : [problemAt(source, ['id'], `${loaded.policy.id} is already the id in ${first}`)]
  })
}

/** Nobody's word stands for two: who can approve a plan that takes two people is known by their keys. */
function tooFewPeople(portfolios: readonly Checked[], { control }: SystemSettings): Problem[] {
  if (Object.keys(control.operators).length >= 2) return []
  return portfolios.flatMap(({ source, loaded: { policy } }) =>
    policy.approval?.approvers === 2
      ? [problemAt(source, ['approval', 'approvers'], '2 needs two operators in control.operators of the system file')]
      : [],
  )
}

/** Gateways other than the paper venue in this process are only reached over NATS. */
function unreachable(portfolios: readonly Checked[]): Problem[] {
  return portfolios.flatMap(({ source, loaded: { policy } }) =>
    policy.gateway === 'paper'
      ? []
      : [
          problemAt(
            source,
            ['gateway'],
            `${policy.gateway} is reached over NATS; without a nats section only paper is`,
          ),
        ],
  )
}

/** Readings of the regime and levels on the bus come over NATS. */
function unheard(portfolios: readonly Checked[]): Problem[] {
  return portfolios.flatMap(({ source, loaded: { policy } }) => [
    ...(policy.regime?.from.source === 'bus'
      ? [problemAt(source, ['regime', 'source'], 'bus is heard over NATS: without a nats section only detector is')]
      : []),
    ...(policy.volatility?.from.source === 'bus'
      ? [problemAt(source, ['volatility', 'source'], 'bus is heard over NATS: without a nats section only file is')]
      : []),
  ])
}

/** Rules whose inputs the bars of the feed cannot give. */
function unmeasured(portfolios: readonly Checked[], { feed }: SystemSettings): Problem[] {
  const problems: Problem[] = []
  for (const { source, loaded } of portfolios)
    unmeasurable(loaded.policy, feed.bar_size, (path, message) => problems.push(problemAt(source, path, message)))
  return problems
}

/** Files of volatility indices that cannot be read. */
function unread(portfolios: readonly Checked[], file: string): Problem[] {
  const read = volatilityFiles(dirname(file))
  return portfolios.flatMap(({ source, loaded: { policy } }) => {
    if (policy.volatility?.from.source !== 'file') return []
    try {
      read(policy.volatility.from.file)
      return []
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return [problemAt(source, ['volatility', 'file'], error.message)]
    }
  })
}

function resolvePaths(file: string, system: SystemSettings): SystemSettings {
  const folder = dirname(file)
  return {
    ...system,
    kill_file: system.kill_file === null ? null : within(folder, system.kill_file),
    state: { ...system.state, path: within(folder, system.state.path) },
    feed: { ...system.feed, file: system.feed.file === null ? null : within(folder, system.feed.file) },
    nats: system.nats === null ? null : resolveNats(folder, system.nats),
  }
}

function collect<T>(outcome: Outcome<T, readonly Problem[]>, problems: Problem[]): T | undefined {
  if (outcome.ok) return outcome.value
  problems.push(...outcome.refusal)
  return undefined
}
