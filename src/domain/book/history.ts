import { Decimal } from '#units/decimal.js'
import type { ExecutionId, InstrumentId } from '#units/ids.js'
import type { Execution } from './events.js'
import type { LotTrade } from './lots.js'
import { signedQuantity } from './postings.js'

/** Units that were adjusted once so many executions had been booked. */
export interface AdjustedTrade {
  readonly after: number
  readonly instrument: InstrumentId
  readonly trade: LotTrade
}

/**
 * The trades an instrument's lots consist of once an execution is taken back, oldest first; those before the position
 * was last flat ahead of it are left out, for they have no lots.
 * Inputs   all executions booked, in booking order, those of them that were taken back before, and adjusted units.
 */
export function tradesWithout(
  taken: Execution,
  booked: readonly Execution[],
  busted: readonly ExecutionId[],
  adjusted: readonly AdjustedTrade[] = [],
): readonly LotTrade[] {
  const gone = new Set<ExecutionId>(busted)
  let trades: LotTrade[] = []
  let held = new Decimal('0')
  let met = false
  const take = (trade: LotTrade): void => {
    trades.push(trade)
    held = held.plus(trade.signed)
    if (!met && held.isZero()) trades = []
  }
  const mine = adjusted.filter(({ instrument }) => instrument === taken.instrument)
  booked.forEach((execution, place) => {
    for (const { trade } of mine.filter(({ after }) => after === place)) take(trade)
    if (execution.instrument !== taken.instrument || gone.has(execution.id)) return
    if (execution.id === taken.id) met = true
    else take(lotTrade(execution))
  })
  for (const { trade } of mine.filter(({ after }) => after === booked.length)) take(trade)
  return trades
}

/** An execution as far as lots go. */
const lotTrade = (execution: Execution): LotTrade => ({
  signed: signedQuantity(execution),
  price: execution.price,
  session: execution.session,
})
