import { timesVector } from '#numerics/matrix.js'
import { empiricalTail } from '#numerics/tail.js'
import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import type { RiskFigures } from '../run.js'
import { type ClosedTargets, closeBudget } from '../targets/close.js'
import type { ScenarioSet, TargetRequest } from '../targets/source.js'
import type { TargetSet, Weights } from '../targets/target-set.js'
import type { MeanCvarProblem, SolverSolution } from './mean-cvar.js'

/** A limit that binds at the answer; dual > 0 when a lower side or `maximumCvar` binds, < 0 when an upper side does. */
export interface ActiveLimit {
  readonly limit: string
  readonly dual: number
}

/** Distance at which a weight is its bound: the solver's own feasibility tolerance. */
const ON_BOUND = 1e-9
/** Distance at which a limit counts as reached, and the smallest dual that means something. */
const REACHED = 1e-7
const PRICED = 1e-9
/** Digits kept of a weight: below what the solver certifies, above the noise of its arithmetic. */
const WEIGHT_DECIMALS = 12

/**
 * Targets from a solver's weights: the only way from the optimiser back to the book.
 *
 * Units   fractions of equity. Weights within 1e-9 of a bound are that bound, others are rounded to 1e-12, |w| below
 *         `minWeight` goes to cash (`dropped`); cash is 1 − Σw, so what trading costs comes out of it.
 * `active` names the limits that bind, largest |dual| first: `upper:<id>`, `lower:<id>`, `cash:lower`, `cash:upper`,
 *         `turnover:buys`, `turnover:sells`, `traded`, `leverage`, `minimumReturn`, `maximumCvar`, `group:<name>`, and
 *         `cardinality`, which has no multiplier (dual 0), when as many names are held as it allows.
 * Errors  a solution of another size or overspent is a bug: InvariantBroken `optimiser-answer` or `target-budget`.
 */
export function targetsFromSolution(
  request: TargetRequest,
  problem: MeanCvarProblem,
  solution: SolverSolution,
): ClosedTargets & { readonly targets: TargetSet; readonly active: readonly ActiveLimit[] } {
  const { instruments } = request.scenarios
  hold(
    solution.weights.length === instruments.length,
    'optimiser-answer',
    () => `${solution.weights.length} weights for ${instruments.length} instruments`,
  )
  const wanted = new Map<InstrumentId, number>()
  instruments.forEach((instrument, column) => {
    wanted.set(instrument, cleaned(solution.weights[column]!, problem.lower[column]!, problem.upper[column]!))
  })
  const closed = closeBudget(wanted, request.policy.targets.minWeight, 1e-6)
  return { ...closed, active: activeLimits(instruments, problem, solution) }
}

/**
 * VaR and CVaR of weights over the scenarios, per bar, fractions of equity, positive is a loss. Weights outside the
 * scenario columns have no history and are left out; null without scenarios.
 */
export function riskOf(weights: Weights, scenarios: ScenarioSet, confidence: number): RiskFigures | null {
  const { instruments, rows, returns } = scenarios
  if (rows === 0 || instruments.length === 0) return null
  const losing = Float64Array.from(instruments, (instrument) => -(weights[instrument] ?? 0))
  const tail = empiricalTail(timesVector({ rows, columns: instruments.length, values: returns }, losing), confidence)
  return { cvar: tail.cvar, var: tail.var }
}

function cleaned(weight: number, lower: number, upper: number): number {
  if (Math.abs(weight) <= ON_BOUND) return 0
  if (Math.abs(weight - lower) <= ON_BOUND) return lower
  if (Math.abs(weight - upper) <= ON_BOUND) return upper
  return Number(weight.toFixed(WEIGHT_DECIMALS))
}

/** The limits that bind at a solution, as {@link targetsFromSolution} names and orders them. */
export function activeLimits(
  instruments: readonly InstrumentId[],
  problem: MeanCvarProblem,
  solution: SolverSolution,
): readonly ActiveLimit[] {
  const { weights, duals } = solution
  const limits: ActiveLimit[] = []
  const binds = (limit: string, dual: number, slack: number): void => {
    if (Math.abs(dual) > PRICED && slack <= REACHED) limits.push({ limit, dual })
  }
  instruments.forEach((instrument, column) => {
    const dual = duals.reducedCost[column]!
    if (dual > 0) binds(`lower:${instrument}`, dual, weights[column]! - problem.lower[column]!)
    else binds(`upper:${instrument}`, dual, problem.upper[column]! - weights[column]!)
  })
  // The budget row holds what is not cash: its upper side is the least cash, its lower side the most.
  if (duals.budget > 0) binds('cash:upper', duals.budget, problem.cash.upper - solution.cash)
  else binds('cash:lower', duals.budget, solution.cash - problem.cash.lower)
  const { buys, sells } = traded(weights, problem)
  const exposure = weights.reduce((sum, weight) => sum + Math.abs(weight), 0)
  const { turnover = Infinity, minimumReturn = -Infinity, maximumCvar = Infinity } = problem
  binds('turnover:buys', duals.turnover.buys, turnover - buys)
  binds('turnover:sells', duals.turnover.sells, turnover - sells)
  binds('traded', duals.traded, (problem.traded ?? Infinity) - buys - sells)
  binds('leverage', duals.leverage, (problem.leverage ?? Infinity) - exposure)
  binds('minimumReturn', duals.minimumReturn, solution.expectedReturn - minimumReturn)
  binds('maximumCvar', duals.maximumCvar, maximumCvar - solution.cvar)
  if (allNamesUsed(weights, problem)) limits.push({ limit: 'cardinality', dual: 0 })
  for (const { name, dual } of duals.groups) {
    const row = problem.groups?.find((group) => group.name === name)
    const value = row?.coefficients.reduce((sum, coefficient, column) => sum + coefficient * weights[column]!, 0) ?? 0
    const slack = dual > 0 ? value - (row?.lower ?? -Infinity) : (row?.upper ?? Infinity) - value
    binds(`group:${name}`, dual, slack)
  }
  return limits.sort((a, b) => Math.abs(b.dual) - Math.abs(a.dual) || (a.limit < b.limit ? -1 : 1))
}

function allNamesUsed(weights: Float64Array, { cardinality }: MeanCvarProblem): boolean {
  if (cardinality === undefined || cardinality.most >= weights.length) return false
  return weights.reduce((names, weight) => names + (Math.abs(weight) > ON_BOUND ? 1 : 0), 0) >= cardinality.most
}

function traded(weights: Float64Array, problem: MeanCvarProblem): { buys: number; sells: number } {
  let buys = 0
  let sells = 0
  weights.forEach((weight, column) => {
    const change = weight - (problem.held?.[column] ?? 0)
    buys += Math.max(0, change)
    sells += Math.max(0, -change)
  })
  return { buys, sells }
}
