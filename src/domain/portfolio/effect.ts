import type { OrderId, RunId } from '#units/ids.js'
import type { Approved } from '#units/proof.js'
import type { Instant } from '#units/time.js'
import type { Order } from '../order.js'
import type { Weights } from '../targets/target-set.js'

/** What a transition wants done to the world. Data: the host does it after the entry is on disk. */
export type Effect =
  /** Compute targets from what is held; answered by `solved`. */
  | { readonly type: 'solve'; readonly request: string; readonly run: RunId; readonly held: Weights }
  /** Look at the market; answered by `observed`. */
  | { readonly type: 'observe'; readonly request: string }
  | { readonly type: 'submit'; readonly order: Approved<Order> }
  | { readonly type: 'cancel'; readonly orderId: OrderId }
  | { readonly type: 'query'; readonly orderId: OrderId }
  | { readonly type: 'never'; readonly orderId: OrderId }
  | { readonly type: 'schedule'; readonly timer: string; readonly at: Instant }
  | { readonly type: 'unschedule'; readonly timer: string }

/** Effects that need an answer: they stay in the outbox until the event that answers them is journaled. */
export type Request = Extract<Effect, { type: 'solve' | 'observe' | 'submit' | 'cancel' | 'query' | 'never' }>

/** The outbox key of a request; the event that answers it names the same key. */
export function requestKey(effect: Request): string {
  switch (effect.type) {
    case 'solve':
    case 'observe':
      return `${effect.type}:${effect.request}`
    case 'submit':
      return `submit:${effect.order.id}`
    default:
      return `${effect.type}:${effect.orderId}`
  }
}

/** True for effects that wait in the outbox. */
export function isRequest(effect: Effect): effect is Request {
  return effect.type !== 'schedule' && effect.type !== 'unschedule'
}
