import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import { minus, negated, noMoney, plus } from '#units/money.js'
import type { Approved } from '#units/proof.js'
import { type Instant, later } from '#units/time.js'
import { isGranted } from '../approval/approval.js'
import { approvalBounds, heldBounds } from '../approval/bounds.js'
import { openingCash } from '../book/collateral.js'
import type { Side } from '../book/events.js'
import { evolve, spendableCash } from '../book/evolve.js'
import { intend } from '../governance/intend.js'
import type { Judgement } from '../governance/rule.js'
import { specsOf } from '../instrument/registry.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import { isComplete, type Order, TERMINAL } from '../order.js'
import { restraintText } from '../permission/restraint.js'
import type { Leg } from '../plan/plan.js'
import { openingPart, reservationFor } from '../plan/reservation.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import { failed } from './begin.js'
import { buyPlan, governed, sentIn, targetsOf } from './planning.js'
import { type Decide, quiet, withRun } from './step.js'

/** Times a run plans buys on confirmed cash: the later ones spend what collar reservations gave back. */
const MAX_WAVES = 4

/** The intended orders of one side of a run, in the order they are to be sent. */
export const intended = (run: Run | null, side: Side): readonly Approved<Order>[] =>
  Object.values(run?.orders ?? {}).filter((order) => order.status === 'intended' && order.body.side === side)

/** True when no order of the run can trade any more and every reported fill is booked. */
export function allComplete(run: Run | null): boolean {
  const orders = Object.values(run?.orders ?? {})
  // Asked after every event: while any can trade, which is most of the time, amounts need not be compared.
  return orders.every(({ status }) => TERMINAL.has(status)) && orders.every(isComplete)
}

/** True when another wave of buys may find more cash: there may be one, and the latest traded anything. */
export function moreBuys(run: Run | null): boolean {
  if (run === null || run.waves >= MAX_WAVES || !allComplete(run)) return false
  return Object.values(run.orders).some(
    ({ body, cumulative }) => body.side === 'buy' && body.attempt === run.waves && cumulative.gt(0),
  )
}

/** The timer that ends a phase of waiting for fills. */
export const fillTimer = (run: Run | null): string => `fills:${run?.id ?? ''}`

/** The request key of a look at the market. */
export const observeRequest = (run: Run): string => `${run.id}.${run.waves + 1}`

/** Turns the approved sells into intended orders; those that people had to approve are judged once more on the books of now. */
export const intendSells: Decide = (state, event) => {
  const { run } = state
  const legs = (run?.approved ?? []).filter((leg) => leg.side === 'sell')
  if (run?.approval === undefined || run.plan === null) return intendLegs(state, event, legs, 1)
  const gone = heldBounds(state, state.policy.universe, legs)
  const proposed = { plan: { ...run.plan, legs }, view: run.view, at: event.at, ...sentIn(event) }
  const { approved, judgements, refused, retryAt } = governed(state, proposed, gone)
  const judged = withRun(state, { judgements: [...run.judgements, ...news(run, judgements)] })
  return refused === null
    ? intendLegs(judged, event, approved, 1)
    : quiet(failed(judged, 'CANCELLED', refused, retryAt))
}

/** Asks for fresh prices before cash is committed to buys. */
export const observe: Decide = (state, event) => {
  const { run } = state
  if (run === null) return quiet(state)
  return {
    state,
    effects: [
      { type: 'observe', request: observeRequest(run) },
      { type: 'schedule', timer: fillTimer(run), at: later(event.at, state.policy.orders.fillTimeoutMs) },
    ],
  }
}

/**
 * Plans buys on the cash that sells have really brought, puts them through governance again, within what people have
 * approved, and reserves their cash (invariant I8 gates the release). Proceeds release buys, never time. Source: domain.md section 4.
 */
export const intendBuys: Decide = (state, event) => {
  const { run } = state
  const targets = targetsOf(state)
  if (run === null || targets === null || event.type !== 'observed') return quiet(state)
  const buys = buyPlan(state, targets, event.view)
  const bounds = approvalBounds(run, buys.legs, state.policy.approval !== undefined)
  const proposed = { plan: buys, view: event.view, at: event.at, ...sentIn(event) }
  const { approved, judgements, refused, retryAt } = governed(state, proposed, bounds)
  const wave = run.waves + 1
  const planned = withRun(state, {
    buys: run.buys ?? buys,
    waves: wave,
    approved: mergeApproved(run.approved, approved),
    judgements: [...run.judgements, ...news(run, judgements)],
  })
  if (refused !== null) return quiet(failed(planned, 'ROLLED_BACK', refused, retryAt))
  return intendLegs(planned, event, approved, wave)
}

