import type { Order } from '../order.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Trip } from './trip.js'

/** How many orders may be of unknown fate, and for how long one may, milliseconds since it was intended. */
export interface UnknownOrderLimits {
  readonly olderThanMs: number
  readonly moreThan: number
}

/** Orders of unknown fate. */
export const unknownOf = (state: PortfolioState): readonly Order[] =>
  Object.values(state.run?.orders ?? {}).filter((order) => order.status === 'unknown')

/** Orders nobody can account for: past a time or a number, the venue or the way to it is not to be trusted. */
export const unknownOrders: Trip<UnknownOrderLimits> = ({ olderThanMs, moreThan }, { state, at }) => {
  const unknown = unknownOf(state)
  if (unknown.length === 0) return null
  const oldest = Math.max(...unknown.map((order) => at - order.intendedAt))
  const figures = { unknown: String(unknown.length), oldestMs: String(oldest) }
  const rule = 'unknown-orders'
  if (unknown.length > moreThan) {
    const reason = `${unknown.length} orders are of unknown fate, more than ${moreThan}`
    return { rule, verdict: 'halt', reason, figures }
  }
  if (oldest <= olderThanMs) return null
  const reason = `an order is of unknown fate for ${seconds(oldest)} s, longer than ${seconds(olderThanMs)} s`
  return { rule, verdict: 'halt', reason, figures }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(0)
