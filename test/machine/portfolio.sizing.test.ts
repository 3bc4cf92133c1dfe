import { describe, expect, it } from 'vitest'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import type { TargetsAnswer } from '#domain/run.js'
import { due, pendingBesideDrift } from '#domain/trigger.js'
import { later, sessionDate, toIso } from '#units/time.js'
import { regimeByBus } from '../support/regime-policy.js'
import { policy, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const DAY = 86_400_000
const TRIGGERS = { ...policy().triggers, calendar: null, cooldownDays: 0 }
const WANTED = targets({ AAA: 0.4, BBB: 0.3 })
const withRisk = (answer: TargetsAnswer): TargetsAnswer =>
  answer.kind === 'targets' ? { ...answer, riskAfter: { cvar: 0.02, var: 0.015 } } : answer

/** The market a day after the last look; every price is 100. */
const view = (world: World) => ({ ...viewAt(world.now), session: sessionDate(toIso(world.now).slice(0, 10)) })

function asking(changes: Partial<PortfolioPolicy> = {}, answer: TargetsAnswer = WANTED): World {
  const world = World.funded({}, { regime: regimeByBus(), triggers: TRIGGERS, ...changes })
  return answering(world, answer)
}

function answering(world: World, answer: TargetsAnswer): World {
  world.answers.solve = ({ request }) => [{ type: 'solved', request, answer, view: view(world) }]
  world.answers.observe = ({ request }) => [{ type: 'observed', request, view: view(world) }]
  return world
}

const read = (world: World, regime: MarketRegime, confidence = 0.9): World => {
  const reading = { regime, confidence, at: world.now }
  world.tell({ type: 'regimeRead', source: 'bus', reading })
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

const held = (world: World) => [world.held('AAA'), world.held('BBB'), world.held('CCC')]
const text = (world: World): string =>
  runText(explainRun(world.run))
    .flatMap(({ lines }) => lines)
    .join('\n')

describe('targets under the regime', () => {
  it('are what the source wants times the multiplier, the rest in cash', () => {
    const world = read(asking({}, withRisk(WANTED)), 'CHOPPY')
    expect(look(world).trigger?.kind).toBe('targets')
    expect(held(world)).toEqual([280, 210, 0])
    const { answer, sizing } = world.run
    expect(answer).toMatchObject({ targets: { cash: expect.closeTo(0.51, 12) } })
    expect(answer?.kind === 'targets' && answer.riskAfter).toEqual({
      cvar: expect.closeTo(0.014, 12),
      var: expect.closeTo(0.0105, 12),
    })
    expect(sizing).toEqual({ regime: 'CHOPPY', multiplier: 0.7, factor: 0.7, because: 'regime' })
    expect(world.state.effective?.weights).toEqual({ AAA: expect.closeTo(0.28, 12), BBB: expect.closeTo(0.21, 12) })
    expect(text(world)).toContain('Every weight was multiplied by 0.7 for the regime CHOPPY (regime).')
  })

  it('are left alone where the policy does not ask, and nothing is noted', () => {
    const world = answering(World.funded(), WANTED)
    look(world)
    expect(held(world)).toEqual([400, 300, 0])
    expect('sizing' in world.run || 'sized' in world.state.memory).toBe(false)
  })

  it('grow no further than bounds and the cash that has to stay leave room for', () => {
    const room = asking({
      optimiser: { ...policy().optimiser, bounds: { ...policy().optimiser.bounds, min: 0, max: 0.44 } },
    })
    look(read(room, 'TRENDING'))
    expect(held(room)).toEqual([440, 330, 0])
    expect(room.run.sizing).toMatchObject({ multiplier: 1.2, factor: expect.closeTo(1.1, 12) })
    expect(text(room)).toContain(
      'Every weight was multiplied by 1.1 for the regime TRENDING (regime), not by 1.2: limits left no room',
    )
    const full = asking({}, targets({ AAA: 0.5, BBB: 0.5 }))
    look(read(full, 'TRENDING'))
    expect(full.run.sizing?.factor).toBe(1)
  })
})

describe('a multiplier that moves', () => {
  const settled = (regime: MarketRegime = 'UNKNOWN', changes: Partial<PortfolioPolicy> = {}): World => {
    const world = read(asking(changes), regime)
    look(world)
    return world
  }

  it('by a tenth and more begins a run of its own, whatever the cooldown', () => {
    const world = settled('UNKNOWN', { triggers: { ...TRIGGERS, cooldownDays: 30 } })
    expect(look(world).trigger).toBeNull()
    read(world, 'MEAN_REVERTING')
    expect(pendingBesideDrift(world.state, view(world))).toBe(true)
    const { trigger } = look(world)
    expect(trigger).toMatchObject({
      kind: 'risk',
      why: 'sizing by the regime goes from 1 to 0.9: MEAN_REVERTING',
      evidence: { from: 1, to: 0.9, regime: 'MEAN_REVERTING', because: 'regime' },
    })
    expect(world.run).toMatchObject({ type: 'full', status: 'COMPLETED' })
    expect(held(world)).toEqual([360, 270, 0])
    expect(pendingBesideDrift(world.state, view(world))).toBe(false)
    expect(look(world).trigger).toBeNull()
  })

  it('by less waits for the next run', () => {
    const world = settled('UNKNOWN', {
      regime: regimeByBus({ multipliers: { ...regimeByBus().multipliers, CHOPPY: 0.91 } }),
    })
    read(world, 'CHOPPY')
    expect(look(world).trigger).toBeNull()
  })

  it('brings weights back when the market calms down, and takes back what was enlarged when readings stop', () => {
    const world = settled('QUIET_CHOPPY')
    expect(held(world)).toEqual([200, 150, 0])
    read(world, 'TRENDING')
    look(world)
    expect(held(world)).toEqual([480, 360, 0])
    world.fire('regime')
    const { trigger } = look(world)
    expect(trigger?.evidence).toMatchObject({ from: 1.2, to: 1, because: 'stale' })
    expect(held(world)).toEqual([400, 300, 0])
  })

  it('is not drift: a reduced target is what is wanted', () => {
    const world = settled('QUIET_CHOPPY')
    expect(world.state.memory.sized).toEqual({ multiplier: 0.5, factor: 0.5 })
    expect(look(world)).toEqual({ trigger: null, blocked: [] })
  })

  it('sizes what is held where the source asks to hold, from the plain weights', () => {
    const world = settled('CHOPPY')
    const { evidence } = WANTED
    answering(world, { kind: 'hold', reason: 'no signal', evidence })
    read(world, 'QUIET_CHOPPY')
    look(world)
    expect(held(world)).toEqual([200, 150, 0])
    expect(text(world)).toContain('asked to hold (no signal): the earlier targets are sized anew')
    look(read(world, 'UNKNOWN'))
    expect(held(world)).toEqual([400, 300, 0])
  })

  it('sizes earlier targets that limits in conflict led back to once, not twice', () => {
    const world = settled('CHOPPY')
    const earlier = world.state.effective!
    const ladder = { conflict: ['x'], relaxed: [], rung: 'previous' } as const
    answering(world, { ...WANTED, targets: earlier, evidence: { ...WANTED.evidence, ladder } } as TargetsAnswer)
    read(world, 'QUIET_CHOPPY')
    look(world)
    expect(held(world)).toEqual([200, 150, 0])
  })

  it('is traded to whether it pays or not, back to plain weights too', () => {
    const benefit = {
      ...{ holdingPeriods: 21, gain: 0, cost: 1, ratio: 1 },
      ...{ return: { before: 0, after: 0 }, cvar: { before: 0, after: 0 } },
    }
    const world = settled('CHOPPY', { tradeTo: { to: 'optimal', minBenefitRatio: 1 } })
    answering(world, { ...WANTED, evidence: { ...WANTED.evidence, benefit } } as TargetsAnswer)
    look(read(world, 'UNKNOWN'))
    expect(world.run.status).toBe('COMPLETED')
    expect(held(world)).toEqual([400, 300, 0])
    // A run that is not there to size has to pay where the weights are plain.
    world.tell({ type: 'triggered', trigger: world.trigger(), view: view(world) })
    world.settle()
    expect(world.run.status).toBe('CANCELLED')
  })

  it('is tried again when its run was not committed, and then again after nobody’s fault', () => {
    const world = settled()
    answering(world, { kind: 'failed', reason: 'no solution', evidence: WANTED.evidence })
    read(world, 'CHOPPY')
    expect(look(world).trigger?.kind).toBe('risk')
    expect(world.run.status).toBe('FAILED')
    answering(world, WANTED)
    expect(look(world).trigger?.evidence).toMatchObject({ from: 1, to: 0.7 })
    expect(held(world)).toEqual([280, 210, 0])
  })

  it('begins nothing where nothing is wanted, and waits for prices', () => {
    const world = settled()
    read(world, 'CHOPPY')
    world.now = later(world.now, DAY)
    const blind = { ...viewAt(world.now, { AAA: '' }), session: sessionDate(toIso(world.now).slice(0, 10)) }
    expect(due(world.state, blind).blocked.map(({ kind, code }) => [kind, code])).toContainEqual([
      'risk',
      'stale_price',
    ])
    const nothing: PortfolioFact = {
      type: 'triggered',
      trigger: { ...world.trigger(), task: { type: 'liquidate' } },
      view: view(world),
    }
    world.tell(nothing)
    world.settle()
    world.tell({ type: 'permitted', to: 'active', reason: 'x', actor: 'bob' })
    expect(look(world).trigger).toBeNull()
  })
})

describe('rule regime-sizing', () => {
  it('cuts what cash is invested in to what the regime leaves now, and no sale', () => {
    const rule = { name: 'regime-sizing', params: {} }
    const world = read(asking({ governance: [rule] }), 'UNKNOWN')
    look(world)
    expect(world.run.judgements).toMatchObject([{ rule: 'regime-sizing', verdict: 'allow' }])
    // A move of less than a tenth: no run of its own, and the rule holds later buys to it.
    const own = { ...regimeByBus().multipliers, CHOPPY: 0.95 }
    world.tell({ type: 'configured', policy: { ...world.state.policy, regime: regimeByBus({ multipliers: own }) } })
    read(world, 'CHOPPY')
    world.tell({ type: 'triggered', trigger: world.trigger(), view: view(world) })
    world.settle()
    expect(held(world)).toEqual([380, 285, 0])
    expect(world.run.judgements).toMatchObject([{ rule: 'regime-sizing', verdict: 'allow' }])
  })
})
