import { describe, expect, it } from 'vitest'
import { manualTrigger } from '#domain/manual-trigger.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { RunTask } from '#domain/task.js'
import { due } from '#domain/trigger.js'
import { money, price, quantity } from '#units/money.js'
import { policy, SESSION, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const exact = { ...policy().orders, collar: 0 }
const LIQUIDATE: RunTask = { type: 'liquidate' }
const withdraw = (amount: string): RunTask => ({ type: 'withdraw-cash', amount: money(amount) })
const invest = (amount: string): RunTask => ({ type: 'invest-cash', amount: money(amount) })

/** Asks for a run by hand and lets it go as far as the answers take it. */
function ask(world: World, task: RunTask, prices: Readonly<Record<string, string>> = {}): World {
  const trigger = manualTrigger(world.now, SESSION, 'ann', 'needs it', task)
  world.tell({ type: 'triggered', trigger, view: viewAt(world.now, prices) })
  return world.settle()
}

/** 500 AAA, 400 BBB at 100 and 10,000 in cash, as its targets want it. */
const invested = (): World => World.funded({}, { orders: exact }).rebalance()

const permit = (to: 'active' | 'reducing' | 'halted'): PortfolioFact => ({
  type: 'permitted',
  to,
  actor: 'bob',
  reason: 'looks again',
})

const orders = (world: World) => world.orders.map(({ body }) => `${body.leg} ${body.quantity}`).sort()

describe('a withdrawal', () => {
  it('sells down to the targets of what is left, buys nothing, and keeps its targets', () => {
    const world = ask(invested(), withdraw('20000'))
    expect(orders(world)).toEqual(['sell-AAA 100', 'sell-BBB 80'])
    expect(world.run).toMatchObject({ type: 'withdraw-cash', status: 'COMPLETED', answer: null, outcome: 'as planned' })
    expect(world.run.phases.map(({ status }) => status)).toEqual([
      'ANALYSING',
      'PLANNING',
      'GOVERNING',
      'SELLING',
      'SETTLING',
      'COMPLETED',
    ])
    expect(world.state.effective).toEqual({ weights: { AAA: 0.5, BBB: 0.4 }, cash: 1 - 0.9 })
    expect(world.state.book.accounts.cash?.toFixed()).toBe('28000')
    world.replay(true)
  })

  it('is cash already when there is enough of it: asked again it sells no more', () => {
    const world = ask(ask(invested(), withdraw('20000')), withdraw('20000'))
    expect(orders(world)).toEqual([])
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'cash covers it already' })
  })

  it('says how much it freed when its sales brought less', () => {
    const world = invested()
    world.answers.submit = (order) => [world.fill(order, order.body.quantity, price('99'))]
    ask(world, withdraw('20000'))
    // 180 units at 99: 17,820; 8,000 − 18 of the 79,820 that are left stay.
    expect(world.run).toMatchObject({ status: 'COMPLETED_ADJUSTED', outcome: 'frees 19,838.00 of 20,000.00' })
  })

  it('is cancelled, with the reason, when it cannot be raised, and nothing is sent', () => {
    const world = ask(invested(), withdraw('100000.01'))
    expect(world.run.status).toBe('CANCELLED')
    expect(world.run.outcome).toBe('100,000.01 cannot be freed: 0.01 is missing when all is sold that may be')
    expect(orders(world)).toEqual([])
  })

  it('leaves names alone whose sale is restrained', () => {
    const world = invested()
    const scope = { kind: 'instrument', instrument: world.orders[0]!.body.instrument, firm: false } as const
    world.tell({ type: 'restrained', scope, to: 'halted', actor: 'bob', reason: 'odd prices' })
    ask(world, withdraw('20000'))
    expect(orders(world)).toEqual(['sell-BBB 180'])
  })

  it('waits for first targets, which stay as due as they were', () => {
    const world = ask(World.funded(), withdraw('100'))
    expect(world.run).toMatchObject({ status: 'CANCELLED', outcome: expect.stringContaining('no targets yet') })
    expect(world.state.memory).toMatchObject({ targetsChanged: true, cooldownUntil: null })
  })
})

