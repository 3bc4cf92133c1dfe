import type { InstrumentId } from '#units/ids.js'
import { noMoney, noQuantity } from '#units/money.js'
import type { Bust, Execution } from '../book/events.js'
import { evolve, spendableCash } from '../book/evolve.js'
import { TERMINAL } from '../order.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import { noCorrections, type PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import { termsOf } from './booking.js'
import { realisedCost } from './ending.js'
import { multiplierIn } from './release.js'
import { type Decide, quiet, withRun } from './step.js'

/**
 * Takes an execution out of the books: cash, fees, lots and tallies are as if it had never been. One that has not been
 * booked is remembered, so that it is not booked when it comes.
 */
export const bookBust: Decide = (state, event) => {
  if (event.type !== 'busted') return quiet(state)
  const corrections = state.corrections ?? noCorrections
  const { busted, awaited } = corrections
  if (event.booked === null)
    return quiet({ ...state, corrections: { ...corrections, awaited: [...awaited, event.bust] } })
  const { execution, trades } = event.booked
  const book = evolve(state.book, { type: 'busted', execution, trades, ...termsOf(state, execution) })
  return quiet({ ...state, book, corrections: { ...corrections, busted: [...busted, execution.id] } })
}

/** The taking-back that came before this execution, if one did. */
export const bustAwaiting = (state: PortfolioState, { id, orderId }: Execution): Bust | undefined =>
  state.corrections?.awaited.find((bust) => bust.executionId === id && bust.orderId === orderId)

/** True for a fill that is to be booked: not one that was taken back before it came. */
export const booksFill = (
  state: PortfolioState,
  event: PortfolioEvent,
): event is Extract<PortfolioEvent, { type: 'filled' }> =>
  event.type === 'filled' && bustAwaiting(state, event.execution) === undefined

/** The state once an execution that was taken back beforehand has come: it counts as booked and taken back. */
export function settleBust(state: PortfolioState, bust: Bust): PortfolioState {
  const corrections = state.corrections ?? noCorrections
  const awaited = corrections.awaited.filter((row) => row !== bust)
  return { ...state, corrections: { ...corrections, busted: [...corrections.busted, bust.executionId], awaited } }
}

/** An ended run's figures after one of its executions was taken back. */
export const restate: Decide = (state) =>
  quiet(state.run?.endedAt == null ? state : withRun(state, { realisedCost: realisedCost(state, state.run) }))

/**
 * True when a taking-back leaves less cash than is promised to open buys, or turns a holding into a short: only
 * risk-reducing trading goes on until somebody has looked. (It is booked all the same.)
 */
export function overdraws(state: PortfolioState, event: PortfolioEvent): boolean {
  if (event.type !== 'busted' || event.booked === null) return false
  const { instrument } = event.booked.execution
  const { book } = bookBust(state, event).state
  const units = (of: PortfolioState['book']) => of.positions[instrument]?.quantity ?? noQuantity
  return spendableCash(book, true).lt(noMoney) || (units(book).lt(0) && units(state.book).gte(0))
}

/**
 * Books an adjustment. Orders settled with it are complete: what the venue said of them beyond what is booked is not
 * waited for any more.
 */
export const bookAdjustment: Decide = (state, event) => {
  if (event.type !== 'adjusted') return quiet(state)
  const { adjustment, session } = event
  const terms = adjustment.positions.map(({ instrument }) => [instrument, multiplierIn(state, instrument)])
  const multipliers = Object.fromEntries(terms) as Readonly<Record<InstrumentId, string>>
  const corrections = state.corrections ?? noCorrections
  const after = state.book.tally.fills + corrections.busted.length
  const adjusted = adjustment.positions.map(({ instrument, quantity: signed, price }) => ({
    after,
    instrument,
    trade: { signed, price, session },
  }))
  const next = {
    ...state,
    book: evolve(state.book, { type: 'adjusted', adjustment, multipliers, session }),
    corrections: {
      ...corrections,
      adjusted: [...(corrections.adjusted ?? []), ...adjusted],
      settled: [...new Set([...(corrections.settled ?? []), ...adjustment.settled])],
      ...(adjustment.contents === undefined ? {} : { contents: { ...corrections.contents, ...adjustment.contents } }),
    },
  }
  return quiet(withRun(next, { orders: settledOrders(state.run, adjustment.settled) }))
}

function settledOrders(run: Run | null, settled: readonly string[]): Run['orders'] {
  const rows = Object.entries(run?.orders ?? {}).map(([id, order]) => {
    const closed = settled.includes(id) && TERMINAL.has(order.status)
    return [id, closed ? { ...order, reported: order.cumulative } : order]
  })
  return Object.fromEntries(rows) as Run['orders']
}
