import type { MeanCvarProblem } from '../mean-cvar.js'

/** Cost of moving instrument `i` to `weight`, undivided, fraction of equity: slopes of all sizes traded, added up. */
export function costAt({ cost, held }: MeanCvarProblem, i: number, weight: number): number {
  if (cost === undefined) return 0
  const bought = weight - (held?.[i] ?? 0)
  let sum = cost.buy[i]! * Math.max(bought, 0) + cost.sell[i]! * Math.max(-bought, 0)
  for (const { beyond, buy, sell } of cost.steps ?? []) {
    sum += buy[i]! * Math.max(bought - beyond[i]!, 0) + sell[i]! * Math.max(-bought - beyond[i]!, 0)
  }
  return sum
}

/** Steepest total slope of buying and of selling any one instrument, every step reached; 0 without cost. */
export function steepestSlopes({ cost, lower }: MeanCvarProblem): { readonly buy: number; readonly sell: number } {
  let [buy, sell] = [0, 0]
  for (let i = 0; cost !== undefined && i < lower.length; i++) {
    let [dearBuy, dearSell] = [cost.buy[i]!, cost.sell[i]!]
    for (const step of cost.steps ?? []) {
      dearBuy += step.buy[i]!
      dearSell += step.sell[i]!
    }
    buy = Math.max(buy, dearBuy)
    sell = Math.max(sell, dearSell)
  }
  return { buy, sell }
}

/** Upper bound of the cost over the box and the turnover limit: what the lower budget row is widened by. */
export function maxCost(problem: MeanCvarProblem): number {
  const { cost, lower, upper, held, turnover = Number.POSITIVE_INFINITY } = problem
  if (cost === undefined) return 0
  let [buys, sells] = [0, 0]
  for (let i = 0; i < lower.length; i++) {
    const origin = held?.[i] ?? 0
    buys += costAt(problem, i, Math.max(upper[i]!, origin))
    sells += costAt(problem, i, Math.min(lower[i]!, origin))
  }
  const steepest = steepestSlopes(problem)
  // A slope of 0 against no turnover limit would be 0 · ∞.
  const limited = (sum: number, slope: number) => (slope === 0 ? 0 : Math.min(sum, turnover * slope))
  return limited(buys, steepest.buy) + limited(sells, steepest.sell)
}
