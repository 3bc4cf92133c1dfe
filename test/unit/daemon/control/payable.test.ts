import { describe, expect, it } from 'vitest'
import { payable } from '#daemon/control/cash.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { policy, targets, viewAt } from '../../../machine/fixtures.js'
import { World } from '../../../machine/world.js'

/** $100,000, half of it sold short on top at 100. */
function short(cashReserve: number, long = 0): World {
  const base = policy()
  const changes: Partial<PortfolioPolicy> = { targets: { ...base.targets, cashReserve } }
  const world = World.funded({}, { ...changes, orders: { ...base.orders, collar: 0, allowUnsettled: true } })
  world.answers.solve = ({ request }) => [
    {
      type: 'solved',
      request,
      answer: targets(long === 0 ? { CCC: -0.5 } : { BBB: long, CCC: -0.5 }),
      view: viewAt(world.now),
    },
  ]
  return world.rebalance()
}

describe('what may be paid out beside a short', () => {
  it('is none of what it was sold for', () => {
    const world = short(0)
    const { equity } = world.state.book.nav
    expect(world.held('CCC')).toBeLessThan(0)
    expect(payable(world.state).toFixed()).toBe(equity.toFixed())
  })

  it('is no more than there is after a loss', () => {
    const world = short(0)
    world.tell({ type: 'marked', view: viewAt(world.now, { CCC: '150' }) })
    expect(payable(world.state).toFixed()).toBe(world.state.book.nav.equity.toFixed())
  })

  it('leaves the reserve besides', () => {
    // 50,000 of 100,000 in cash are free: W ≤ 50,000 − 0.1·(100,000 − W).
    const world = short(0.1, 0.5)
    expect(payable(world.state).toDecimalPlaces(2).toFixed()).toBe('44444.44')
  })
})
