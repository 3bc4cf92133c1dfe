import { describe, expect, it } from 'vitest'
import { decideRecovery } from '#domain/lifecycle/recovering.js'
import { START, viewAt } from '../../../machine/fixtures.js'
import { World } from '../../../machine/world.js'

/** A run that has bought nothing yet: its orders, decided at 100 each with a collar of 2 %, are at the venue. */
const buying = (): World => World.funded({ submit: () => [], cancel: () => [] }, { orders: ORDERS }).rebalance()
const ORDERS = { ...World.funded().policy.orders, collar: 0.02 }

const decide = ({ state }: World, prices: Readonly<Record<string, string>> = {}) =>
  decideRecovery(state, viewAt(START, prices))

describe('a run that its process left unfinished', () => {
  it('is nothing to speak of where there was none', () => {
    expect(decide(World.funded())).toEqual({ decision: 'resume', reason: '' })
  })

  it('goes on while no price is further than the collar from the one its order was decided at', () => {
    for (const prices of [{}, { AAA: '102' }, { AAA: '98', BBB: '102' }])
      expect(decide(buying(), prices)).toEqual({
        decision: 'resume',
        reason: 'R-1 goes on with 2 open orders: no price is further than 2.00 % from its own',
      })
  })

  it('is unwound when one is, up or down, also where another has no price', () => {
    for (const [price, other] of [
      ['102.01', '100'],
      ['97.99', '100'],
      ['50', ''],
    ])
      expect(decide(buying(), { BBB: price!, AAA: other! })).toEqual({
        decision: 'unwind',
        reason: `R-1 is unwound: buy-BBB was decided at 100 and the price is ${price}, beyond 2.00 %`,
      })
  })

  it('waits when there is no fresh price to judge by', () => {
    expect(decide(buying(), { BBB: '' })).toEqual({ decision: 'hold', reason: 'R-1 waits: BBB has no price' })
  })

  it('goes on, whatever the prices, when none of its orders may still trade', () => {
    const world = buying()
    for (const order of world.orders) world.tell(world.fill(order))
    const solving = World.funded({ solve: () => [] }).rebalance()
    for (const { state } of [solving, World.funded({ observe: () => [] }).rebalance()])
      expect(decideRecovery(state, viewAt(START, { AAA: '1' }))).toEqual({
        decision: 'resume',
        reason: 'R-1 goes on, none of its orders was open',
      })
  })

  it('goes on waiting for people, whatever the prices, and says until when', () => {
    const limits = { turnover: 0, notional: null, symbols: [], firstLiveRun: false }
    const approval = { ...limits, approvers: 1, expiresAfterMs: 60_000 } as const
    const world = World.funded({}, { approval }).rebalance()
    expect(decide(world, { AAA: '1', BBB: '' })).toEqual({
      decision: 'resume',
      reason: 'R-1 still waits for approval, until 2024-01-02T21:01:00.000Z',
    })
  })

  it('goes on unwinding when it was being unwound', () => {
    const world = buying()
    world.tell({ type: 'permitted', to: 'halted', reason: 'stop', actor: 'op' })
    expect(world.leaf).toBe('unwinding')
    expect(decide(world, { AAA: '1' })).toEqual({
      decision: 'resume',
      reason: 'R-1 was being unwound and goes on with that',
    })
  })

  it('that is unwound cancels what is open, keeps what was filled, and says why it ended', () => {
    const world = buying()
    const [first] = world.orders
    world.tell(world.fill(first!))
    world.tell({ type: 'opened', epoch: 2 })
    const { decision, reason } = decide(world, { BBB: '90' })
    const effects = world.tell({ type: 'reconciled', decision, reason })
    expect(effects.filter(({ type }) => type === 'cancel')).toHaveLength(1)
    const open = world.order('buy-BBB')
    world.tell(world.news(open, { kind: 'reported', status: 'cancelled', cumulative: open.cumulative, reason: '' }))
    expect(world.run).toMatchObject({ status: 'ROLLED_BACK', outcome: reason })
    expect(world.held('AAA')).toBeGreaterThan(0)
    expect(world.leaf).toBe('watching')
  })
})
