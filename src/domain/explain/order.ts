import { hold } from '#units/assert.js'
import type { Decimal } from '#units/decimal.js'
import type { ExecutionId, OrderId } from '#units/ids.js'
import {
  type Money,
  minus,
  noMoney,
  noQuantity,
  plus,
  type Quantity,
  ratio,
  scaled,
  total,
  worth,
} from '#units/money.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { Execution } from '../book/events.js'
import type { Order, OrderBody } from '../order.js'
import { slippageBps, withBust } from '../order-life.js'
import type { Leg } from '../plan/plan.js'
import type { Run } from '../run.js'
import { explainApproval } from './approval.js'
import type { CostExplanation, FillExplanation, OrderExplanation, ReleaseExplanation } from './explanation.js'
import { explainLeg, explainRules } from './legs.js'
import { explainAim, explainTargets, explainTrigger } from './targets.js'
import { shortPrice } from './words.js'

/** Explains one order of a run. Refuses `ORDER_UNKNOWN` for an id that is not the run's. */
export function explainOrder(run: Run, id: OrderId): Outcome<OrderExplanation> {
  const order = Object.hasOwn(run.orders, id) ? run.orders[id] : undefined
  if (order === undefined) return refuse('ORDER_UNKNOWN', `${run.portfolio} ${run.id} has no order ${id}`)
  return accept(describe(run, order))
}

/** Every order of a run, in the order they were let go: by time, sells first, then by wave and leg. */
export const explainOrders = (run: Run): readonly OrderExplanation[] =>
  Object.values(run.orders)
    .sort((a, b) => a.intendedAt - b.intendedAt || inOrder(a.body, b.body))
    .map((order) => describe(run, order))

function inOrder(a: OrderBody, b: OrderBody): number {
  if (a.side !== b.side) return a.side === 'sell' ? -1 : 1
  return a.attempt - b.attempt || (a.leg < b.leg ? -1 : 1)
}

/** What a quantity of an order is worth at its arrival price. */
export const arrivalValue = (run: Run, order: Order, quantity: Quantity): Money =>
  worth(quantity, order.body.arrival, multiplierOf(run, order))

/** What an order cost against its arrival price, fees included; signed, positive cost money. */
export function realisedCost(run: Run, order: Order): Money {
  const atArrival = arrivalValue(run, order, order.cumulative)
  const moved = order.body.side === 'buy' ? minus(order.value, atArrival) : minus(atArrival, order.value)
  return plus(moved, order.fees)
}

/** What an order was expected to cost: its leg's estimate, in proportion to the quantity it was sent with. */
export function estimatedCost(run: Run, order: Order): Money {
  const leg = legOf(run, order)
  return scaled(leg.cost.total, order.body.quantity.div(leg.quantity))
}

/** The leg an order was sized by: the first buys re-planned on confirmed cash, else as approved. */
function legOf(run: Run, { body }: Order): Leg {
  const leg =
    (body.side === 'buy' && body.attempt === 1 ? run.buys?.legs.find((row) => row.id === body.leg) : undefined) ??
    run.approved.find((row) => row.id === body.leg)
  hold(leg !== undefined, 'explain', () => `${run.id} has an order of ${body.leg} but no such approved leg`)
  return leg
}

/** Contract multiplier, from the leg: value = quantity × arrival × multiplier. */
function multiplierOf(run: Run, order: Order): Decimal {
  const { value, quantity, arrival } = legOf(run, order)
  return value.div(quantity.times(arrival))
}

function describe(run: Run, order: Order): OrderExplanation {
  const { body } = order
  return {
    order: order.id,
    run: run.id,
    portfolio: run.portfolio,
    session: run.session,
    instrument: body.instrument,
    side: body.side,
    quantity: body.quantity.toFixed(),
    limit: body.limit.toFixed(),
    arrival: body.arrival.toFixed(),
    trigger: explainTrigger(run),
    targets: explainTargets(run),
    aim: explainAim(run),
    leg: explainLeg(run, body.leg),
    planRules: explainRules(run).filter((rule) => rule.leg === null),
    approval: explainApproval(run),
    release: releaseOf(run, order),
    fills: fillsOf(run, order),
    cost: costOf(run, order),
    status: order.status,
    reason: order.reason,
    closedAt: order.closedAt,
    runStatus: run.status,
    runOutcome: run.outcome,
  }
}

function releaseOf(run: Run, order: Order): ReleaseExplanation {
  const { body, intendedAt, sends } = order
  const isBuy = body.side === 'buy'
  const sells = isBuy ? Object.values(run.orders).filter((row) => row.body.side === 'sell') : []
  const atLimit = worth(body.quantity, body.limit, multiplierOf(run, order))
  const rate = legOf(run, order).cost
  const cost = rate.total.isZero() ? noMoney : scaled(atLimit, rate.total.div(legOf(run, order).value))
  return {
    wave: body.attempt,
    reserved: (isBuy ? plus(atLimit, cost) : noMoney).toFixed(2),
    after: {
      sells: sells.length,
      proceeds: total(sells.map((row) => minus(row.value, row.fees))).toFixed(2),
    },
    at: intendedAt,
    notAfter: body.notAfter,
    sends,
  }
}

function fillsOf(run: Run, order: Order): FillExplanation {
  const multiplier = multiplierOf(run, order)
  return {
    cumulative: order.cumulative.toFixed(),
    executions: order.executions.length,
    busted: (order.busted ?? noQuantity).toFixed(),
    averagePrice: order.cumulative.isZero() ? null : shortPrice(order.value.div(order.cumulative).div(multiplier)),
    slippageBps: slippageBps(order, multiplier),
    fees: order.fees.toFixed(2),
    value: order.value.toFixed(2),
  }
}

function costOf(run: Run, order: Order): CostExplanation {
  const estimated = estimatedCost(run, order)
  const realised = realisedCost(run, order)
  return {
    estimated: estimated.toFixed(2),
    estimatedBps: bpsOf(estimated, arrivalValue(run, order, order.body.quantity)),
    realised: realised.toFixed(2),
    realisedBps: bpsOf(realised, arrivalValue(run, order, order.cumulative)),
  }
}

/** cost / value in basis points; 0 of nothing. */
export const bpsOf = (cost: Money, value: Money): number => (value.isZero() ? 0 : ratio(cost, value) * 10_000)

/** The run as it is without executions the venue took back after the run had been filed. */
export function amended(run: Run, taken: ReadonlyMap<ExecutionId, Execution>): Run {
  const orders: Record<OrderId, Run['orders'][OrderId]> = { ...run.orders }
  for (const order of Object.values(run.orders))
    for (const execution of order.executions.map((id) => taken.get(id)))
      if (execution !== undefined)
        orders[order.id] = withBust(orders[order.id]!, execution, multiplierOf(run, order), 'after the run had ended')
  return { ...run, orders }
}
