import { type Order, TERMINAL } from '#domain/order.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Gateway, OrderReport } from '#ports/gateway.js'
import type { PortfolioId } from '#units/ids.js'
import type { Break } from './compare.js'

/** An order and the gateway's word on it; null when the gateway has never seen it. */
export interface VenueOrder {
  readonly id: Order['id']
  readonly report: OrderReport | null
}

/** The gateway's word on every order of the latest run that has been sent. */
export async function venueOrders(
  portfolio: PortfolioId,
  { run }: PortfolioState,
  gateway: Pick<Gateway, 'query'>,
): Promise<readonly VenueOrder[]> {
  const sent = Object.values(run?.orders ?? {}).filter((order) => order.sends > 0)
  return Promise.all(
    sent.map(async ({ id }) => {
      const answer = await gateway.query(portfolio, id)
      return { id, report: answer.kind === 'known' ? answer.report : null }
    }),
  )
}

/** A submit whose answer is still awaited says nothing: the engine asks about it itself. */
const AWAITED: ReadonlySet<Order['status']> = new Set(['intended', 'submitting', 'unknown'])
/** What an order may be with us that the gateway has never seen: it never got there. */
const NEVER_SEEN: ReadonlySet<Order['status']> = new Set(['rejected', 'abandoned', 'cancelling'])

/** How an order differs from what the gateway says of it; nothing when it does not. */
export function orderBreak({ run, support }: PortfolioState, { id, report }: VenueOrder): readonly Break[] {
  const order: Order | undefined = run?.orders[id]
  if (order === undefined || AWAITED.has(order.status)) return []
  // Given up at the end of its day, for want of a promise.
  if (report === null && order.status === 'expired' && support?.tombstones === false) return []
  const differs = (message: string): readonly Break[] => [{ kind: 'order', subject: order.id, message }]
  const name = `order ${order.id} (${order.body.side} ${order.body.quantity.toFixed()} ${order.body.instrument})`
  if (report === null)
    return NEVER_SEEN.has(order.status)
      ? []
      : differs(`${name} is ${order.status} with us, the gateway has never seen it`)
  const open = { ours: !TERMINAL.has(order.status), theirs: report.status === 'accepted' }
  if (open.ours === open.theirs && order.cumulative.eq(report.cumulative)) return []
  return differs(
    `${name} is ${order.status} with ${order.cumulative.toFixed()} filled with us, ${report.status} with ${report.cumulative.toFixed()} at the gateway`,
  )
}
