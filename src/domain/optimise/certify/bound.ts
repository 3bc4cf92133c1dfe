import type { MeanCvarProblem, SolverDuals } from '../mean-cvar.js'
import { costAt, maxCost } from './cost.js'
import { narrowedBox } from './narrow.js'

/** Multipliers that prove something: those on the wrong side of 0, or of a limit that is not there, count as 0. */
interface Usable {
  /** Of the budget's upper side, <= 0, and of its lower side, >= 0. */
  readonly spend: number
  readonly invest: number
  readonly buys: number
  readonly sells: number
  readonly traded: number
  readonly leverage: number
  readonly minimumReturn: number
  readonly maximumCvar: number
  readonly groups: readonly number[]
}

/**
 * Lagrangian bound: no weights that meet the convex limits score less than this. Cardinality does not enter.
 *
 * With q in 0 <= q <= lambda p / (1 - alpha), sum q = lambda = riskAversion + multiplier of maximumCvar, q'L <= lambda CVaR
 * for any weights; every other limit enters as y (limit - row(w)), <= 0 where the limit holds. What is left is a sum of
 * one convex piecewise linear function for each weight, and the minimum of each over the box is at an end or a bend.
 * Valid for any duals: q is first moved into its set and useless multipliers count as 0. Cost O(T N).
 */
export function lowerBoundOf(problem: MeanCvarProblem, probabilities: Float64Array, duals: SolverDuals): number {
  const usable = usableOf(problem, duals)
  const density = densityIn(problem, probabilities, duals.scenario, problem.riskAversion + usable.maximumCvar)
  const slope = slopesOf(problem, density, usable)
  const { lower, upper } = narrowedBox(problem)
  let bound = limitTerms(problem, usable)
  for (let i = 0; i < slope.length; i++) bound += leastOf(problem, usable, i, slope[i]!, lower[i]!, upper[i]!)
  return bound
}

function usableOf(problem: MeanCvarProblem, duals: SolverDuals): Usable {
  const upperSide = (limit: number | undefined, dual: number) => (limit === undefined ? 0 : Math.min(dual, 0))
  const lowerSide = (limit: number | undefined, dual: number) => (limit === undefined ? 0 : Math.max(dual, 0))
  return {
    spend: Math.min(duals.budget, 0),
    invest: Math.max(duals.budget, 0),
    buys: upperSide(problem.turnover, duals.turnover.buys),
    sells: upperSide(problem.turnover, duals.turnover.sells),
    traded: upperSide(problem.traded, duals.traded),
    leverage: upperSide(problem.leverage, duals.leverage),
    minimumReturn: lowerSide(problem.minimumReturn, duals.minimumReturn),
    maximumCvar: lowerSide(problem.maximumCvar, duals.maximumCvar),
    groups: (problem.groups ?? []).map(({ lower, upper }, g) => {
      const dual = duals.groups[g]?.dual ?? 0
      return (dual > 0 ? lower : upper) === undefined ? 0 : dual
    }),
  }
}

/** q clipped into 0 <= q <= lambda p / (1 - alpha), then moved to sum lambda in proportion to what each can give or take. */
function densityIn(
  { confidence }: MeanCvarProblem,
  probabilities: Float64Array,
  dual: Float64Array,
  lambda: number,
): Float64Array {
  const cap = probabilities.map((p) => (lambda * p) / (1 - confidence))
  const density = dual.map((q, t) => Math.min(Math.max(q, 0), cap[t]!))
  const sum = density.reduce((total, q) => total + q, 0)
  if (sum >= lambda) return sum === 0 ? density : density.map((q) => (q * lambda) / sum)
  let room = 0
  for (let t = 0; t < cap.length; t++) room += cap[t]! - density[t]!
  const share = room > 0 ? Math.min((lambda - sum) / room, 1) : 0
  return density.map((q, t) => q + share * (cap[t]! - q))
}

/** The terms of the Lagrangian that no weight enters: each multiplier times its limit. */
function limitTerms(problem: MeanCvarProblem, usable: Usable): number {
  const { cash, turnover = 0, traded = 0, leverage = 0, minimumReturn = 0, maximumCvar = 0, groups = [] } = problem
  let sum =
    usable.spend * (1 - cash.lower) +
    usable.invest * (1 - cash.upper - maxCost(problem)) +
    (usable.buys + usable.sells) * turnover +
    usable.traded * traded +
    usable.leverage * leverage +
    usable.minimumReturn * minimumReturn -
    usable.maximumCvar * maximumCvar
  groups.forEach(({ lower = 0, upper = 0 }, g) => {
    const dual = usable.groups[g]!
    sum += dual * (dual > 0 ? lower : upper)
  })
  return sum
}

/** Slope of the Lagrangian's linear part in each weight. */
function slopesOf(problem: MeanCvarProblem, density: Float64Array, usable: Usable): Float64Array {
  const { scenarios, mean, funding, groups = [], lower } = problem
  const budget = usable.spend + usable.invest
  const slope = new Float64Array(lower.length)
  for (let t = 0; t < scenarios.rows; t++) {
    const q = density[t]!
    if (q === 0) continue
    for (let i = 0; i < slope.length; i++) slope[i]! -= q * scenarios.returns[t * scenarios.columns + i]!
  }
  groups.forEach(({ coefficients }, g) => {
    const dual = usable.groups[g]!
    for (let i = 0; dual !== 0 && i < slope.length; i++) slope[i]! -= dual * coefficients[i]!
  })
  for (let i = 0; i < slope.length; i++)
    slope[i]! -= (1 + usable.minimumReturn) * (mean?.[i] ?? 0) + budget * (funding?.[i] ?? 1)
  return slope
}

/** Least value over [lower, upper] of what one weight adds to the Lagrangian. */
function leastOf(
  problem: MeanCvarProblem,
  usable: Usable,
  i: number,
  slope: number,
  lower: number,
  upper: number,
): number {
  const held = problem.held?.[i] ?? 0
  // The upper side of the budget pays the cost in full, the objective its share.
  const charge = problem.cost === undefined ? 0 : 1 / problem.cost.holdingPeriods - usable.spend
  const at = (weight: number) =>
    slope * weight +
    charge * costAt(problem, i, weight) -
    (usable.buys + usable.traded) * Math.max(weight - held, 0) -
    (usable.sells + usable.traded) * Math.max(held - weight, 0) -
    usable.leverage * Math.abs(weight)
  let least = Math.min(at(lower), at(upper))
  for (const bend of bendsOf(problem, i, held)) least = Math.min(least, at(Math.min(Math.max(bend, lower), upper)))
  return least
}

/** Weights at which the Lagrangian of one instrument may change its slope. */
function bendsOf({ cost, leverage }: MeanCvarProblem, i: number, held: number): number[] {
  const bends = [held]
  if (leverage !== undefined) bends.push(0)
  for (const { beyond } of cost?.steps ?? []) bends.push(held + beyond[i]!, held - beyond[i]!)
  return bends
}
