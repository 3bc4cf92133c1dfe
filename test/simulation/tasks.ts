import type { Run } from '#domain/run.js'
import { type Money, plus } from '#units/money.js'
import { type Account, isOverdrawn, type Stop, sumsOf } from './account.js'
import { soldFor } from './shorts.js'

/** What a run did that its type forbids: a withdrawal that buys, an investment that sells. */
export function againstType({ id, type, orders }: Run): readonly string[] {
  const forbidden = type === 'withdraw-cash' ? 'buy' : type === 'invest-cash' ? 'sell' : null
  return Object.values(orders)
    .filter(({ body }) => body.side === forbidden)
    .map(({ body }) => `${id} is a ${type} run and has the order ${body.leg}`)
}

/** Why a run must not have begun: nothing but a liquidation begins while trading is paused, nothing at all where it is stopped. */
export function begunAgainst({ to }: Stop, { id, type, trigger }: Run): readonly string[] {
  const may = to === 'active' || (to === 'paused' && type === 'liquidate')
  return may ? [] : [`${id}, a ${type} run by ${trigger.kind}, began while trading was ${to}`]
}

/** What is wrong with cash that leaves: more of it than there is beside what shorts were sold for. What a broker took back may have left a debt before. */
export function overpaid(account: Account, amount: Money): readonly string[] {
  if (amount.gte(0) || isOverdrawn(account)) return []
  const left = plus(sumsOf(account).cash, amount)
  const tied = soldFor(account)
  if (left.gte(tied)) return []
  return [`a payment of ${amount.negated()} leaves ${left} in cash, shorts were sold for ${tied}`]
}
