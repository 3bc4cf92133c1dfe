import { hold } from '#units/assert.js'
import { Decimal } from '#units/decimal.js'
import type { OrderId } from '#units/ids.js'
import { type Money, noMoney, plus, worth } from '#units/money.js'
import type { Approved } from '#units/proof.js'
import { addWeekdays } from '#units/time.js'
import type { Execution } from '../book/events.js'
import { evolve } from '../book/evolve.js'
import type { MarketView } from '../market.js'
import { isComplete, type Order } from '../order.js'
import { remaining } from '../order-life.js'
import { reservationFor } from '../plan/reservation.js'
import type { PortfolioState } from '../portfolio/state.js'
import { value } from './begin.js'
import { multiplierIn, specOf } from './release.js'
import { type Decide, quiet, withRun } from './step.js'

/** Terms an execution in an instrument nobody configured is booked with: those of a share. */
const SHARE_TERMS = { multiplier: '1', settlementDays: 1 } as const

/** True for an execution in an instrument outside the universe: booked, but its terms are a guess, so trading halts. */
export const isForeign = (state: PortfolioState, execution: Execution): boolean =>
  !state.policy.universe.some((spec) => spec.id === execution.instrument)

/** Books an execution: cash, position, profit and fees. It happened, so it is never refused, whatever the state. */
export const bookFill: Decide = (state, event) => {
  if (event.type !== 'filled') return quiet(state)
  const { execution } = event
  return quiet({ ...state, book: evolve(state.book, { type: 'filled', execution, ...termsOf(state, execution) }) })
}

/** An execution's contract multiplier, and the day it settles. */
export function termsOf(state: PortfolioState, { instrument, session }: Execution) {
  const { multiplier, settlementDays } = state.policy.universe.find((row) => row.id === instrument) ?? SHARE_TERMS
  return { multiplier, settles: addWeekdays(session, settlementDays) }
}

/**
 * True for an execution of an order that is not the latest run's. A run ends when all that the venue reported of its orders is
 * booked, so this is more than it reported: trading is reduced, but for what a take-over books that an earlier process, or the
 * journal of a backup, never heard of.
 */
export const isStray = (state: PortfolioState, execution: Execution): boolean =>
  state.run !== null && orderOf(state, execution.orderId) === undefined

/**
 * True when a fill goes beyond its order (invariant I2) or costs more than was reserved for it (I8). It is booked all
 * the same, but something is wrong with the venue or the collar: only risk-reducing trading goes on.
 */
export function exceedsOrder(state: PortfolioState, execution: Execution): boolean {
  const order = orderOf(state, execution.orderId)
  if (order === undefined) return false
  if (plus(order.cumulative, execution.quantity).gt(order.body.quantity)) return true
  const reserved = state.book.reservations[order.id]
  if (execution.side === 'sell' || reserved === undefined) return false
  const multiplier = new Decimal(multiplierIn(state, execution.instrument))
  return plus(worth(execution.quantity, execution.price, multiplier), execution.fee).gt(reserved)
}

/** Cash arrives or leaves; units are bought or sold at the value before it. */
export const bookDeposit: Decide = (state, event) => {
  if (event.type !== 'deposited') return quiet(state)
  const equityBefore = measured(state, event.view)
  const fact = { type: 'deposited', amount: event.amount, equityBefore, at: event.at } as const
  return quiet({
    ...state,
    book: evolve(state.book, fact),
    memory: { ...state.memory, depositPending: state.memory.depositPending || event.amount.gt(noMoney) },
  })
}

/** A session closed: value the book, move the high-water mark, settle what is due. Unpriced holdings skip the mark. */
export const markSession: Decide = (state, event) => {
  if (event.type !== 'marked') return quiet(state)
  const { session, at } = event.view
  const equity = measured(state, event.view)
  return quiet({ ...state, book: evolve(state.book, { type: 'marked', session, at, equity }) })
}

/** Equity at a view; the last one measured while a holding has no price, which would be left out. */
function measured(state: PortfolioState, view: MarketView): Money {
  const { equity, unpriced } = value(state, view)
  return unpriced.length === 0 ? equity : state.book.nav.equity
}

/** Keeps an order's reservation at what it can still cost; nothing once it is complete. */
function reserveRest(state: PortfolioState, order: Approved<Order>): PortfolioState {
  if (state.book.reservations[order.id] === undefined) return state
  if (isComplete(order)) return { ...state, book: evolve(state.book, { type: 'released', orderId: order.id }) }
  const body = { ...order.body, quantity: remaining(order) }
  const amount = reservationFor(body, specOf(state, order.body.instrument), state.policy.costs)
  return { ...state, book: evolve(state.book, { type: 'reserved', orderId: order.id, amount }) }
}

/** The state with one of its run's orders replaced, and its reservation kept in step. */
export function withOrder(state: PortfolioState, order: Approved<Order>): PortfolioState {
  const { run } = state
  hold(run !== null, 'orders', () => `order ${order.id} without a run`)
  return reserveRest(withRun(state, { orders: { ...run.orders, [order.id]: order } }), order)
}

/** The run's order of that id; undefined for orders of earlier runs. */
export const orderOf = (state: PortfolioState, id: OrderId): Approved<Order> | undefined => state.run?.orders[id]
