import { and, not, setup } from 'xstate'
import type { Execution } from '#domain/book/events.js'
import type { Order, OrderStatus } from '#domain/order.js'
import { executed, isTimely, orderTimer, retryAt, withBust, withFill, withStatus } from '#domain/order-life.js'
import type { Effect } from '#domain/portfolio/effect.js'
import type { OrderNews } from '#domain/portfolio/event.js'
import { Decimal } from '#units/decimal.js'
import type { Approved } from '#units/proof.js'
import { type Instant, later } from '#units/time.js'
import { decider } from './decider.js'

/** What can happen to an order: it is sent, the venue has news, a fill, its deadline, or the wish to cancel it. */
export type OrderEvent = { readonly at: Instant } & (
  | OrderNews
  | { readonly kind: 'fill'; readonly execution: Execution }
  | { readonly kind: 'bust'; readonly execution: Execution; readonly reason: string }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'send' }
)

interface OrderContext {
  readonly order: Approved<Order>
  readonly multiplier: string
  readonly ackTimeoutMs: number
  readonly admitted: boolean
  readonly promises: boolean
  readonly dayOver: boolean
}

type Typed = { readonly type: OrderEvent['kind']; readonly news: OrderEvent }

const define = setup({
  types: { context: {} as OrderContext, events: {} as Typed },
  actions: { effect: (_, _effect: Effect) => undefined },
  guards: {
    promises: ({ context }) => context.promises,
    lapsed: ({ context }) => !context.promises && context.dayOver,
    sendable: ({ context, event }) => context.admitted && isTimely(context.order, event.news.at),
    allBooked: ({ context, event }) => reported(event)?.cumulative.eq(context.order.cumulative) === true,
    awaitsFills: ({ context }) => context.order.reported?.gt(context.order.cumulative) === true,
    full: ({ context }) => executed(context.order).gte(context.order.body.quantity),
    saysAccepted: ({ event }) => reported(event)?.status === 'accepted',
    saysFilled: ({ event }) => reported(event)?.status === 'filled',
    saysCancelled: ({ event }) => reported(event)?.status === 'cancelled',
    saysRejected: ({ event }) => reported(event)?.status === 'rejected',
    saysExpired: ({ event }) => reported(event)?.status === 'expired',
  },
})

const reported = (event: Typed) => (event.news.kind === 'reported' ? event.news : undefined)

const status = (next: OrderStatus) =>
  define.assign(({ context, event }) => {
    const news = event.news
    const reason = 'reason' in news ? news.reason : ''
    const total = news.kind === 'reported' ? { reported: news.cumulative } : {}
    return { order: withStatus(context.order, next, news.at, { ...(reason === '' ? {} : { reason }), ...total }) }
  })

const book = define.assign(({ context, event }) =>
  event.news.kind === 'fill'
    ? { order: withFill(context.order, event.news.execution, new Decimal(context.multiplier)) }
    : {},
)

const unbook = define.assign(({ context, event }) =>
  event.news.kind === 'bust'
    ? { order: withBust(context.order, event.news.execution, new Decimal(context.multiplier), event.news.reason) }
    : {},
)

const send = define.enqueueActions(({ context, enqueue }) => {
  const order = { ...context.order, sends: context.order.sends + 1 }
  enqueue.assign({ order })
  enqueue({ type: 'effect', params: { type: 'submit', order } })
})

const ask = (type: 'cancel' | 'query' | 'never') =>
  define.enqueueActions(({ context, enqueue }) => {
    enqueue({ type: 'effect', params: { type, orderId: context.order.id } })
  })

const awaitAnswer = define.enqueueActions(({ context, event, enqueue }) => {
  const at = later(event.news.at, context.ackTimeoutMs)
  enqueue({ type: 'effect', params: { type: 'schedule', timer: orderTimer(context.order), at } })
})

const backOff = define.enqueueActions(({ context, event, enqueue }) => {
  const at = retryAt(context.order, event.news.at, context.promises)
  enqueue.assign({ order: { ...context.order, waits: context.order.waits + 1 } })
  enqueue({ type: 'effect', params: { type: 'schedule', timer: orderTimer(context.order), at } })
})

const stopWaiting = define.enqueueActions(({ context, enqueue }) => {
  enqueue({ type: 'effect', params: { type: 'unschedule', timer: orderTimer(context.order) } })
})

/** Why an order is given up without a promise. */
const lapse = define.assign(({ context }) => ({
  order: { ...context.order, reason: 'its day is over and the gateway has never seen it' },
}))

