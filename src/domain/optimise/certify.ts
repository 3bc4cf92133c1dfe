import type { MeanCvarProblem, SolverSolution } from './mean-cvar.js'

/** Figures of a solution recomputed from its weights and duals alone; units as in SolverSolution. */
export interface CertifiedFigures {
  readonly objective: number
  /** Lagrangian bound from the returned duals: no feasible weights score less. */
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

/** The verdict on a solution: its figures when they hold, else the first reason why not. */
export type Certificate =
  | ({ readonly certified: true } & CertifiedFigures)
  | { readonly certified: false; readonly reason: string; readonly figures?: CertifiedFigures }

/** What certify() accepts. */
export interface CertifyLimits {
  /** Largest relative gap; default 1e-6. */
  readonly gap?: number
  /** Largest violation, weight units; default 1e-8. */
  readonly violation?: number
  /** Largest relative difference between a claimed and a recomputed figure; default 1e-9. */
  readonly agreement?: number
}

/**
 * Recomputes a solution from its weights and duals and accepts it only when it is feasible, its bound closes the gap,
 * and its own figures are the recomputed ones. Shares no code with the solver.
 *
 * CVaR   VaR = min{z : P(L <= z) >= alpha}; CVaR = (sum over L > VaR of p L + (1 - alpha - P(L > VaR)) VaR) / (1 - alpha):
 *        the atom at VaR counts in part (Rockafellar & Uryasev, J. Banking & Finance 26, 2002, Proposition 8).
 * Bound  for any q in 0 <= q <= lambda p / (1 - alpha), sum q = lambda, and any row multipliers y, the minimum over
 *        the box of the Lagrangian bounds the optimum from below; q is first clipped and moved into that set.
 * Edges  any figure that is not finite, or a wrong array length, is not certified. A gap below 0 counts as 0.
 * Errors none. Cost O(T N + T log T).
 * Source design optimiser.md sections 3 and 6.
 */
export function certify(
  problem: MeanCvarProblem,
  solution: Pick<SolverSolution, 'weights' | 'duals'> & Partial<SolverSolution>,
  limits: CertifyLimits = {},
): Certificate {
  const { gap: gapLimit = 1e-6, violation: violationLimit = 1e-8, agreement = 1e-9 } = limits
  const { rows, columns } = problem.scenarios
  if (solution.weights.length !== columns)
    return refuse(`weights has ${solution.weights.length} elements, not ${columns}`)
  if (solution.duals.scenario.length !== rows) {
    return refuse(`duals.scenario has ${solution.duals.scenario.length} elements, not ${rows}`)
  }
  const figures = recompute(problem, solution)
  for (const [name, value] of Object.entries(figures)) {
    if (!Number.isFinite(value)) return refuse(`${name} recomputes to ${value}`)
  }
  if (figures.violation > violationLimit) {
    return refuse(`the weights violate a limit by ${figures.violation}, above ${violationLimit}`, figures)
  }
  if (figures.gap > gapLimit) return refuse(`the gap recomputes to ${figures.gap}, above ${gapLimit}`, figures)
  const scale = slopeScale(problem)
  for (const name of ['objective', 'cvar', 'expectedReturn', 'cost', 'cash'] as const) {
    const claimed = solution[name]
    if (claimed === undefined) continue
    const allowed = agreement * Math.max(Math.abs(figures[name]), name === 'cash' ? 1 : scale)
    if (!(Math.abs(claimed - figures[name]) <= allowed)) {
      return refuse(`${name} is claimed as ${claimed} but recomputes to ${figures[name]}`, figures)
    }
  }
  return { certified: true, ...figures }
}

function refuse(reason: string, figures?: CertifiedFigures): Certificate {
  return figures === undefined ? { certified: false, reason } : { certified: false, reason, figures }
}

function recompute(problem: MeanCvarProblem, solution: Pick<SolverSolution, 'weights' | 'duals'>): CertifiedFigures {
  const { weights, duals } = solution
  const probabilities = normalised(problem)
  const losses = lossesAt(problem, weights)
  const { value: valueAtRisk, cvar } = tailOf(losses, probabilities, problem.confidence)
  const { funded, cost, expectedReturn, buys, sells } = totals(problem, weights)
  const charged = problem.cost === undefined ? 0 : cost / problem.cost.holdingPeriods
  const objective = problem.riskAversion * cvar - expectedReturn + charged
  let meanLoss = 0
  for (let t = 0; t < losses.length; t++) meanLoss += probabilities[t]! * Math.abs(losses[t]!)
  const density = densityIn(problem, probabilities, duals.scenario)
  const lowerBound = boxBound(problem, density, duals)
  const scale = Math.max(Math.abs(objective), 1e-3 * problem.riskAversion * meanLoss, 1e-5 * slopeScale(problem))
  const distance = objective - lowerBound
  // An all-zero objective has scale 0 and distance 0; 0/0 would hide that it is optimal.
  const gap = distance <= 0 ? 0 : distance / scale
  const violation = violationAt(problem, weights, { funded, cost, buys, sells })
  const cash = 1 - funded - cost
  return { objective, lowerBound, gap, cvar, var: valueAtRisk, expectedReturn, cost, cash, violation }
}

function normalised(problem: MeanCvarProblem): Float64Array {
  const { rows, probabilities } = problem.scenarios
  if (probabilities === undefined) return new Float64Array(rows).fill(1 / rows)
  const sum = probabilities.reduce((total, p) => total + p, 0)
  return probabilities.map((p) => p / sum)
}

function lossesAt(problem: MeanCvarProblem, weights: Float64Array): Float64Array {
  const { rows, columns, returns } = problem.scenarios
  const losses = new Float64Array(rows)
  for (let t = 0; t < rows; t++) {
    let value = 0
    for (let i = 0; i < columns; i++) value += returns[t * columns + i]! * weights[i]!
    losses[t] = -value
  }
  return losses
}

function tailOf(
  losses: Float64Array,
  probabilities: Float64Array,
  confidence: number,
): { value: number; cvar: number } {
  const mass = 1 - confidence
  const order = Array.from(losses.keys()).sort((a, b) => losses[b]! - losses[a]!)
  let above = 0
  let sum = 0
  let value = Number.NaN
  for (const t of order) {
    const probability = probabilities[t]!
    if (probability === 0) continue
    value = losses[t]!
    if (above + probability >= mass) break
    above += probability
    sum += probability * value
  }
  return { value, cvar: (sum + (mass - above) * value) / mass }
}

interface Totals {
  readonly funded: number
  readonly cost: number
  readonly buys: number
  readonly sells: number
}

function totals(problem: MeanCvarProblem, weights: Float64Array): Totals & { readonly expectedReturn: number } {
  let [funded, cost, expectedReturn, buys, sells] = [0, 0, 0, 0, 0]
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    const bought = Math.max(weight - (problem.held?.[i] ?? 0), 0)
    const sold = Math.max((problem.held?.[i] ?? 0) - weight, 0)
    funded += (problem.funding?.[i] ?? 1) * weight
    cost += (problem.cost?.buy[i] ?? 0) * bought + (problem.cost?.sell[i] ?? 0) * sold
    expectedReturn += (problem.mean?.[i] ?? 0) * weight
    buys += bought
    sells += sold
  }
  return { funded, cost, expectedReturn, buys, sells }
}

