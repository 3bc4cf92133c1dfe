import { describe, expect, it } from 'vitest'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { create } from '#machines/portfolio.machine.js'
import { InvariantBroken } from '#units/assert.js'
import { executionId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { START, viewAt } from './fixtures.js'
import { World } from './world.js'

/** The world, its history played again. */
function told(world: World, fromEach = false): World {
  world.replay(fromEach)
  return world
}

describe('a late fill', () => {
  it('is booked though its instrument has left the universe since, and trading halts', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    const order = world.order('buy-BBB')
    for (const { id } of world.orders)
      world.tell(world.news({ id }, { kind: 'reported', status: 'expired', cumulative: quantity('0'), reason: '' }))
    world.settle()
    expect(world.leaf).toBe('watching')
    const { universe } = world.policy
    world.tell({ type: 'configured', policy: { ...world.policy, universe: universe.filter(({ id }) => id !== 'BBB') } })
    world.tell(world.fill(order))
    expect(world.held('BBB')).toBe(order.body.quantity.toNumber())
    expect(world.snapshot.value.permission).toBe('halted')
    expect(world.state.permissionReason).toContain('not in the universe')
    expect(world.order('buy-BBB').cumulative.eq(order.body.quantity)).toBe(true)
    told(world, true)
  })
})

describe('permission and ownership', () => {
  it('let no run begin while paused, reducing, halted or recovering', () => {
    for (const to of ['paused', 'reducing', 'halted'] as const) {
      const world = World.funded()
      world.tell({ type: 'permitted', to, reason: 'why', actor: 'op' })
      expect(world.snapshot.value.permission).toBe(to)
      world.rebalance()
      expect(world.state.run).toBeNull()
      world.tell({ type: 'permitted', to: 'active', reason: '', actor: 'op' })
      expect(world.state.permissionReason).toBe('')
      told(world.rebalance())
      expect(world.run.status).toBe('COMPLETED')
    }
    const world = World.funded()
    world.tell({ type: 'opened', epoch: 2 })
    expect(world.snapshot.value.ownership).toBe('recovering')
    expect(world.state.epoch).toBe(2)
    world.rebalance()
    expect(world.state.run).toBeNull()
    world.tell({ type: 'opened', epoch: 3 })
    world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
    told(world.rebalance())
    expect(world.state.epoch).toBe(3)
    expect(world.run.status).toBe('COMPLETED')
  })

  it('let no second run begin in the middle of one', () => {
    const world = World.funded({ solve: () => [] })
      .rebalance()
      .rebalance()
    expect(world.state.runs).toBe(1)
    told(world)
  })

  it('unwind a run when reconciliation decides so', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    world.tell({ type: 'opened', epoch: 2 })
    world.tell({ type: 'reconciled', decision: 'unwind', reason: 'prices too old' })
    world.settle()
    expect(world.run.status).toBe('ROLLED_BACK')
    told(world)
  })

  it('resume a run after a take-over', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    world.tell({ type: 'opened', epoch: 2 })
    for (const order of world.orders) world.tell(world.fill(order))
    world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
    world.settle()
    expect(world.run.status).toBe('COMPLETED')
    told(world)
  })
})

describe('a fill beyond what was allowed', () => {
  it('is booked, and only risk-reducing trading goes on', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    const order = world.order('buy-AAA')
    world.tell(world.fill(order, quantity(order.body.quantity.plus('1'))))
    expect(world.held('AAA')).toBe(order.body.quantity.plus('1').toNumber())
    expect(world.snapshot.value.permission).toBe('reducing')
    expect(world.state.permissionReason).toMatch(/goes beyond what order/)
    world.replay()
  })

  it('counts as such when it costs more than was reserved', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    const order = world.order('buy-AAA')
    world.tell(world.fill(order, order.body.quantity, price(order.body.limit.times('1.5'))))
    expect(world.snapshot.value.permission).toBe('reducing')
    world.replay()
  })
})

describe('trading that is being reduced in the middle of a run', () => {
  it('lets no buy out', () => {
    const world = World.funded({ observe: () => [] }).rebalance()
    expect(world.leaf).toBe('buying')
    world.tell({ type: 'permitted', to: 'reducing', reason: 'too hot', actor: 'op' })
    world.tell({ type: 'observed', request: `${world.run.id}.1`, view: viewAt(START) })
    expect(world.orders.filter((order) => order.body.side === 'buy')).toEqual([])
    expect(world.run.status).toBe('ROLLED_BACK')
    expect(world.run.outcome).toMatch(/no buys: trading is being reduced \(op: too hot\)/)
    world.replay()
  })
})

describe('between runs', () => {
  it('a fill that comes late is booked', () => {
    const world = World.funded({ submit: () => [] })
    world.answers.submit = (order) => [
      world.news(order, { kind: 'reported', status: 'expired', cumulative: quantity('0'), reason: '' }),
    ]
    world.rebalance()
    expect(world.leaf).toBe('watching')
    const order = world.order('buy-AAA')
    world.tell(world.fill(order, quantity('7')))
    expect(world.held('AAA')).toBe(7)
    world.answers.submit = (next) => [world.fill(next)]
    world.rebalance()
    expect(world.snapshot.value.permission).toBe('active')
    // The order is an earlier run's by now. A take-over may hear of it first; later it is more than was ever reported.
    world.tell({ type: 'opened', epoch: 2 })
    world.tell(world.fill(order, quantity('1')))
    world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
    expect(world.snapshot.value.permission).toBe('active')
    world.tell(world.fill(order, quantity('1')))
    expect(world.held('AAA')).toBe(502)
    expect(world.snapshot.value.permission).toBe('reducing')
    told(world)
  })

  it('alone a changed policy is taken, and asks for new targets', () => {
    const world = World.funded({ solve: () => [] }).rebalance()
    const changed = { ...world.policy, name: 'Changed' }
    world.tell({ type: 'configured', policy: changed })
    expect(world.state.policy.name).toBe('Core')
    world.fire('solve:')
    world.tell({ type: 'configured', policy: changed })
    expect(world.state.policy.name).toBe('Changed')
    expect(world.state.memory.targetsChanged).toBe(true)
    told(world)
  })

  it('a holding without a price neither moves the mark nor cheapens the units a deposit buys', () => {
    const world = World.funded().rebalance()
    world.tell({ type: 'marked', view: viewAt(START) })
    const { nav } = world.state.book
    world.tell({ type: 'marked', view: viewAt(START, { AAA: '' }) })
    expect(world.state.book.nav.perUnit.eq(nav.perUnit)).toBe(true)
    world.tell({ type: 'deposited', amount: money('100000'), view: viewAt(START, { AAA: '' }) })
    expect(world.state.book.nav.perUnit.eq(nav.perUnit)).toBe(true)
    expect(world.state.book.nav.units.eq(nav.units.times(2))).toBe(true)
    told(world)
  })

  it('an execution in an instrument nobody configured is booked, and trading halts', () => {
    const world = World.funded().rebalance()
    const fill = world.fill(world.order('buy-AAA')) as Extract<PortfolioFact, { type: 'filled' }>
    const foreign = { ...fill.execution, id: executionId('f'), instrument: 'ZZZ' as never, price: price('1') }
    world.tell({ type: 'filled', execution: foreign })
    expect(world.held('ZZZ')).toBe(foreign.quantity.toNumber())
    expect(world.snapshot.value.permission).toBe('halted')
    expect(world.state.permissionReason).toMatch(/ZZZ, which is not in the universe/)
    expect(() => create({ type: 'opened', epoch: 1, seq: 1, at: START, cause: '' })).toThrow(InvariantBroken)
  })
})
