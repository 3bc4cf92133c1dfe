import type { MeanCvarProblem } from '../mean-cvar.js'

/** Beyond this a bound means "none". */
const WIDE = 1000

/** Bounds of every weight, [columns] each. */
export interface Box {
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/**
 * The box with each bound beyond +-1000 narrowed to what the limits on trading, leverage and the budget imply: a bound
 * that means "none" (1e20) would multiply the rounding of a multiplier into a bound of minus infinity. Cuts off no
 * feasible weights.
 */
export function narrowedBox(problem: MeanCvarProblem): Box {
  const lower = problem.lower.slice()
  const upper = problem.upper.slice()
  const { turnover = Infinity, traded = Infinity, leverage = Infinity } = problem
  const trade = Math.min(turnover, traded)
  for (let i = 0; i < lower.length; i++) {
    const held = problem.held?.[i] ?? 0
    const low = Math.max(lower[i]!, held - trade, -leverage)
    const high = Math.min(upper[i]!, held + trade, leverage)
    if (low > high) continue // nothing is feasible: leave the bounds as they were stated
    if (lower[i]! < -WIDE) lower[i] = low
    if (upper[i]! > WIDE) upper[i] = high
  }
  narrowByBudget(problem, lower, upper)
  return { lower, upper }
}

/** What one instrument may take from the budget is what the others leave at their cheapest. */
function narrowByBudget({ funding, cash }: MeanCvarProblem, lower: Float64Array, upper: Float64Array): void {
  let room = 1 - cash.lower
  for (let i = 0; i < lower.length; i++)
    room -= Math.min((funding?.[i] ?? 1) * lower[i]!, (funding?.[i] ?? 1) * upper[i]!)
  if (!(room >= 0)) return
  for (let i = 0; i < lower.length; i++) {
    const price = funding?.[i] ?? 1
    const reach = (room / price) * (1 + 1e-9)
    if (price > 0 && upper[i]! > WIDE) upper[i] = Math.min(upper[i]!, lower[i]! + reach)
    if (price < 0 && lower[i]! < -WIDE) lower[i] = Math.max(lower[i]!, upper[i]! + reach)
  }
}
