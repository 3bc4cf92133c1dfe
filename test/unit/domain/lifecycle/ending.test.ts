import { describe, expect, it } from 'vitest'
import { effectiveTargets } from '#domain/lifecycle/ending.js'
import { money, quantity } from '#units/money.js'
import { viewAt } from '../../../machine/fixtures.js'
import { World } from '../../../machine/world.js'

describe('the targets drift is measured against after a run', () => {
  it('are those governance has left: a cut leg counts as far as it was allowed', () => {
    const world = World.funded({}, { governance: [{ name: 'position-limit', params: { max: 0.45 } }] }).rebalance()
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.state.effective!.weights).toEqual({ AAA: 0.45, BBB: 0.4 })
    expect(world.state.effective!.cash).toBeCloseTo(0.15, 12)
  })

  it('count a leg the venue did not fill whole, so that the gap shows as drift', () => {
    const world = World.funded()
    world.answers.submit = (order) => [
      order.body.instrument === 'AAA'
        ? world.fill(order)
        : world.news(order, { kind: 'rejected', reason: 'restricted' }),
    ]
    world.rebalance()
    expect(world.held('BBB')).toBe(0)
    expect(world.state.effective!.weights).toEqual({ AAA: 0.5, BBB: 0.4 })
  })

  it('stay as they were without an answer', () => {
    const world = World.funded({ solve: () => [] }).rebalance()
    expect(effectiveTargets(world.run)).toBeNull()
  })
})

describe('the cost of a run', () => {
  it('is what fills were worse than the decision price, on both sides, and fees', () => {
    const world = World.funded()
    world.answers.submit = (order) => {
      const fill = world.fill(order, order.body.quantity, order.body.limit)
      if (fill.type !== 'filled') throw new Error('not a fill')
      return [{ ...fill, execution: { ...fill.execution, fee: money('1.25') } }]
    }
    world.rebalance()
    const paid = world.executions.reduce(
      (cost, row) => cost + row.quantity.toNumber() * (row.price.toNumber() - 100) + 1.25,
      0,
    )
    expect(paid).toBeGreaterThan(1_000)
    expect(world.run.realisedCost.toNumber()).toBeCloseTo(paid, 8)
    expect(world.run.after!.equity.toNumber()).toBeCloseTo(100_000 - paid, 8)
  })
})

describe('the outcome of a run', () => {
  it('is as planned where a rule cuts a single lot, and adjusted where it cuts two', () => {
    const cutTo = (max: number): World =>
      World.funded({}, { governance: [{ name: 'position-limit', params: { max } }] }).rebalance()
    expect([cutTo(0.4995).held('AAA'), cutTo(0.4995).run.status]).toEqual([499, 'COMPLETED'])
    expect([cutTo(0.4985).held('AAA'), cutTo(0.4985).run.status]).toEqual([498, 'COMPLETED_ADJUSTED'])
  })

  it('says in one sentence each what fell short', () => {
    const world = World.funded()
    world.answers.submit = (order) => {
      const part = quantity('10')
      const report = { kind: 'reported', status: 'expired', cumulative: part, reason: '' } as const
      return [world.fill(order, part), world.news(order, report)]
    }
    world.rebalance()
    expect(world.run.outcome).toBe('buy-AAA filled 10 of 500: expired; buy-BBB filled 10 of 400: expired')
  })

  it('leaves no cooldown behind when nothing was traded', () => {
    const world = World.funded({ solve: () => [] })
    world.answers.solve = ({ request }) => [
      {
        type: 'solved',
        request,
        answer: {
          kind: 'targets',
          targets: { weights: {}, cash: 1 },
          evidence: {} as never,
          riskBefore: null,
          riskAfter: null,
        },
        view: viewAt(world.now),
      },
    ]
    world.rebalance()
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'already at target' })
    expect(world.state.memory.cooldownUntil).toBeNull()
  })
})
