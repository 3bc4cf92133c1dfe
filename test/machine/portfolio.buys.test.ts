import { describe, expect, it } from 'vitest'
import { reservedCash } from '#domain/book/book.js'
import { quantity } from '#units/money.js'
import { policy, START, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

/** The world, its history played again. */
function told(world: World, fromEach = false): World {
  world.replay(fromEach)
  return world
}

/** Orders at their arrival price: reservations are what the fills cost. */
const exact = { ...policy().orders, collar: 0 }

describe('the buys of a run', () => {
  it('are planned again on what partial sells have brought', () => {
    const world = World.funded({}, { orders: exact })
    world.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets(request === 'R-1' ? { AAA: 1 } : { BBB: 1 }), view: viewAt(START) },
    ]
    world.rebalance()
    world.answers.submit = (order) => {
      const all = order.body.side === 'buy'
      const units = all ? order.body.quantity : quantity('300')
      const cancelled = { kind: 'reported', status: 'cancelled', cumulative: units, reason: 'partial' } as const
      return [world.fill(order, units), ...(all ? [] : [world.news(order, cancelled)])]
    }
    told(world.rebalance(), true)
    expect(world.run.plan?.legs.map((leg) => `${leg.id} ${leg.quantity}`)).toEqual(['sell-AAA 1000', 'buy-BBB 1000'])
    expect(world.run.buys?.legs.map((leg) => `${leg.id} ${leg.quantity}`)).toEqual(['buy-BBB 300'])
    expect([world.held('AAA'), world.held('BBB')]).toEqual([700, 300])
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.run.outcome).toBe('sell-AAA filled 300 of 1000: cancelled')
  })

  it('are not tried again in the run once rejected', () => {
    const world = World.funded()
    world.answers.submit = (order) =>
      order.body.instrument === 'BBB'
        ? [world.news(order, { kind: 'rejected', reason: 'restricted' })]
        : [world.fill(order)]
    told(world.rebalance())
    expect(world.orders.filter((order) => order.body.instrument === 'BBB')).toHaveLength(1)
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.run.outcome).toContain('buy-BBB filled 0 of 400: rejected')
    expect(reservedCash(world.state.book).isZero()).toBe(true)
  })

  it('release their reservations as they fill', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    const [order] = world.orders
    const whole = world.state.book.reservations[order!.id]!
    world.tell(world.fill(order!, quantity('100')))
    const rest = world.state.book.reservations[order!.id]!
    expect(rest.div(whole).toNumber()).toBeCloseTo(1 - 100 / order!.body.quantity.toNumber(), 12)
    told(world)
  })

  it('that no one fills are cancelled when their time is over, and the run goes on without them', () => {
    const world = World.funded({ submit: () => [] })
    world.answers.submit = (order) => [world.news(order, { kind: 'accepted' })]
    world.rebalance()
    expect(world.leaf).toBe('buying')
    world.tell(world.fill(world.order('buy-AAA'), quantity('10')))
    world.fire('fills:')
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.orders.every((order) => order.status === 'cancelled')).toBe(true)
    expect(world.held('AAA')).toBe(10)
    expect(reservedCash(world.state.book).isZero()).toBe(true)
    told(world, true)
  })

  it('wait for the fills of an order the venue calls filled', () => {
    const world = World.funded()
    world.answers.submit = (order) => [
      world.news(order, { kind: 'reported', status: 'filled', cumulative: order.body.quantity, reason: '' }),
    ]
    world.rebalance()
    expect(world.leaf).toBe('buying')
    for (const order of world.orders) world.tell(world.fill(order))
    world.settle()
    expect(world.run.status).toBe('COMPLETED')
    told(world)
  })

  it('survive a venue that never answers: sent again, then given up by its promise', () => {
    const world = World.funded({ submit: () => [] }, { orders: { ...exact, fillTimeoutMs: 600_000 } }).rebalance()
    for (let round = 0; world.leaf !== 'watching' && round < 60; round += 1) world.fire('')
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(new Set(world.orders.map((order) => order.status))).toEqual(new Set(['abandoned']))
    const last = Math.max(...world.orders.map((order) => order.body.notAfter))
    for (const { event, effects } of world.history)
      if (effects.some((effect) => effect.type === 'submit')) expect(event.at).toBeLessThan(last)
    told(world)
  })
})
