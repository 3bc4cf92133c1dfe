import type { Entry } from '#domain/portfolio/entry.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { OrderId } from '#units/ids.js'

/** What a portfolio's journal asks to be sent. */
export interface Asking {
  /** Orders that are to be sent, as far as the journal goes. */
  readonly wanted: Set<OrderId>
  /** Orders that were sent, or to be sent, and had moved on when the portfolio was taken over last. */
  readonly past: Set<OrderId>
}

/** Follows an entry: a submit is wanted until its order moves on, be it by news, by its own deadline or by a cancel. */
export function follow({ wanted, past }: Asking, { event, effects }: Entry, known: Iterable<OrderId>): void {
  const moved = movedOn(event)
  if (moved !== null) wanted.delete(moved)
  for (const effect of effects)
    if (effect.type === 'submit') {
      wanted.add(effect.order.id)
      past.delete(effect.order.id)
    } else if (effect.type === 'cancel') wanted.delete(effect.orderId)
  if (event.type !== 'reconciled') return
  for (const id of known) if (!wanted.has(id)) past.add(id)
}

function movedOn(event: PortfolioEvent): OrderId | null {
  if (event.type === 'filled') return event.execution.orderId
  // A promise that comes when the order is already being sent again is no answer to that.
  if (event.type === 'orderNews') return event.news.kind === 'promised' ? null : event.orderId
  return event.type === 'timedOut' ? ((/^order:(.*)$/.exec(event.timer)?.[1] as OrderId | undefined) ?? null) : null
}
