import type { Run } from '#domain/run.js'

/** What a run did that its type forbids: a withdrawal that buys, an investment that sells. */
export function againstType({ id, type, orders }: Run): readonly string[] {
  const forbidden = type === 'withdraw-cash' ? 'buy' : type === 'invest-cash' ? 'sell' : null
  return Object.values(orders)
    .filter(({ body }) => body.side === forbidden)
    .map(({ body }) => `${id} is a ${type} run and has the order ${body.leg}`)
}
