import { describe, expect, it } from 'vitest'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { due } from '#domain/trigger.js'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import { instrumentId } from '#units/ids.js'
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

describe('a run that takes risk back', () => {
  const AAA = instrumentId('AAA')
  const restrain = (world: World, to: 'halted' | 'active'): void => {
    const scope = { kind: 'instrument', instrument: AAA, firm: false } as const
    world.tell({ type: 'restrained', scope, to, actor: 'ann', reason: 'checks its price' })
  }
  /** Weights are to be 0.75 of what they were, and AAA may not be sold. */
  const kept = (): World => {
    const world = asking({ triggers: { ...policy().triggers, calendar: null, drift: null, cooldownDays: 0 } })
    look(world)
    restrain(world, 'halted')
    look(at(world, 30))
    expect([world.run.trigger.kind, world.run.status]).toEqual(['risk', 'COMPLETED_ADJUSTED'])
    expect(held(world)).toEqual([400, 225])
    return world
  }
  const minuteLater = (world: World) => {
    world.now = later(world.now, 60_000)
    return due(world.state, { ...view(world), session: world.run.session })
  }

  it('wants what it could not sell until that is done, and tries it again in the next session', () => {
    const world = kept()
    expect(world.state.effective?.weights).toEqual({ AAA: 0.3, BBB: 0.225 })
    expect(world.state.memory.outstanding).toMatchObject({ names: ['AAA'] })
    restrain(world, 'active')
    expect(minuteLater(world)).toEqual({ trigger: null, blocked: [] })
    expect(look(world).trigger).toMatchObject({
      kind: 'risk',
      why: expect.stringContaining('risk to be taken back is still held: AAA (kill-switch: '),
    })
    expect(held(world)).toEqual([300, 225])
    expect(world.state.memory).toMatchObject({ sized: { multiplier: 0.75, factor: 0.75 } })
    expect(world.state.memory).not.toHaveProperty('outstanding')
    expect(look(world)).toMatchObject({ trigger: null, blocked: [] })
    world.replay(true)
  })

  it('begins by what targets were sized by, which memory says again where the run comes to nothing', () => {
    // Hysteresis takes 33 for a little less.
    const world = at(kept(), 33)
    restrain(world, 'active')
    world.answers.solve = () => []
    world.now = later(world.now, DAY)
    const { trigger } = due(world.state, view(world))
    expect(trigger).toMatchObject({ kind: 'risk', evidence: { from: 0.75, to: expect.closeTo(0.68, 9) } })
    world.tell({ type: 'triggered', trigger: trigger!, view: view(world) })
    world.tell({ type: 'permitted', to: 'halted', actor: 'ann', reason: 'odd prices' })
    world.settle()
    expect(world.state.memory).toMatchObject({ sized: { multiplier: 0.75 }, outstanding: { names: ['AAA'] } })
  })

  it('begins nothing while its name may not be sold, however many sessions pass', () => {
    const world = kept()
    for (let session = 0; session < 3; session += 1) expect(look(world)).toEqual({ trigger: null, blocked: [] })
  })

  it('is not forgotten by a run that somebody asks for in between', () => {
    const world = kept()
    const { now } = world
    const trigger = { kind: 'manual', at: now, session: world.run.session, why: 'asked', evidence: {} } as const
    world.tell({ type: 'triggered', trigger, view: view(world) })
    world.settle()
    expect([world.run.trigger.kind, held(world)]).toEqual(['manual', [400, 225]])
    expect(world.state.effective?.weights).toEqual({ AAA: 0.3, BBB: 0.225 })
    restrain(world, 'active')
    expect(look(world).trigger?.kind).toBe('risk')
    expect(held(world)).toEqual([300, 225])
  })

  it('is over when volatility goes back: weights are what the source wants again', () => {
    const world = kept()
    expect(look(at(world, 10)).trigger?.why).toContain('goes from 0.75 to 1')
    expect([held(world), world.state.memory.outstanding]).toEqual([[400, 300], undefined])
  })

  it('takes for the target what a rule leaves for good, and wants no more', () => {
    const world = asking({ triggers: { ...policy().triggers, calendar: null, drift: null, cooldownDays: 0 } })
    look(world)
    const governance = [{ name: 'minimum-trade', params: { minValue: '8000' } }]
    world.tell({ type: 'configured', policy: { ...world.state.policy, governance } })
    look(world)
    look(at(world, 30))
    expect([world.run.trigger.kind, held(world)]).toEqual(['risk', [300, 300]])
    expect(world.state.memory).not.toHaveProperty('outstanding')
    expect(look(world)).toEqual({ trigger: null, blocked: [] })
  })

  it('is due at once where a halt ended the wait for people, who were not asked', () => {
    const world = asking({
      approval: {
        ...{ turnover: 0.01, notional: null, symbols: [], firstLiveRun: false },
        ...{ approvers: 1, expiresAfterMs: 60_000 },
      },
    })
    look(world)
    const { id, plan } = world.run
    world.tell({ type: 'decided', run: id, plan: plan!.hash, verdict: 'approve', actor: 'ann', reason: 'fine' })
    world.settle()
    look(at(world, 30))
    expect([world.run.trigger.kind, world.run.status]).toEqual(['risk', 'AWAITING_APPROVAL'])
    world.tell({ type: 'permitted', to: 'halted', actor: 'ann', reason: 'odd prices' })
    world.settle()
    world.tell({ type: 'permitted', to: 'active', actor: 'ann', reason: 'fine again' })
    expect(minuteLater(world).trigger?.kind).toBe('risk')
  })

  it('is asked for again in the next session where people did not approve it', () => {
    const approval = { turnover: 0.01, notional: null, symbols: [], firstLiveRun: false } as const
    const world = asking()
    look(world)
    const { policy: before } = world.state
    world.tell({
      type: 'configured',
      policy: { ...before, approval: { ...approval, approvers: 1, expiresAfterMs: 60_000 } },
    })
    look(at(world, 30))
    const runs = world.state.runs
    expect(world.run.status).toBe('AWAITING_APPROVAL')
    const { id, plan } = world.run
    world.tell({
      ...{ type: 'decided', run: id, plan: plan!.hash, verdict: 'reject', actor: 'ann', reason: 'not today' },
    })
    expect(world.run.status).toBe('CANCELLED')
    const { trigger, blocked } = minuteLater(world)
    expect([trigger, blocked[0]?.code]).toEqual([null, 'refused'])
    expect(blocked[0]?.reason).toContain('refused by people: rejected by ann: not today')
    expect(explainRun(world.run).rests).toBe(true)
    expect(look(world).trigger?.kind).toBe('risk')
    expect([world.state.runs, world.run.status]).toEqual([runs + 1, 'AWAITING_APPROVAL'])
    world.replay(true)
  })
})
