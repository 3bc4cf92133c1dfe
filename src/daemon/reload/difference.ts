import { loosened } from '#domain/loosened.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { encode } from '#units/canonical.js'
import type { PortfolioId } from '#units/ids.js'
import type { LoadedConfig, LoadedPortfolio } from '../config/load.js'
import type { Problem } from '../config/problem.js'
import type { Setting } from '../config/setting.js'

/** What a configuration changes in a running one. */
export interface Difference {
  /** Settings that differ, portfolios' ones under their id. */
  readonly changed: readonly string[]
  readonly loosened: readonly string[]
  /** Policies that differ, of portfolios that run. */
  readonly policies: readonly PortfolioPolicy[]
  /** Running portfolios whose candidate differs. */
  readonly candidates: readonly PortfolioId[]
  /** Why it cannot be adopted; nothing of it is then. */
  readonly problems: readonly Problem[]
}

/** What a daemon has fixed when it started: whom it hears, how far back it remembers. */
export interface Fixed {
  readonly instruments: ReadonlySet<string>
  readonly scenarios: number
}

/** What the policies of a starting daemon, candidates among them, fix for its life. */
export function fixedBy(policies: readonly PortfolioPolicy[]): Fixed {
  return {
    instruments: new Set(policies.flatMap(({ universe }) => universe.map(({ id }) => id))),
    scenarios: Math.max(0, ...policies.map(({ optimiser }) => optimiser.scenarios.maximum)),
  }
}

const RESTART = 'takes a restart'

/**
 * What differs between the running configuration and another, and what of it cannot be had without a restart: the
 * system file, portfolios that come or go, where a portfolio trades, instruments nobody listens to yet.
 * `refusal` says what a portfolio itself has against its policy.
 */
export function difference(
  running: LoadedConfig,
  next: LoadedConfig,
  fixed: Fixed,
  refusal: (policy: PortfolioPolicy) => string | null,
): Difference {
  const before = new Map(running.portfolios.map((row) => [row.policy.id, row]))
  const after = new Map(next.portfolios.map((row) => [row.policy.id, row]))
  const gone = running.portfolios.filter((row) => row.enabled && after.get(row.policy.id)?.enabled !== true)
  const problems = [
    ...systemProblems(running, next),
    ...gone.map((row) => problemOf(next, row, 'enabled', `${row.policy.id} is run and would not be: that ${RESTART}`)),
  ]
  const policies: PortfolioPolicy[] = []
  const limits: string[] = []
  for (const row of next.portfolios.filter(({ enabled }) => enabled)) {
    const { policy, shadow } = row
    if (shadow !== null && forgets(shadow, fixed))
      problems.push(problemOf(next, row, 'shadow.optimiser.scenarios.maximum', tooLong(fixed)))
    const known = before.get(policy.id)
    if (known?.enabled !== true)
      problems.push(problemOf(next, row, 'id', `${policy.id} is not run yet: a new portfolio ${RESTART}`))
    else if (encode(known.policy) !== encode(policy)) {
      policies.push(policy)
      limits.push(...loosened(known.policy, policy).map((limit) => `${policy.id}: ${limit}`))
      problems.push(...policyProblems(next, row, known.policy, fixed, refusal))
    }
  }
  const candidates = next.portfolios.flatMap(({ policy: { id }, shadow }) => {
    const known = before.get(id)
    return known?.enabled !== true || encode(known.shadow) === encode(shadow) ? [] : [id]
  })
  return { changed: changedSettings(running, next), loosened: limits, policies, candidates, problems }
}

function policyProblems(
  config: LoadedConfig,
  row: LoadedPortfolio,
  before: PortfolioPolicy,
  fixed: Fixed,
  refusal: (policy: PortfolioPolicy) => string | null,
): readonly Problem[] {
  const { policy } = row
  const problems: Problem[] = []
  const report = (path: string, message: string): void => void problems.push(problemOf(config, row, path, message))
  for (const field of ['gateway', 'mode', 'currency'] as const)
    if (policy[field] !== before[field]) report(field, `${before[field]} -> ${policy[field]} ${RESTART}`)
  const unheard = policy.universe.filter(({ id }) => !fixed.instruments.has(id)).map(({ id }) => id)
  if (unheard.length > 0) report('universe', `prices of ${unheard.join(', ')} are not listened to: that ${RESTART}`)
  if (forgets(policy, fixed)) report('optimiser.scenarios.maximum', tooLong(fixed))
  const reason = refusal(policy)
  if (reason !== null) report('universe', reason)
  return problems
}

/** Whether a policy looks further back than prices are remembered. */
const forgets = ({ optimiser }: PortfolioPolicy, { scenarios }: Fixed): boolean =>
  optimiser.scenarios.maximum > scenarios

const tooLong = ({ scenarios }: Fixed): string => `more than the ${scenarios} sessions remembered: that ${RESTART}`

function systemProblems(running: LoadedConfig, next: LoadedConfig): readonly Problem[] {
  const before = valuesOf(running, running.file)
  return next.settings
    .filter(({ file, path, value }) => file === next.file && before.get(path) !== JSON.stringify(value))
    .map(({ path, origin }) => ({ ...placeOf(next.file, origin), path, message: `changed: that ${RESTART}` }))
}

function changedSettings(running: LoadedConfig, next: LoadedConfig): readonly string[] {
  return next.portfolios.flatMap(({ file, policy: { id } }) => {
    const known = running.portfolios.find(({ policy }) => policy.id === id)
    const before = known === undefined ? new Map<string, string>() : valuesOf(running, known.file)
    const after = valuesOf(next, file)
    const paths = new Set([...before.keys(), ...after.keys()])
    return [...paths].filter((path) => before.get(path) !== after.get(path)).map((path) => `${id}.${path}`)
  })
}

const valuesOf = ({ settings }: LoadedConfig, file: string): ReadonlyMap<string, string> =>
  new Map(settings.filter((row) => row.file === file).map(({ path, value }) => [path, JSON.stringify(value)]))

/** A problem at the field of a portfolio's file, or at the closest setting written under it. */
function problemOf({ settings }: LoadedConfig, { file }: LoadedPortfolio, path: string, message: string): Problem {
  const written = ({ origin }: Setting): boolean => origin.startsWith(`${file}:`)
  const rows = settings.filter((row) => row.file === file && written(row))
  const found = rows.find((row) => row.path === path) ?? rows.find((row) => row.path.startsWith(`${path}.`))
  return { ...placeOf(file, found?.origin ?? ''), path, message }
}

/** Where a value came from, as `file:line:column`; a variable's name or `default` has no line. */
function placeOf(file: string, origin: string): Pick<Problem, 'file' | 'line' | 'column'> {
  const [, line, column] = /:(\d+):(\d+)$/.exec(origin) ?? []
  if (line !== undefined) return { file, line: Number(line), column: Number(column) }
  return { file: origin === '' || origin === 'default' ? file : origin, line: null, column: null }
}
