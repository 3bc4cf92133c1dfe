import { type DailyLossLimits, dailyLoss } from './daily-loss.js'
import { type FailedRunLimits, failedRuns } from './failed-runs.js'
import type { Finding, TripInput } from './trip.js'
import { type UnknownOrderLimits, unknownOf, unknownOrders } from './unknown-orders.js'

/** The limits of every trip; null switches one off. */
export interface TripLimits {
  readonly unknownOrders: UnknownOrderLimits | null
  readonly failedRuns: FailedRunLimits | null
  readonly dailyLoss: DailyLossLimits | null
}

/** What the trips say of a portfolio, halts first. Pure. */
export function findings(limits: TripLimits, input: TripInput): readonly Finding[] {
  const found = [
    limits.unknownOrders && unknownOrders(limits.unknownOrders, input),
    limits.failedRuns && failedRuns(limits.failedRuns, input),
    limits.dailyLoss && dailyLoss(limits.dailyLoss, input),
  ].filter((row) => row !== null)
  return [...found.filter((row) => row.verdict === 'halt'), ...found.filter((row) => row.verdict === 'warn')]
}

/**
 * True when findings stay what they are for as long as the state, the session, the prices, how runs ended and the last close
 * do: nothing of the state grows old by itself. A trip that comes to rest on time says so here.
 */
export const areLasting = ({ state }: Pick<TripInput, 'state'>): boolean => unknownOf(state).length === 0
