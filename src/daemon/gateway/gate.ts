import type { Venue } from '#ports/gateway.js'
import { Fault } from '#units/fault.js'

/** A venue behind a gate. */
export interface Gate {
  readonly venue: Venue
  /** Lets everybody through from now on. */
  open(): void
}

/**
 * Keeps callers waiting until the venue knows what it needs to answer them rightly: one that has just started would
 * reject an order for want of a price, durably, which it would have filled a moment later. `orders` holds new orders
 * back, `all` every call. Who waits longer than `waitMs` of real time gets no answer (Fault `TIMEOUT`, ask-first), and
 * nothing was done. Callers go through in the order they came.
 */
export function gated(venue: Venue, scope: 'orders' | 'all', waitMs: number): Gate {
  const queue = waitingLine(waitMs, `the ${venue.name} venue does not know its market yet`)
  const order = queue.after
  const other: Wrap = scope === 'all' ? queue.after : (call) => call
  return {
    open: queue.open,
    venue: {
      name: venue.name,
      submit: order((...asked) => venue.submit(...asked)),
      cancel: other((...asked) => venue.cancel(...asked)),
      query: other((...asked) => venue.query(...asked)),
      never: other((...asked) => venue.never(...asked)),
      fence: other((...asked) => venue.fence(...asked)),
      restrain: other((...asked) => venue.restrain(...asked)),
      account: other((...asked) => venue.account(...asked)),
      holdings: other((...asked) => venue.holdings(...asked)),
      executions: other((...asked) => venue.executions(...asked)),
      connect: (sink) => venue.connect(sink),
      idle: () => venue.idle(),
    },
  }
}

type Wrap = <A extends readonly unknown[], R>(call: (...asked: A) => Promise<R>) => (...asked: A) => Promise<R>

function waitingLine(waitMs: number, why: string): { readonly after: Wrap; readonly open: () => void } {
  let isOpen = false
  const waiting = new Set<() => void>()
  const pass = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isOpen) return resolve()
      const giveUp = (): void => {
        waiting.delete(enter)
        reject(new Fault('TIMEOUT', why, 'ask-first'))
      }
      const timer = setTimeout(giveUp, waitMs)
      const enter = (): void => {
        clearTimeout(timer)
        resolve()
      }
      waiting.add(enter)
    })
  return {
    after:
      (call) =>
      async (...asked) => {
        await pass()
        return call(...asked)
      },
    open: () => {
      isOpen = true
      for (const enter of waiting) enter()
      waiting.clear()
    },
  }
}