describe('an investment by hand', () => {
  it('buys for no more than its amount, over all its waves', () => {
    const world = World.funded().rebalance()
    world.tell({ type: 'deposited', amount: money('30000'), view: viewAt(world.now) })
    ask(world, invest('9000'))
    const spent = world.orders.reduce((sum, { value }) => sum + value.toNumber(), 0)
    expect(world.orders.every(({ body }) => body.side === 'buy')).toBe(true)
    expect(spent).toBeGreaterThan(8_500)
    expect(spent).toBeLessThanOrEqual(9_000)
    // Collars of 5 % held some of it back: later waves found it.
    expect(world.run.waves).toBeGreaterThan(1)
    expect(world.run.type).toBe('invest-cash')
    world.replay()
  })
})

/** 700 AAA, 200 CCC sold short. */
function short(): World {
  const world = World.funded({}, { orders: exact })
  world.answers.solve = ({ request }) => [
    { type: 'solved', request, answer: targets({ AAA: 0.7, CCC: -0.2 }), view: viewAt(world.now) },
  ]
  return world.rebalance()
}

describe('a liquidation', () => {
  it('sells what is held, buys back what is short, and wants nothing but cash from then on', () => {
    const world = short()
    expect([world.held('AAA'), world.held('CCC')]).toEqual([700, -200])
    ask(world, LIQUIDATE)
    expect(orders(world)).toEqual(['buy-CCC 200', 'sell-AAA 700'])
    expect(world.state.book.positions).toEqual({})
    expect(world.run).toMatchObject({ type: 'liquidate', status: 'COMPLETED', answer: null })
    expect(world.state.effective).toEqual({ weights: {}, cash: 1 })
    world.replay(true)
  })

  it('pauses trading with the very event that begins it', () => {
    const world = invested()
    world.answers.submit = () => []
    ask(world, LIQUIDATE)
    expect(world.leaf).toBe('selling')
    expect(world.snapshot.value.permission).toBe('paused')
    expect(world.state.permissionReason).toBe(
      'ann: needs it: liquidated, and nothing is begun by itself until somebody resumes',
    )
  })

  it('is not bought back: nothing is due while it is paused, and no drift from all cash after that', () => {
    const world = ask(invested(), LIQUIDATE)
    world.later(60_000)
    world.rebalance()
    expect(world.run.type).toBe('liquidate') // a run by hand is refused too
    world.tell(permit('active'))
    world.later(86_400_000)
    expect(due(world.state, viewAt(world.now)).trigger?.kind).not.toBe('drift')
  })

  it('may be asked for again while it is paused, and not while trading is reduced or halted', () => {
    const world = invested()
    world.answers.submit = (order) => [world.news(order, { kind: 'rejected', reason: 'closed' })]
    ask(world, LIQUIDATE)
    expect([world.run.status, world.held('AAA')]).toEqual(['COMPLETED_ADJUSTED', 500])
    world.answers.submit = (order) => [world.fill(order)]
    ask(world, LIQUIDATE)
    expect([world.run.id, world.held('AAA')]).toEqual(['R-3', 0])
    for (const to of ['reducing', 'halted'] as const) {
      world.tell(permit(to))
      ask(world, LIQUIDATE)
      expect([world.run.id, world.snapshot.value.permission]).toEqual(['R-3', to])
    }
  })

  it('that comes in the middle of another run begins nothing and pauses nothing', () => {
    const world = World.funded({ solve: () => [] }).rebalance()
    ask(world, LIQUIDATE)
    expect([world.run.type, world.snapshot.value.permission]).toEqual(['full', 'active'])
  })

  it('that is unwound leaves the targets as they were, and trading paused', () => {
    const world = invested()
    world.answers.submit = (order) => [world.fill(order, quantity('10'))]
    ask(world, LIQUIDATE)
    world.tell(permit('halted'))
    world.settle()
    expect(world.run.status).toBe('ROLLED_BACK')
    expect(world.state.effective?.weights).toEqual({ AAA: 0.5, BBB: 0.4 })
    expect(world.snapshot.value.permission).toBe('halted')
  })

  it('keeps what has no price, and says so', () => {
    const world = ask(invested(), LIQUIDATE, { BBB: '' })
    expect(orders(world)).toEqual(['sell-AAA 500'])
    expect(world.run.plan?.skipped).toMatchObject([{ instrument: 'BBB', side: 'sell', reason: 'frozen' }])
  })
})
