import { noMoney, noQuantity } from '#units/money.js'
import type { Bust, Execution } from '../book/events.js'
import { evolve, spendableCash } from '../book/evolve.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import { noCorrections, type PortfolioState } from '../portfolio/state.js'
import { termsOf } from './booking.js'
import { realisedCost } from './ending.js'
import { type Decide, quiet, withRun } from './step.js'

/**
 * Takes an execution out of the books: cash, fees, lots and tallies are as if it had never been. One that has not been
 * booked is remembered, so that it is not booked when it comes.
 */
export const bookBust: Decide = (state, event) => {
  if (event.type !== 'busted') return quiet(state)
  const { busted, awaited } = state.corrections ?? noCorrections
  if (event.booked === null) return quiet({ ...state, corrections: { busted, awaited: [...awaited, event.bust] } })
  const { execution, trades } = event.booked
  const book = evolve(state.book, { type: 'busted', execution, trades, ...termsOf(state, execution) })
  return quiet({ ...state, book, corrections: { busted: [...busted, execution.id], awaited } })
}

/** The taking-back that came before this execution, if one did. */
export const bustAwaiting = (state: PortfolioState, { id, orderId }: Execution): Bust | undefined =>
  state.corrections?.awaited.find((bust) => bust.executionId === id && bust.orderId === orderId)

/** The state once an execution that was taken back beforehand has come: it counts as booked and taken back. */
export function settleBust(state: PortfolioState, bust: Bust): PortfolioState {
  const { busted, awaited } = state.corrections ?? noCorrections
  const rest = awaited.filter((row) => row !== bust)
  return { ...state, corrections: { busted: [...busted, bust.executionId], awaited: rest } }
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
