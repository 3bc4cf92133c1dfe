import type { Side } from '#domain/book/events.js'
import { giveUpApproval } from '#domain/lifecycle/approving.js'
import { bookFill, orderOf, withOrder } from '#domain/lifecycle/booking.js'
import { bookBust, bustAwaiting, restate, settleBust } from '#domain/lifecycle/correcting.js'
import { intended, isDayOver, multiplierIn } from '#domain/lifecycle/release.js'
import { type Decide, quiet, type Step, sequence } from '#domain/lifecycle/step.js'
import { giveUpTargets } from '#domain/lifecycle/targeting.js'
import { type Order, TERMINAL } from '#domain/order.js'
import { orderTimer } from '#domain/order-life.js'
import { heldOf, reduces, restrainedFrom } from '#domain/permission/restraint.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { OrderId } from '#units/ids.js'
import type { Approved } from '#units/proof.js'
import { advance, type OrderEvent } from './order.machine.js'

/** Sends the intended orders of one side. */
export const launch =
  (side: Side): Decide =>
  (state, event) =>
    each(state, intended(state.run, side), { kind: 'send', at: event.at })

/** Hands a venue's news to its order, `freely` when the portfolio may do more than reduce; news of an order no longer tracked changes nothing. */
export const heedNews =
  (freely: boolean): Decide =>
  (state, event) => {
    if (event.type !== 'orderNews') return quiet(state)
    const order = orderOf(state, event.orderId)
    return order === undefined ? quiet(state) : one(state, order, { ...event.news, at: event.at }, freely)
  }

const tellFill: Decide = (state, event) => {
  if (event.type !== 'filled') return quiet(state)
  const { execution } = event
  return tell(state, execution.orderId, { kind: 'fill', execution, at: event.at })
}

/**
 * Books a fill and tells its order; a fill of an order no longer tracked is booked all the same. One that was taken back
 * before it came leaves the books alone: its order is told both.
 */
export const heedFill: Decide = (state, event) => {
  if (event.type !== 'filled') return quiet(state)
  const { execution, at } = event
  const bust = bustAwaiting(state, execution)
  if (bust === undefined) return sequence(bookFill, tellFill)(state, event)
  const takeBack: Decide = (told) =>
    tell(settleBust(told, bust), bust.orderId, { kind: 'bust', execution, reason: bust.reason, at })
  return sequence(tellFill, takeBack)(state, event)
}

/** Takes an execution out of the books and tells its order. */
export const heedBust: Decide = sequence(
  bookBust,
  (state, event) => {
    if (event.type !== 'busted' || event.booked === null) return quiet(state)
    const { bust, booked, at } = event
    return tell(state, bust.orderId, { kind: 'bust', execution: booked.execution, reason: bust.reason, at })
  },
  restate,
)

/** An order's own deadline passed. */
export const heedDeadline =
  (freely: boolean): Decide =>
  (state, event) => {
    if (event.type !== 'timedOut') return quiet(state)
    const order = Object.values(state.run?.orders ?? {}).find((row) => orderTimer(row) === event.timer)
    return order === undefined ? quiet(state) : one(state, order, { kind: 'deadline', at: event.at }, freely)
  }

/** Asks the venue to cancel whatever of the run may still trade. */
export const cancelOpen: Decide = (state, event) => cancelThose(state, event, () => true)

/** Ends what a run still asks for: its targets, people's word, and the orders that may still trade. */
export const unwind: Decide = sequence(giveUpTargets, giveUpApproval, cancelOpen)

/** Asks the venue to cancel what may still trade in a name that was halted. */
export const cancelHalted: Decide = (state, event) => {
  if (event.type !== 'restrained' || event.to !== 'halted') return quiet(state)
  const { scope } = event
  return scope.kind === 'firm'
    ? quiet(state) // the run unwinds, which cancels everything
    : cancelThose(state, event, (order) => order.body.instrument === scope.instrument)
}

const cancelThose = (state: PortfolioState, event: PortfolioEvent, which: (order: Approved<Order>) => boolean): Step =>
  each(
    state,
    openOrders(state).filter((order) => order.status !== 'cancelling' && which(order)),
    { kind: 'cancel', at: event.at },
  )

/** Orders of the run that the venue may still trade, in id order. */
const openOrders = (state: PortfolioState): readonly Approved<Order>[] =>
  Object.values(state.run?.orders ?? {})
    .filter((order) => !TERMINAL.has(order.status))
    .sort((a, b) => (a.id < b.id ? -1 : 1))

/** Tells the run's order of that id; one no longer tracked has nothing to be told. */
function tell(state: PortfolioState, id: OrderId, event: OrderEvent): Step {
  const order = orderOf(state, id)
  return order === undefined ? quiet(state) : one(state, order, event)
}

function each(start: PortfolioState, orders: readonly Approved<Order>[], event: OrderEvent): Step {
  let state = start
  const effects: Step['effects'][number][] = []
  for (const order of orders) {
    const step = one(state, order, event)
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects }
}

function one(state: PortfolioState, order: Approved<Order>, event: OrderEvent, freely = true): Step {
  const terms = {
    admitted:
      (freely || reduces(heldOf(state.book, order.body.instrument), order.body)) &&
      restrainedFrom(state, order.body) === null,
    multiplier: multiplierIn(state, order.body.instrument),
    ackTimeoutMs: state.policy.orders.ackTimeoutMs,
    promises: state.support?.tombstones !== false,
    dayOver: isDayOver(state, order, event.at),
  }
  const next = advance(order, event, terms)
  return { state: withOrder(state, next.order), effects: next.effects }
}
