import { Decimal } from '#units/decimal.js'
import type { ExecutionId } from '#units/ids.js'
import type { Execution } from './events.js'
import type { LotTrade } from './lots.js'
import { signedQuantity } from './postings.js'

/**
 * The trades an instrument's lots consist of once an execution is taken back, oldest first; those before the position
 * was last flat ahead of it are left out, for they have no lots.
 * Inputs   all executions booked, in booking order, and those of them that were taken back before.
 */
export function tradesWithout(
  taken: Execution,
  booked: readonly Execution[],
  busted: readonly ExecutionId[],
): readonly LotTrade[] {
  const gone = new Set<ExecutionId>(busted)
  let trades: LotTrade[] = []
  let held = new Decimal('0')
  let met = false
  for (const execution of booked) {
    if (execution.instrument !== taken.instrument || gone.has(execution.id)) continue
    if (execution.id === taken.id) {
      met = true
      continue
    }
    trades.push(lotTrade(execution))
    held = held.plus(signedQuantity(execution))
    if (!met && held.isZero()) trades = []
  }
  return trades
}

/** An execution as far as lots go. */
const lotTrade = (execution: Execution): LotTrade => ({
  signed: signedQuantity(execution),
  price: execution.price,
  session: execution.session,
})
