import type { CostExplanation, OrderExplanation, Passage } from './explanation.js'
import { legSentence } from './run-text.js'
import { amount, bps, counted } from './words.js'

/** `ABC… sell 412 TLT, filled 412 at 95.08 (slippage +2.1 bps)`. */
export function orderTitle({ order, side, quantity, instrument, status, fills }: OrderExplanation): string {
  const done =
    fills.averagePrice === null
      ? `${status}, nothing filled`
      : `${status}, ${fills.cumulative} filled at ${fills.averagePrice} (slippage ${bps(fills.slippageBps)})`
  return `${order} ${side} ${quantity} ${instrument}: ${done}.`
}

/** Expected and actual cost; before any order only the estimate. */
export function costSentence(
  { estimated, estimatedBps, realised, realisedBps }: CostExplanation,
  traded: boolean,
): string {
  const expected = `Estimated ${amount(estimated)} (${estimatedBps.toFixed(1)} bps)`
  return traded ? `${expected}, realised ${amount(realised)} (${bps(realisedBps)}).` : `${expected}.`
}

/** How an order was sized, released, filled and ended. */
export function orderSentences(order: OrderExplanation): readonly Passage[] {
  return [
    { heading: 'Sizing', lines: sizingSentences(order) },
    { heading: 'Release', lines: [releaseSentence(order)] },
    { heading: 'Fills', lines: [fillSentence(order)] },
    { heading: 'Cost', lines: [costSentence(order.cost, true)] },
    { heading: 'Outcome', lines: outcomeSentences(order) },
  ]
}

function sizingSentences({ leg, quantity, side, instrument, limit, arrival }: OrderExplanation): readonly string[] {
  const planned = legSentence(leg)
  const approved = leg.approved?.quantity
  const verb = side === 'buy' ? 'buy' : 'sell'
  const order = `The order was to ${verb} ${quantity} ${instrument} at ${limit} or better, decided at ${arrival}.`
  if (approved === undefined || approved === quantity) return [planned, order]
  const why =
    side === 'buy' ? 'buys are re-planned on confirmed cash' : 'it was judged once more when people had approved it'
  return [planned, `${order} It differs from the ${approved} first approved because ${why}.`]
}

function releaseSentence({ side, release }: OrderExplanation): string {
  const sent =
    release.sends === 0 ? 'it was not sent' : `sent ${release.sends === 1 ? 'once' : `${release.sends} times`}`
  if (side === 'sell') return `Sells go first: ${sent}.`
  const waited =
    release.after.sells === 0
      ? 'no sell had to come first'
      : `after ${counted(release.after.sells, 'sell')} had brought ${amount(release.after.proceeds)}`
  return `Wave ${release.wave} of buys, ${waited}; ${amount(release.reserved)} of cash was reserved for it; ${sent}.`
}

function fillSentence({ fills, quantity }: OrderExplanation): string {
  const back = fills.busted === '0' ? '' : ` ${fills.busted} that had been filled were taken back by the venue.`
  if (fills.averagePrice === null) return `Nothing was filled.${back}`
  const parts = counted(fills.executions, 'execution')
  const price = `${fills.averagePrice} on average, ${bps(fills.slippageBps)} from arrival (positive costs money)`
  return `${fills.cumulative} of ${quantity} filled in ${parts} at ${price}; fees ${amount(fills.fees)}.${back}`
}

function outcomeSentences({ status, reason, runStatus, runOutcome, run }: OrderExplanation): readonly string[] {
  const why = reason === '' ? '' : `: ${reason}`
  const of = runOutcome === '' ? '' : `: ${runOutcome}`
  return [`The order is ${status}${why}.`, `${run} is ${runStatus}${of}.`]
}
