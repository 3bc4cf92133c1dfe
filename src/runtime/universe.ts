import { isComplete } from '#domain/order.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { Fault } from '#units/fault.js'

/** @throws Fault `UNIVERSE_HELD` when a policy's universe leaves out what is held or may still be filled. */
export function assertUniverse(policy: PortfolioPolicy, { context: { book, run } }: PortfolioSnapshot): void {
  const members = new Set<string>(policy.universe.map((spec) => spec.id))
  const open = Object.values(run?.orders ?? {}).filter((order) => !isComplete(order))
  const needed = [...Object.keys(book.positions), ...open.map((order) => order.body.instrument)]
  const left = [...new Set(needed)].filter((instrument) => !members.has(instrument)).sort()
  if (left.length > 0)
    throw new Fault(
      'UNIVERSE_HELD',
      `${policy.id} still holds ${left.join(', ')}: keep it in the universe, with a target of 0, until it is sold`,
      'never',
    )
}
