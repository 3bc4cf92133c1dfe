import { describe, expect, it } from 'vitest'
import type { PortfolioPolicy } from '#domain/policy.js'
import { due } from '#domain/trigger.js'
import { instant, sessionDate, toIso } from '#units/time.js'
import { equity, policyOf } from '../unit/domain/targets/fixtures.js'
import { targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const energy = (name: string) => equity(name, { sector: 'Energy' })
const sectors: Partial<PortfolioPolicy> = {
  universe: [energy('AAA'), energy('BBB'), equity('CCC')],
  governance: [{ name: 'sector-concentration', params: { max: 0.5, perSector: {} } }],
}

/** A portfolio whose first run goes to one set of weights and whose second goes to another. */
function swapping(first: Readonly<Record<string, number>>, second: Readonly<Record<string, number>>): World {
  const world = World.funded({}, sectors)
  world.answers.solve = ({ request, run }) => [
    { type: 'solved', request, answer: targets(run === 'R-1' ? first : second), view: viewAt(world.now) },
  ]
  world.rebalance()
  world.later(60_000)
  return world
}

describe('a limit on a sector while orders fill', () => {
  it('lets one name of a full sector be swapped for another: buys come after confirmed sells', () => {
    const world = swapping({ AAA: 0.5 }, { BBB: 0.5 }).rebalance()
    expect([world.held('AAA'), world.held('BBB')]).toEqual([0, 500])
    expect(world.run.status).toBe('COMPLETED')
    expect(world.run.judgements.filter(({ verdict }) => verdict !== 'allow')).toEqual([])
    world.replay()
  })

  it('cuts the buys that sales which did not come about were to make room for', () => {
    const world = swapping({ AAA: 0.5 }, { AAA: 0.1, BBB: 0.4, CCC: 0.5 })
    world.answers.submit = (order) => [
      order.body.side === 'sell' ? world.news(order, { kind: 'rejected', reason: 'halted' }) : world.fill(order),
    ]
    world.rebalance()
    expect([world.held('AAA'), world.held('BBB')]).toEqual([500, 0])
    expect(world.held('CCC')).toBeGreaterThan(200)
    const cut = world.run.judgements.find(({ verdict, leg }) => verdict === 'resize' && leg === 'buy-BBB')
    expect(cut?.reason).toMatch(/^exposure to Energy would be 7\d\.\d % of equity, more than 50\.0 %$/)
    world.replay()
  })
})

describe('a run that a rule puts off', () => {
  const minutes = (world: World, prices: Readonly<Record<string, string>> = {}) => ({
    ...viewAt(world.now, prices),
    session: sessionDate(toIso(world.now).slice(0, 10)),
    barSize: '1m' as const,
  })
  const closed = (): World => {
    const world = World.funded(
      {},
      {
        governance: [
          { name: 'market-hours', params: { exchange: 'XNYS' } },
          { name: 'rebalance-frequency', params: { maxRuns: 1 } },
        ],
        triggers: { ...policyOf([]).triggers, calendar: null, cooldownDays: 0 },
      },
    )
    world.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets({ AAA: 0.5 }), view: minutes(world) },
    ]
    world.later(60_000)
    return world
  }
  const pulse = (world: World, prices: Readonly<Record<string, string>> = {}) => {
    const view = minutes(world, prices)
    const { trigger, blocked } = due(world.state, view)
    if (trigger !== null) world.tell({ type: 'triggered', trigger, view })
    world.settle()
    return blocked.map(({ kind, code }) => `${kind} ${code}`)
  }
  /** New York opens at 14:30 UTC in January; the story begins at its close on the 2nd. */
  const OPEN = instant(Date.UTC(2024, 0, 3, 14, 30))

  it('trades nothing, is blocked until then, and is begun again once it is over', () => {
    const world = closed()
    expect(pulse(world)).toEqual([])
    expect(world.run.status).toBe('CANCELLED')
    expect(toIso(world.run.failure!.retryAt!)).toBe(toIso(OPEN))
    expect(world.state.memory.deferred).toMatchObject({ targets: { until: OPEN } })
    world.later(3_600_000)
    expect(pulse(world)).toEqual(['targets deferred'])
    expect(world.state.runs).toBe(1)
    world.later(OPEN - world.now)
    expect(pulse(world)).toEqual([])
    expect(world.run).toMatchObject({ status: 'COMPLETED', number: 2, trigger: { kind: 'targets' } })
    expect(world.held('AAA')).toBe(500)
    expect(world.state.memory).not.toHaveProperty('deferred')
    world.replay(true)
  })

  it('comes back although a week of rest would follow a failed first run, and although the policy was taken up', () => {
    const world = closed()
    pulse(world)
    expect(world.state.memory.cooldownUntil).toBeNull()
    world.tell({ type: 'configured', policy: world.state.policy })
    world.later(OPEN - world.now)
    pulse(world)
    expect(world.run.status).toBe('COMPLETED')
  })

  it('is not done for a person: who asked asks again', () => {
    const world = closed()
    world.tell({ type: 'triggered', trigger: world.trigger(), view: minutes(world) })
    world.settle()
    expect(world.run.failure?.reason).toMatch(/^market-hours: XNYS is closed until/)
    expect(world.state.memory).not.toHaveProperty('deferred')
  })

  it('stays away where there is no drift any more', () => {
    const world = closed()
    world.later(OPEN - world.now)
    pulse(world)
    expect(world.held('AAA')).toBe(500)
    world.later(7 * 3_600_000)
    world.tell({ type: 'marked', view: minutes(world) })
    world.later(3 * 3_600_000)
    expect(pulse(world, { AAA: '150' })).toEqual([])
    expect([world.run.trigger.kind, world.run.status]).toEqual(['drift', 'CANCELLED'])
    expect(world.state.memory.deferred).toHaveProperty('drift')
    world.later(15 * 3_600_000)
    expect(pulse(world, { AAA: '100' })).toEqual([])
    expect([world.state.runs, world.held('AAA')]).toEqual([2, 500])
    world.later(60_000)
    pulse(world, { AAA: '150' })
    expect([world.run.trigger.kind, world.run.status]).toEqual(['drift', 'COMPLETED'])
    expect(world.state.memory).not.toHaveProperty('deferred')
  })
})
