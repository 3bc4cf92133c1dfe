import type { ReturnsMatrix } from '#adapters/feed/returns.js'
import { parseSource, readDocument, type SourceDocument } from '#daemon/config/document.js'
import { explain, problemAt, toProblems } from '#daemon/config/explain.js'
import { configError, type Problem } from '#daemon/config/problem.js'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { columnMeans } from '#numerics/moments.js'
import { badConfig } from '../failure.js'
import { type ProblemSettings, problemSchema } from './schema.js'

/** Basis points in 1. */
const BPS = 1e-4

/** A problem file that passed its checks, and where its fields stand. */
export interface ProblemFile {
  readonly source: SourceDocument
  readonly settings: ProblemSettings
}

/** Reads a problem file; without one every default. @throws CliError 64 with file, line and field of each problem. */
export function readProblem(file: string | undefined): ProblemFile {
  const read = file === undefined ? parseSource('(defaults)', '{}') : readDocument(file)
  if (!read.ok) throw badConfig(configError(read.refusal))
  const source = read.value
  const parsed = problemSchema.safeParse(source.value ?? {}, { error: explain })
  if (!parsed.success) throw badConfig(configError(toProblems(source, parsed.error.issues)))
  return { source, settings: parsed.data }
}

/**
 * The optimiser's problem over scenario returns, one column per name. Symbols absent from a map of weights or returns
 * count as 0. @throws CliError 64 for a symbol that is no column, naming its field.
 */
export function problemOf({ source, settings }: ProblemFile, matrix: ReturnsMatrix): MeanCvarProblem {
  const { names, rows, columns, returns } = matrix
  refuseUnknown(source, settings, new Set(names))
  const { bounds, cash, held, groups } = settings
  const each = (value: (name: string) => number): Float64Array => Float64Array.from(names, value)
  const limits = (name: string): readonly [number, number] => bounds.per_symbol[name] ?? [bounds.min, bounds.max]
  return {
    scenarios: { rows, columns, returns },
    confidence: settings.confidence,
    riskAversion: settings.risk_aversion,
    ...meanOf(settings, matrix),
    lower: each((name) => limits(name)[0]),
    upper: each((name) => limits(name)[1]),
    held: each((name) => held[name] ?? 0),
    cash: { lower: cash[0], upper: cash[1] },
    ...costOf(settings, columns),
    groups: groups.map(({ name, members, min, max }) => ({
      name,
      coefficients: each((symbol) => coefficientsOf(members)[symbol] ?? 0),
      ...(min === null ? {} : { lower: min }),
      ...(max === null ? {} : { upper: max }),
    })),
    ...limitsOf(settings),
    ...cardinalityOf(settings, matrix),
  }
}

/** Costs, the same for every symbol; left out when nothing costs, so that the budget is one exact row. */
function costOf({ costs }: ProblemSettings, columns: number): Pick<MeanCvarProblem, 'cost'> {
  if (costs === null || [costs, ...costs.steps].every(({ buy_bps, sell_bps }) => buy_bps + sell_bps === 0)) return {}
  const all = (value: number): Float64Array => new Float64Array(columns).fill(value)
  const steps = costs.steps.map(({ beyond, buy_bps, sell_bps }) => ({
    beyond: all(beyond),
    buy: all(buy_bps * BPS),
    sell: all(sell_bps * BPS),
  }))
  const [buy, sell] = [all(costs.buy_bps * BPS), all(costs.sell_bps * BPS)]
  return { cost: { buy, sell, holdingPeriods: costs.holding_periods, steps } }
}

function limitsOf({ turnover, traded, leverage, minimum_return, maximum_cvar }: ProblemSettings) {
  return {
    ...(turnover === null ? {} : { turnover }),
    ...(traded === null ? {} : { traded }),
    ...(leverage === null ? {} : { leverage }),
    ...(minimum_return === null ? {} : { minimumReturn: minimum_return }),
    ...(maximum_cvar === null ? {} : { maximumCvar: maximum_cvar }),
  }
}

/** A symbol shut out by its bounds needs no smallest weight, and more names than there are is no limit. */
function cardinalityOf({ cardinality, bounds }: ProblemSettings, { names, columns }: ReturnsMatrix) {
  if (cardinality === null) return {}
  const { most, smallest } = cardinality
  const shut = (name: string): boolean => (bounds.per_symbol[name]?.[1] ?? bounds.max) === 0
  return {
    cardinality: {
      most: Math.min(most, columns),
      smallest: Float64Array.from(names, (name) => (shut(name) ? 0 : smallest)),
    },
  }
}

function meanOf({ mean }: ProblemSettings, { names, rows, columns, returns }: ReturnsMatrix) {
  if (mean === 'none') return {}
  if (mean === 'scenario') return { mean: columnMeans({ rows, columns, values: returns }) }
  return { mean: Float64Array.from(names, (name) => mean[name] ?? 0) }
}

const coefficientsOf = (members: ProblemSettings['groups'][number]['members']): Readonly<Record<string, number>> =>
  Array.isArray(members) ? Object.fromEntries(members.map((name) => [name, 1])) : members

/** A misspelt symbol would silently limit nothing. */
function refuseUnknown(source: SourceDocument, settings: ProblemSettings, known: ReadonlySet<string>): void {
  const problems: Problem[] = []
  const check = (names: readonly string[], path: (name: string, index: number) => readonly PropertyKey[]): void => {
    for (const [index, name] of names.entries())
      if (!known.has(name)) problems.push(problemAt(source, path(name, index), `${name} is no column of the input`))
  }
  check(Object.keys(settings.bounds.per_symbol), (name) => ['bounds', 'per_symbol', name])
  check(Object.keys(settings.held), (name) => ['held', name])
  if (typeof settings.mean === 'object') check(Object.keys(settings.mean), (name) => ['mean', name])
  settings.groups.forEach(({ members }, at) => {
    const listed = Array.isArray(members)
    check(listed ? members : Object.keys(members), (name, index) => ['groups', at, 'members', listed ? index : name])
  })
  if (problems.length > 0) throw badConfig(configError(problems))
}