const TERMINAL_REPORTS = [
  { guard: 'saysFilled' as const, target: 'filled' },
  { guard: 'saysCancelled' as const, target: 'cancelled' },
  { guard: 'saysRejected' as const, target: 'rejected' },
  { guard: 'saysExpired' as const, target: 'expired' },
]
const ANSWERS = {
  accepted: { target: 'accepted' },
  rejected: { target: 'rejected' },
  reported: [{ guard: 'saysAccepted' as const, target: 'accepted' }, ...TERMINAL_REPORTS],
  fill: { target: 'accepted', actions: book },
}
const TALLIES = { fill: { actions: book }, bust: { actions: unbook } }
/**
 * An end told before a taking-back and heard after it names fills that never come: the venue's later word counts. A word
 * of an order that may trade is older than any end.
 */
const CORRECTED = {
  guard: and([not('saysAccepted'), 'allBooked', 'awaitsFills']),
  actions: define.assign(({ context: { order } }) => ({ order: { ...order, reported: order.cumulative } })),
}
const LATE = { on: { ...TALLIES, reported: CORRECTED } }
const LAPSED = { guard: 'lapsed' as const, target: 'expired', actions: lapse }
const FULL = { guard: 'full' as const, target: 'filled' }

/**
 * The life of one order at a venue that may answer late, twice or not at all. No answer is `unknown`, never failure:
 * the same id is sent again while it is timely, afterwards only a durable promise (`never`) gives it up; at a gateway
 * that makes none, only its word that it has not seen the order once the order's day is over. Fills are
 * booked in every state, and taken back in every state that can have any. Source: design engine.md section 3.
 */
export const orderMachine = define.createMachine({
  id: 'order',
  initial: 'intended',
  context: ({ input }) => input as OrderContext,
  states: {
    intended: { on: { send: 'submitting' } },
    submitting: {
      entry: [status('submitting'), send, awaitAnswer],
      exit: stopWaiting,
      on: { ...ANSWERS, unanswered: 'unknown', unseen: 'unknown', deadline: 'unknown', cancel: 'cancelling' },
    },
    unknown: {
      entry: [status('unknown'), backOff],
      exit: stopWaiting,
      on: {
        ...ANSWERS,
        unanswered: { target: 'unknown', reenter: true },
        unseen: [
          { guard: 'sendable', target: 'submitting' },
          { guard: 'promises', target: 'unknown', reenter: true, actions: ask('never') },
          LAPSED,
          { target: 'unknown', reenter: true },
        ],
        deadline: [
          { guard: 'sendable', target: 'submitting' },
          { guard: 'promises', target: 'unknown', reenter: true, actions: ask('never') },
          { target: 'unknown', reenter: true, actions: ask('query') },
        ],
        promised: 'abandoned',
        cancel: 'cancelling',
      },
    },
    accepted: {
      entry: status('accepted'),
      always: FULL,
      on: { rejected: 'rejected', reported: TERMINAL_REPORTS, ...TALLIES, cancel: 'cancelling' },
    },
    cancelling: {
      entry: [status('cancelling'), ask('cancel'), backOff],
      exit: stopWaiting,
      always: FULL,
      on: {
        rejected: 'rejected',
        promised: 'abandoned',
        reported: TERMINAL_REPORTS,
        ...TALLIES,
        unseen: [{ guard: 'promises', actions: ask('never') }, LAPSED],
        deadline: { target: 'cancelling', reenter: true, actions: ask('query') },
      },
    },
    filled: { entry: status('filled'), ...LATE },
    cancelled: { entry: status('cancelled'), ...LATE },
    rejected: { entry: status('rejected'), ...LATE },
    expired: { entry: status('expired'), ...LATE },
    abandoned: { entry: status('abandoned'), ...LATE },
  },
})

/** An order after an event, and what it wants done. */
export interface OrderStep {
  readonly order: Approved<Order>
  readonly effects: readonly Effect[]
}

/**
 * Terms an order lives under: its instrument's multiplier, how long a venue may take to answer, and whether trading
 * permission still admits it: an order nobody has seen is sent again only then. `promises`: its gateway promises never to
 * take an id; `dayOver`: no venue trades it any more, since it was good for a day.
 */
export interface OrderTerms {
  readonly multiplier: string
  readonly ackTimeoutMs: number
  readonly admitted: boolean
  readonly promises: boolean
  readonly dayOver: boolean
}

const decide = decider(orderMachine)

/** Advances an order. Pure; an event its state has no use for leaves it as it is. */
export function advance(order: Approved<Order>, event: OrderEvent, terms: OrderTerms): OrderStep {
  const context = { order, ...terms }
  const state = orderMachine.resolveState({ value: order.status, context })
  const { next, effects } = decide(state, { type: event.kind, news: event })
  return { order: next.context.order, effects }
}
