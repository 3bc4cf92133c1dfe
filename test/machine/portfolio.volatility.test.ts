import { describe, expect, it } from 'vitest'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { due } from '#domain/trigger.js'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import { later, sessionDate, toIso } from '#units/time.js'
import { regimeByBus } from '../support/regime-policy.js'
import { policy, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const DAY = 86_400_000
const WANTED = targets({ AAA: 0.4, BBB: 0.3 })
const VOLATILITY = { ...VOLATILITY_TERMS, from: { source: 'bus', channel: 'us' } } as const

const view = (world: World) => ({ ...viewAt(world.now), session: sessionDate(toIso(world.now).slice(0, 10)) })

function asking(changes: Partial<PortfolioPolicy> = {}): World {
  const triggers = { ...policy().triggers, calendar: null, cooldownDays: 0 }
  const world = World.funded({}, { volatility: VOLATILITY, triggers, ...changes })
  world.answers.solve = ({ request }) => [{ type: 'solved', request, answer: WANTED, view: view(world) }]
  world.answers.observe = ({ request }) => [{ type: 'observed', request, view: view(world) }]
  return world
}
const at = (world: World, level: number): World => {
  world.tell({ type: 'volatilityRead', source: 'bus', reading: { level, at: world.now } })
  return world
}
const choppy = (world: World): World => {
  world.tell({ type: 'regimeRead', source: 'bus', reading: { regime: 'CHOPPY', confidence: 0.9, at: world.now } })
  return world
}

/** Looks at the market a day later and lets what is due begin. */
function look(world: World): ReturnType<typeof due> {
  world.now = later(world.now, DAY)
  const answer = due(world.state, view(world))
  if (answer.trigger !== null) world.tell({ type: 'triggered', trigger: answer.trigger, view: view(world) })
  world.settle()
  return answer
}
const held = (world: World) => [world.held('AAA'), world.held('BBB')]
const text = (world: World): string =>
  runText(explainRun(world.run))
    .flatMap(({ lines }) => lines)
    .join('\n')

describe('targets under volatility', () => {
  it('are what the source wants times what the index leaves, explained, and a move begins a run of its own', () => {
    const world = at(asking(), 30)
    expect(look(world).trigger?.kind).toBe('targets')
    expect(held(world)).toEqual([300, 225])
    expect(text(world)).toContain('Every weight was multiplied by 0.75 for the volatility at 30')
    expect(look(at(world, 33))).toMatchObject({ trigger: null })
    const moved = look(at(world, 36)).trigger
    expect(moved).toMatchObject({
      kind: 'risk',
      why: 'sizing by volatility goes from 0.75 to 0.6: its index is at 36.00',
    })
    expect(held(world)).toEqual([240, 180])
  })

  it('are sized by the regime or by volatility, whichever leaves less, and by one only', () => {
    const regime = regimeByBus()
    const mild = at(choppy(asking({ regime })), 30)
    look(mild)
    expect(held(mild)).toEqual([280, 210])
    expect(text(mild)).toContain('Every weight was multiplied by 0.7 for the regime CHOPPY (regime)')
    const wild = at(choppy(asking({ regime })), 38)
    look(wild)
    expect(held(wild)).toEqual([220, 165])
    expect(text(wild)).toContain('for the volatility at 38')
  })

  it('are not enlarged where nobody has said how volatile it is', () => {
    const world = asking({ regime: regimeByBus() })
    world.tell({ type: 'regimeRead', source: 'bus', reading: { regime: 'TRENDING', confidence: 0.9, at: world.now } })
    look(world)
    expect(held(world)).toEqual([400, 300])
  })

  it('leave a portfolio alone whose policy does not ask', () => {
    const { volatility: _none, ...plain } = asking().state.policy
    const world = asking()
    const before = { ...world.state, policy: plain }
    expect(before.volatility).toBeUndefined()
    const other = World.funded({}, {})
    const { state } = other
    other.tell({ type: 'volatilityRead', source: 'bus', reading: { level: 60, at: other.now } })
    expect(other.state.volatility).toBe(state.volatility)
  })
})