/** Trading is being reduced: the run ends with its sells, nothing is bought. */
export const refuseBuys: Decide = (state) => {
  const { restraints, permissionReason } = state
  const why = restraints?.firm === undefined ? permissionReason : restraintText(restraints.firm)
  return quiet(failed(state, 'ROLLED_BACK', `no buys: trading is being reduced (${why})`))
}

/** Judgements that object, without those the run has already. */
const news = (run: Run, judgements: readonly Judgement[]): readonly Judgement[] =>
  judgements.filter((row) => row.verdict !== 'allow' && !judgedAlready(run, row))

const judgedAlready = (run: Run, { rule, leg, verdict, reason }: Judgement): boolean =>
  run.judgements.some((row) => row.rule === rule && row.leg === leg && row.verdict === verdict && row.reason === reason)

function mergeApproved(before: readonly Approved<Leg>[], added: readonly Approved<Leg>[]): readonly Approved<Leg>[] {
  const known = new Set(before.map((leg) => leg.id))
  return [...before, ...added.filter((leg) => !known.has(leg.id))]
}

function intendLegs(
  state: PortfolioState,
  event: PortfolioEvent,
  legs: readonly Approved<Leg>[],
  attempt: number,
): ReturnType<Decide> {
  const { run } = state
  if (run === null || legs.length === 0) return quiet(state)
  const { policy, incarnation } = state
  const open = run.approval === undefined || isGranted(run.approval)
  hold(open, 'approval', () => `${run.id} would trade before people have approved it`)
  let { book } = state
  let opening = noMoney
  const orders: Record<string, Approved<Order>> = { ...run.orders }
  for (const leg of legs) {
    const order = intend(leg, { policy, incarnation, run: run.id, attempt, at: event.at })
    hold(orders[order.id] === undefined, 'I13', () => `order ${order.id} of ${leg.id} exists already`)
    orders[order.id] = order
    const spec = specOf(state, leg.instrument)
    const amount = reservationFor(order.body, spec, policy.costs)
    opening = plus(opening, openingPart(order.body, state.book, spec, policy.costs))
    if (amount.gt(noMoney)) book = evolve(book, { type: 'reserved', orderId: order.id, amount })
  }
  const free = spendableCash(book, policy.orders.allowUnsettled)
  const commits = legs.some((leg) => leg.side === 'buy')
  hold(!commits || free.gte(noMoney), 'I8', () => `buys commit ${negated(free)} more than there is`)
  const own = openingCash({ book: state.book, specs: specsOf(policy.universe) }, policy.orders.allowUnsettled)
  hold(opening.lte(own), 'I8', () => `buys commit ${minus(opening, own)} of what shorts were sold for`)
  const timer = fillTimer(run)
  return {
    state: withRun({ ...state, book }, { orders }),
    effects: [{ type: 'schedule', timer, at: later(event.at, policy.orders.fillTimeoutMs) }],
  }
}

/** The spec of an instrument of the universe. @throws InvariantBroken for any other: nothing is planned outside it. */
export function specOf(state: PortfolioState, instrument: InstrumentId): InstrumentSpec {
  const spec = state.policy.universe.find((row) => row.id === instrument)
  hold(spec !== undefined, 'universe', () => `${instrument} is not in the universe of ${state.policy.id}`)
  return spec
}

/** No session is longer: an order good for a day is dead by then, whether or not a later session has been seen. */
const DAY_MS = 24 * 60 * 60_000

/** True when no venue trades an order of the run any more: a session after its own has closed, or a whole day has passed. */
export function isDayOver({ book, run }: PortfolioState, order: Order, at: Instant): boolean {
  const { markedSession } = book.nav
  if (at >= later(order.intendedAt, DAY_MS)) return true
  // What people approved in a later session than the run began in is sent in the one after that.
  const own = run?.approval?.session ?? run?.session
  return own !== undefined && markedSession !== null && markedSession > own
}

/**
 * The contract multiplier of an instrument of the universe; of one that has left it since its order was sent, that of a
 * share. Such an order can still be filled late, and what happened is booked.
 */
export const multiplierIn = ({ policy }: PortfolioState, instrument: InstrumentId): string =>
  policy.universe.find((row) => row.id === instrument)?.multiplier ?? '1'
