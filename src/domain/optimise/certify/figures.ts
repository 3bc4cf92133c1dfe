import type { MeanCvarProblem, SolverSolution } from '../mean-cvar.js'
import { lowerBoundOf } from './bound.js'
import { costAt, steepestSlopes } from './cost.js'
import { largest, lossesAt, probabilitiesOf, tailOf } from './losses.js'
import { violationAt } from './violation.js'

/** Figures of a solution recomputed from its weights and duals alone; units as in SolverSolution. */
export interface CertifiedFigures {
  readonly objective: number
  /** Lagrangian bound from the returned duals: no feasible weights score less. Cardinality does not enter it. */
  readonly lowerBound: number
  readonly gap: number
  readonly cvar: number
  readonly var: number
  readonly expectedReturn: number
  readonly cost: number
  readonly cash: number
  /** Largest violation of a bound or row, weight units. */
  readonly violation: number
}

/** All figures of weights and duals. Lengths must fit; a figure may be NaN or infinite. Cost O(T N + T log T). */
export function figuresOf(
  problem: MeanCvarProblem,
  { weights, duals }: Pick<SolverSolution, 'weights' | 'duals'>,
): CertifiedFigures {
  const probabilities = probabilitiesOf(problem)
  const losses = lossesAt(problem, weights)
  const { value: valueAtRisk, cvar } = tailOf(losses, probabilities, problem.confidence)
  const sums = sumsAt(problem, weights)
  const { funded, cost, expectedReturn } = sums
  const charged = problem.cost === undefined ? 0 : cost / problem.cost.holdingPeriods
  const objective = problem.riskAversion * cvar - expectedReturn + charged
  let meanLoss = 0
  for (let t = 0; t < losses.length; t++) meanLoss += probabilities[t]! * Math.abs(losses[t]!)
  const lowerBound = lowerBoundOf(problem, probabilities, duals)
  const scale = Math.max(Math.abs(objective), 1e-3 * problem.riskAversion * meanLoss, 1e-5 * slopeScale(problem))
  const distance = objective - lowerBound
  // An all-zero objective has scale 0 and distance 0; 0/0 would hide that it is optimal.
  const gap = distance <= 0 ? 0 : distance / scale
  const violation = violationAt(problem, weights, { ...sums, cvar })
  return {
    objective,
    lowerBound,
    gap,
    cvar,
    var: valueAtRisk,
    expectedReturn,
    cost,
    cash: 1 - funded - cost,
    violation,
  }
}

/**
 * The steepest the objective can be in one weight: riskAversion max|R|, max|mean| or the steepest cost slope, all steps
 * reached, per holding period.
 */
export function slopeScale(problem: MeanCvarProblem): number {
  const { buy, sell } = steepestSlopes(problem)
  const charged = Math.max(buy, sell) / (problem.cost?.holdingPeriods ?? 1)
  return Math.max(problem.riskAversion * largest(problem.scenarios.returns), largest(problem.mean), charged)
}

function sumsAt(problem: MeanCvarProblem, weights: Float64Array) {
  let [funded, cost, expectedReturn, buys, sells] = [0, 0, 0, 0, 0]
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    const bought = weight - (problem.held?.[i] ?? 0)
    funded += (problem.funding?.[i] ?? 1) * weight
    cost += costAt(problem, i, weight)
    expectedReturn += (problem.mean?.[i] ?? 0) * weight
    buys += Math.max(bought, 0)
    sells += Math.max(-bought, 0)
  }
  return { funded, cost, expectedReturn, buys, sells }
}
