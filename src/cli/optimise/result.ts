import type { ReturnsMatrix } from '#adapters/feed/returns.js'
import { counted, limitMeaning, percent } from '#domain/explain/words.js'
import type { Certificate } from '#domain/optimise/certify.js'
import type { SolverSolution } from '#domain/optimise/mean-cvar.js'
import type { Output } from '../output.js'
import { facts, passages, table } from '../table.js'
import type { Comparison } from './compare.js'
import { type ExplainedLimit, explanationLines } from './explain.js'

/** Duals smaller than this say nothing: the solver's own accuracy. */
const PRICED = 1e-9
/** A weight shown in the table; below it the instrument is not held. */
const HELD = 1e-9

/** A certified answer as it is printed: figures recomputed from weights and duals, duals by name, limits and comparison where asked. */
export function resultOf(
  matrix: ReturnsMatrix,
  solution: SolverSolution,
  certificate: Extract<Certificate, { certified: true }>,
  limits?: readonly ExplainedLimit[],
  comparison?: Comparison,
) {
  const { names, rows, columns, labels } = matrix
  const { duals } = solution
  const bound = names.flatMap((name, column) => {
    const dual = duals.reducedCost[column]!
    return Math.abs(dual) > PRICED ? [{ limit: `${dual > 0 ? 'lower' : 'upper'}:${name}`, dual }] : []
  })
  const row = (limit: string, dual: number) => (Math.abs(dual) > PRICED ? [{ limit, dual }] : [])
  return {
    status: solution.status,
    objective: certificate.objective,
    lowerBound: certificate.lowerBound,
    gap: certificate.gap,
    // With a limit on names the certificate knows the bound without it; the solver's own gap is the smaller one.
    solverGap: solution.gap,
    cvar: certificate.cvar,
    var: certificate.var,
    expectedReturn: certificate.expectedReturn,
    cost: certificate.cost,
    cash: certificate.cash,
    violation: certificate.violation,
    weights: Object.fromEntries(names.map((name, column) => [name, solution.weights[column]!])),
    duals: [
      ...row(duals.budget > 0 ? 'cash:upper' : 'cash:lower', duals.budget),
      ...row('turnover:buys', duals.turnover.buys),
      ...row('turnover:sells', duals.turnover.sells),
      ...row('traded', duals.traded),
      ...row('leverage', duals.leverage),
      ...row('minimumReturn', duals.minimumReturn),
      ...row('maximumCvar', duals.maximumCvar),
      ...duals.groups.flatMap(({ name, dual }) => row(`group:${name}`, dual)),
      ...bound,
    ].sort((a, b) => Math.abs(b.dual) - Math.abs(a.dual) || (a.limit < b.limit ? -1 : 1)),
    ...(limits === undefined ? {} : { limits }),
    scenarios: { rows, columns, from: labels[0]!, to: labels[rows - 1]! },
    iterations: solution.iterations,
    elapsedMs: solution.elapsedMs,
    backend: solution.backend,
    ...(solution.fallback === undefined ? {} : { fallback: solution.fallback }),
    ...(comparison === undefined ? {} : { comparison }),
  }
}

/** What {@link resultOf} makes. */
export type OptimiseResult = ReturnType<typeof resultOf>

/** Gaps closer than this are one gap, computed twice. */
const SAME_GAP = 1e-7

function gapText({ gap, solverGap }: OptimiseResult): string {
  const certified = `gap ${gap.toExponential(1)} certified`
  if (gap - solverGap < SAME_GAP) return certified
  return `gap ${solverGap.toExponential(1)} by the solver's search over names, ${certified} without the limit on them`
}

function comparisonFacts({ version, status, objective, difference, allowed, seconds, ballast }: Comparison) {
  const apart = `difference ${difference.toExponential(1)} of ${allowed.toExponential(1)} allowed`
  return [
    ['HiGHS', `${status}, objective ${objective?.toPrecision(10)}, ${apart}`],
    ['seconds', `Ballast ${ballast.seconds.toPrecision(3)}, ${version} ${seconds.toPrecision(3)}`],
  ] as const
}

/** The answer for people: figures, the weights held, the limits that bind. */
export function resultText(output: Output, result: OptimiseResult): string {
  const held = Object.entries(result.weights)
    .filter(([, weight]) => Math.abs(weight) > HELD)
    .sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1))
  const { rows, columns, from, to } = result.scenarios
  const summary = facts(output, [
    [
      'status',
      `${result.status}, ${gapText(result)}, ${result.iterations} iterations in ${result.elapsedMs.toFixed(1)} ms`,
    ],
    ['scenarios', `${counted(rows, 'return')} of ${counted(columns, 'instrument')}, ${from} to ${to}`],
    ['CVaR', percent(result.cvar, 4)],
    ['VaR', percent(result.var, 4)],
    ['return', percent(result.expectedReturn, 4)],
    ['cost', percent(result.cost, 4)],
    ['objective', result.objective.toPrecision(10)],
    ...(result.comparison === undefined ? [] : comparisonFacts(result.comparison)),
  ])
  const weights = held.map(([name, weight]) => [name, percent(weight, 4)])
  const duals = result.duals.map(({ limit, dual }) => [limit, dual.toExponential(4), limitMeaning(limit)])
  return [
    summary,
    '',
    table(output, [['SYMBOL'], ['WEIGHT', 'r']], [...weights, ['CASH', percent(result.cash, 4)]], ''),
    '',
    table(output, [['LIMIT'], ['DUAL', 'r'], ['MEANING']], duals, 'No limit is binding.'),
    ...(result.limits === undefined
      ? []
      : ['', passages(output, [{ heading: 'why', lines: explanationLines(result.limits) }])]),
  ].join('\n')
}