/** Upper bound of the cost over the box and the turnover limit: what the lower budget row is widened by. */
function maxCost(problem: MeanCvarProblem): number {
  const { cost, lower, upper, held, turnover = Number.POSITIVE_INFINITY } = problem
  if (cost === undefined) return 0
  let [buys, sells, steepestBuy, steepestSell] = [0, 0, 0, 0]
  for (let i = 0; i < lower.length; i++) {
    const origin = held?.[i] ?? 0
    buys += cost.buy[i]! * Math.max(upper[i]! - origin, 0)
    sells += cost.sell[i]! * Math.max(origin - lower[i]!, 0)
    steepestBuy = Math.max(steepestBuy, cost.buy[i]!)
    steepestSell = Math.max(steepestSell, cost.sell[i]!)
  }
  const limited = (sum: number, steepest: number) => (steepest === 0 ? 0 : Math.min(sum, turnover * steepest))
  return limited(buys, steepestBuy) + limited(sells, steepestSell)
}

function violationAt(problem: MeanCvarProblem, weights: Float64Array, sums: Totals): number {
  const { lower, upper, cash, turnover = Number.POSITIVE_INFINITY, groups = [] } = problem
  let worst = Math.max(
    0,
    sums.funded + sums.cost - (1 - cash.lower),
    1 - cash.upper - maxCost(problem) - sums.funded,
    sums.buys - turnover,
    sums.sells - turnover,
  )
  for (let i = 0; i < weights.length; i++) worst = Math.max(worst, lower[i]! - weights[i]!, weights[i]! - upper[i]!)
  for (const group of groups) {
    let value = 0
    for (let i = 0; i < weights.length; i++) value += group.coefficients[i]! * weights[i]!
    worst = Math.max(worst, (group.lower ?? -Infinity) - value, value - (group.upper ?? Infinity))
  }
  return worst
}

/** q clipped into 0 <= q <= lambda p / (1 - alpha), then moved to sum lambda in proportion to what each can give or take. */
function densityIn(problem: MeanCvarProblem, probabilities: Float64Array, dual: Float64Array): Float64Array {
  const lambda = problem.riskAversion
  const cap = probabilities.map((p) => (lambda * p) / (1 - problem.confidence))
  const density = dual.map((q, t) => Math.min(Math.max(q, 0), cap[t]!))
  const sum = density.reduce((total, q) => total + q, 0)
  if (sum >= lambda) return sum === 0 ? density : density.map((q) => (q * lambda) / sum)
  let room = 0
  for (let t = 0; t < cap.length; t++) room += cap[t]! - density[t]!
  const share = room > 0 ? Math.min((lambda - sum) / room, 1) : 0
  return density.map((q, t) => q + share * (cap[t]! - q))
}

