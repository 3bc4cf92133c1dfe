import { describe, expect, it } from 'vitest'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import { due, pendingBesideDrift } from '#domain/trigger.js'
import { money } from '#units/money.js'
import { later, sessionDate, toIso } from '#units/time.js'
import { regimeByBus } from '../support/regime-policy.js'
import { policy, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const DAY = 86_400_000
const MINUTE = 60_000
const TRIGGERS = {
  ...policy().triggers,
  calendar: null,
  cooldownDays: 0,
  cash: { minInvest: money('1000') },
}
/** A rule of a later version, say: it refuses every plan. */
const UNKNOWN = { name: 'not-a-rule', params: {} }

const view = (world: World) => ({ ...viewAt(world.now), session: sessionDate(toIso(world.now).slice(0, 10)) })

/** A portfolio at its targets whose rules have begun to refuse everything. */
function refusing(changes: Partial<PortfolioPolicy> = {}): World {
  const world = World.funded({}, { regime: regimeByBus(), triggers: TRIGGERS, ...changes })
  const answer = targets({ AAA: 0.4, BBB: 0.3 })
  world.answers.solve = ({ request }) => [{ type: 'solved', request, answer, view: view(world) }]
  world.answers.observe = ({ request }) => [{ type: 'observed', request, view: view(world) }]
  look(world)
  expect(world.run.status).toBe('COMPLETED')
  govern(world, [UNKNOWN])
  look(world)
  expect([world.run.trigger.kind, world.run.status]).toEqual(['targets', 'CANCELLED'])
  return world
}

const govern = (world: World, governance: PortfolioPolicy['governance']): void => {
  world.tell({ type: 'configured', policy: { ...world.state.policy, governance } })
}

const read = (world: World, regime: MarketRegime): void => {
  world.tell({ type: 'regimeRead', source: 'bus', reading: { regime, confidence: 0.9, at: world.now } })
}

/** Looks at the market some time later and lets what is due begin; says what was held back. */
function look(world: World, after = MINUTE): readonly string[] {
  world.now = later(world.now, after)
  const { trigger, blocked } = due(world.state, view(world))
  if (trigger !== null) world.tell({ type: 'triggered', trigger, view: view(world) })
  world.settle()
  return blocked.map(({ kind, code }) => `${kind} ${code}`)
}

describe('a run for risk that a rule refuses', () => {
  const refused = (): World => {
    const world = refusing()
    read(world, 'CHOPPY')
    look(world)
    expect([world.run.trigger.kind, world.run.outcome]).toEqual(['risk', 'not-a-rule: no rule is called not-a-rule'])
    return world
  }

  it('rests through its session, is blocked meanwhile and says why', () => {
    const world = refused()
    const runs = world.state.runs
    for (let looks = 0; looks < 5; looks += 1) expect(look(world)).toEqual(['risk refused'])
    expect(world.state.runs).toBe(runs)
    const [blocked] = due(world.state, { ...view(world), at: later(world.now, 1) }).blocked
    expect(blocked?.reason).toBe(
      'refused by not-a-rule: no rule is called not-a-rule; rests through session 2024-01-02 unless what rules judge by changes: sizing by the regime goes from 1 to 0.7: CHOPPY',
    )
    expect(world.state.memory.deferred).toMatchObject({ risk: { through: '2024-01-02' } })
    const told = runText(explainRun(world.run)).flatMap(({ lines }) => lines)
    expect(told).toContain('It is not begun again before the next session, unless what rules judge by changes.')
    world.replay(true)
  })

  it('is begun again in the next session, and rests again', () => {
    const world = refused()
    const runs = world.state.runs
    expect(look(world, DAY)).toEqual([])
    expect([world.state.runs, world.run.trigger.kind]).toEqual([runs + 1, 'risk'])
    expect(look(world)).toEqual(['risk refused'])
    expect(pendingBesideDrift(world.state, view(world))).toBe(true)
  })

  it('stays away in the next session where the multiplier has gone back', () => {
    const world = refused()
    const runs = world.state.runs
    read(world, 'UNKNOWN')
    expect(world.state.memory).not.toHaveProperty('deferred')
    expect(look(world, DAY)).toEqual([])
    expect(world.state.runs).toBe(runs)
  })

  it.each<[string, (world: World) => void]>([
    [
      'the policy',
      (world) => void world.tell({ type: 'configured', policy: { ...world.state.policy, name: 'other' } }),
    ],
    ['the multiplier', (world) => read(world, 'QUIET_CHOPPY')],
    ['cash', (world) => void world.tell({ type: 'deposited', amount: money('10'), view: view(world) })],
  ])('is begun again at once when %s changes', (_, change) => {
    const world = refused()
    change(world)
    const runs = world.state.runs
    look(world)
    expect([world.state.runs, world.run.trigger.kind]).toEqual([runs + 1, 'risk'])
    world.replay(true)
  })

  it('rests on when time passes, a session closes, or the same regime is read again', () => {
    const world = refused()
    world.tell({ type: 'marked', view: view(world) })
    world.later(MINUTE)
    read(world, 'CHOPPY')
    expect(look(world)).toEqual(['risk refused'])
  })

  it('is done once the rule is gone, and nothing is held back any more', () => {
    const world = refused()
    govern(world, [])
    look(world)
    look(world)
    expect([world.held('AAA'), world.held('BBB')]).toEqual([280, 210])
    expect(world.state.memory).not.toHaveProperty('deferred')
  })
})

describe('cash that a rule keeps from being invested', () => {
  it('rests through the session with the deposit, and another deposit is tried', () => {
    const world = refusing()
    const deposit = () => world.tell({ type: 'deposited', amount: money('20000'), view: view(world) })
    deposit()
    look(world)
    expect([world.run.trigger.kind, world.run.status]).toEqual(['cash', 'CANCELLED'])
    const runs = world.state.runs
    for (let looks = 0; looks < 5; looks += 1) expect(look(world)).toContain('cash refused')
    expect(world.state.runs).toBe(runs)
    deposit()
    look(world)
    expect([world.state.runs, world.run.trigger.kind]).toEqual([runs + 1, 'cash'])
    govern(world, [])
    look(world)
    expect(world.run.status).toBe('COMPLETED')
    world.replay()
  })
})

describe('a run by hand that a rule refuses', () => {
  it('leaves nothing at rest', () => {
    const world = refusing()
    world.rebalance()
    expect(world.run.status).toBe('CANCELLED')
    expect(world.state.memory).not.toHaveProperty('deferred')
  })
})