/** min over lower <= w <= upper of the Lagrangian at density q and the row multipliers. */
function boxBound(problem: MeanCvarProblem, density: Float64Array, duals: SolverSolution['duals']): number {
  const { scenarios, cash, cost, turnover, groups = [] } = problem
  const { lower, upper } = narrowedBox(problem)
  const slope = new Float64Array(lower.length)
  for (let t = 0; t < scenarios.rows; t++) {
    const q = density[t]!
    if (q === 0) continue
    for (let i = 0; i < slope.length; i++) slope[i]! -= q * scenarios.returns[t * scenarios.columns + i]!
  }
  // A multiplier of a side that does not exist bounds nothing: it counts as zero.
  const buys = turnover === undefined ? 0 : Math.min(duals.turnover.buys, 0)
  const sells = turnover === undefined ? 0 : Math.min(duals.turnover.sells, 0)
  const spend = Math.min(duals.budget, 0)
  const invest = Math.max(duals.budget, 0)
  let bound = spend * (1 - cash.lower) + invest * (1 - cash.upper - maxCost(problem)) + (buys + sells) * (turnover ?? 0)
  groups.forEach((group, g) => {
    const dual = duals.groups[g]?.dual ?? 0
    const limit = dual > 0 ? group.lower : group.upper
    if (dual === 0 || limit === undefined) return
    bound += dual * limit
    for (let i = 0; i < slope.length; i++) slope[i]! -= dual * group.coefficients[i]!
  })
  for (let i = 0; i < slope.length; i++) {
    const linear = slope[i]! - (problem.mean?.[i] ?? 0) - duals.budget * (problem.funding?.[i] ?? 1)
    const perUnit = cost === undefined ? 0 : 1 / cost.holdingPeriods - spend
    const buy = (cost?.buy[i] ?? 0) * perUnit - buys
    const sell = (cost?.sell[i] ?? 0) * perUnit - sells
    const held = problem.held?.[i] ?? 0
    const at = (weight: number) =>
      linear * weight + buy * Math.max(weight - held, 0) + sell * Math.max(held - weight, 0)
    // Convex in w with one bend at the held weight: the minimum is at an end or at the bend.
    bound += Math.min(at(lower[i]!), at(upper[i]!), at(Math.min(Math.max(held, lower[i]!), upper[i]!)))
  }
  return bound
}

/**
 * The box with each bound beyond +-1000 narrowed to what turnover and the budget imply: a bound that means "none" (1e20)
 * would multiply the rounding of a multiplier into a bound of minus infinity. Cuts off no feasible weights.
 */
function narrowedBox(problem: MeanCvarProblem): { readonly lower: Float64Array; readonly upper: Float64Array } {
  const wide = 1000
  const lower = problem.lower.slice()
  const upper = problem.upper.slice()
  const { turnover, cash } = problem
  let least = 0
  for (let i = 0; i < lower.length; i++) {
    const held = problem.held?.[i] ?? 0
    const [low, high] = [
      Math.max(lower[i]!, held - (turnover ?? Infinity)),
      Math.min(upper[i]!, held + (turnover ?? Infinity)),
    ]
    if (low <= high && lower[i]! < -wide) lower[i] = low
    if (low <= high && upper[i]! > wide) upper[i] = high
    const funding = problem.funding?.[i] ?? 1
    least += Math.min(funding * lower[i]!, funding * upper[i]!)
  }
  const room = 1 - cash.lower - least
  if (!(room >= 0)) return { lower, upper }
  for (let i = 0; i < lower.length; i++) {
    const funding = problem.funding?.[i] ?? 1
    const reach = (room / funding) * (1 + 1e-9)
    if (funding > 0 && upper[i]! > wide) upper[i] = Math.min(upper[i]!, lower[i]! + reach)
    if (funding < 0 && lower[i]! < -wide) lower[i] = Math.max(lower[i]!, upper[i]! + reach)
  }
  return { lower, upper }
}

/** The steepest the objective can be in one weight: lambda max|R|, max|mean| or max cost slope per holding period. */
function slopeScale(problem: MeanCvarProblem): number {
  const most = (values: Float64Array | undefined) => values?.reduce((a, b) => Math.max(a, Math.abs(b)), 0) ?? 0
  const slopes = Math.max(most(problem.cost?.buy), most(problem.cost?.sell)) / (problem.cost?.holdingPeriods ?? 1)
  return Math.max(problem.riskAversion * most(problem.scenarios.returns), most(problem.mean), slopes)
}
