import { describe, expect, it } from 'vitest'
import { refusalOf } from '#domain/approval/refusal.js'
import type { ApprovalPolicy, PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { RunTask } from '#domain/task.js'
import { encode } from '#units/canonical.js'
import { instrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import { DAY_MS, sessionDate } from '#units/time.js'
import { policy, SESSION, START, targets, viewAt } from './fixtures.js'
import { type Answers, World } from './world.js'

const MINUTE = 60_000
const plain: ApprovalPolicy = {
  ...{ turnover: 0.1, notional: null, symbols: [], firstLiveRun: false, approvers: 1, expiresAfterMs: 30 * MINUTE },
}
const approval = (changes: Partial<ApprovalPolicy> = {}): Partial<PortfolioPolicy> => ({
  approval: { ...plain, ...changes },
})
/** A portfolio whose first run waits for people. */
const waiting = (changes: Partial<ApprovalPolicy> = {}, answers: Partial<Answers> = {}, more = {}): World =>
  World.funded(answers, { ...approval(changes), ...more }).rebalance()

type Decided = Extract<PortfolioFact, { type: 'decided' }>
const decided = (world: World, changes: Partial<Decided> = {}): Decided => ({
  ...{ type: 'decided', run: world.run.id, plan: world.run.plan!.hash, verdict: 'approve' },
  ...{ actor: 'ann', reason: 'looks right' },
  ...changes,
})
const decide = (world: World, changes: Partial<Decided> = {}): World => {
  world.tell(decided(world, changes))
  return world.settle()
}
const submits = (world: World): readonly string[] =>
  world.history.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.type === 'submit' ? [effect.order.body.leg] : [])),
  )
const aim = (world: World, weights: Readonly<Record<string, number>>): void => {
  world.answers.solve = ({ request }) => [
    { type: 'solved', request, answer: targets(weights), view: viewAt(world.now) },
  ]
}

describe('a plan that waits for a person', () => {
  it('sends nothing, says why and until when, and has a deadline', () => {
    const world = waiting()
    expect(world.leaf).toBe('awaitingApproval')
    expect(world.run.status).toBe('AWAITING_APPROVAL')
    expect(submits(world)).toEqual([])
    expect(world.run.approval).toEqual({
      reasons: [
        { code: 'turnover', reason: 'turnover 90.00 % is more than 10.00 %', figures: { turnover: 0.9, limit: 0.1 } },
      ],
      approvers: 1,
      since: START,
      until: START + 30 * MINUTE,
      decisions: [],
      session: null,
    })
    expect([...world.timers]).toEqual([['approval:R-1', START + 30 * MINUTE]])
    world.replay(true)
  })

  it('trades once it is approved, and the run says who, when and why', () => {
    const world = waiting()
    world.later(MINUTE)
    decide(world)
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'as planned' })
    expect([world.held('AAA'), world.held('BBB')]).toEqual([500, 400])
    expect(world.run.approval?.decisions).toEqual([
      { verdict: 'approve', actor: 'ann', reason: 'looks right', at: START + MINUTE },
    ])
    expect(world.run.phases.map(({ status }) => status)).toContain('AWAITING_APPROVAL')
    expect([...world.timers]).toEqual([])
    world.replay(true)
  })

  it('does not wait under its limits', () => {
    const world = waiting({ turnover: 0.9 })
    expect(world.run.status).toBe('COMPLETED')
    expect(world.run).not.toHaveProperty('approval')
  })

  it('is not approved by another hash, another run, or a word after its time: the state stays as it is', () => {
    const world = waiting()
    const before = encode(world.snapshot)
    const at = (ms: number) => refusalOf(world.run, decided(world), (START + ms) as typeof START)?.code
    for (const changes of [{ plan: '0'.repeat(64) }, { run: 'R-2' as Decided['run'] }]) {
      decide(world, changes)
      expect(refusalOf(world.run, decided(world, changes), world.now)?.code).toBe('STALE_PLAN')
    }
    expect(encode(world.snapshot)).toBe(before)
    expect([at(30 * MINUTE - 1), at(30 * MINUTE)]).toEqual([undefined, 'EXPIRED'])
    world.later(30 * MINUTE)
    decide(world)
    expect(encode(world.snapshot)).toBe(before)
    world.replay()
  })

  it('ends cancelled when it is rejected, with the reason, and nothing was sent', () => {
    const world = waiting()
    decide(world, { verdict: 'reject', actor: 'bob', reason: 'wrong month' })
    expect(world.run).toMatchObject({ status: 'CANCELLED', outcome: 'rejected by bob: wrong month' })
    expect([submits(world), [...world.timers], world.leaf]).toEqual([[], [], 'watching'])
    const before = encode(world.snapshot)
    decide(world)
    expect(encode(world.snapshot)).toBe(before)
    expect(refusalOf(world.run, decided(world), world.now)?.code).toBe('STALE_PLAN')
    world.replay(true)
  })

  it('ends cancelled when nobody approves it in time', () => {
    const world = waiting()
    world.tell({ type: 'timedOut', timer: 'approval:R-9' })
    expect(world.leaf).toBe('awaitingApproval')
    world.fire('approval:')
    expect(world.run).toMatchObject({ status: 'CANCELLED', outcome: 'expired: nobody approved its plan' })
    expect([submits(world), [...world.timers]]).toEqual([[], []])
    // Nothing else would ever invest a portfolio without targets.
    expect(world.state.memory).toMatchObject({ targetsChanged: true, cooldownUntil: '2024-01-09' })
    world.replay(true)
  })

  it('is not asked for again at the next look where it was to invest a deposit', () => {
    const world = waiting({}, {}, { triggers: { ...policy().triggers, cash: { minInvest: money('10') } } })
    decide(world)
    world.later(MINUTE)
    world.tell({ type: 'deposited', amount: money('50000'), view: viewAt(world.now) })
    const why = { why: 'cash to invest', evidence: {} }
    const trigger = { kind: 'cash', at: world.now, session: SESSION, ...why } as const
    world.tell({ type: 'triggered', trigger, view: viewAt(world.now) })
    expect([world.leaf, world.run.type]).toEqual(['awaitingApproval', 'invest-cash'])
    expect(world.state.memory.depositPending).toBe(false)
    decide(world, { verdict: 'reject' })
    expect([world.run.status, world.state.memory.depositPending]).toEqual(['CANCELLED', false])
  })

  it('rests from the session in which people were done with it', () => {
    const closed = (world: World, session: string): void => {
      world.later(MINUTE)
      world.tell({ type: 'marked', view: { ...viewAt(world.now), session: sessionDate(session) } })
    }
    const approved = waiting({ expiresAfterMs: 30 * DAY_MS })
    closed(approved, '2024-01-10')
    decide(approved)
    expect([approved.run.status, approved.state.memory.cooldownUntil]).toEqual(['COMPLETED', '2024-01-17'])
    const rejected = waiting({ expiresAfterMs: 30 * DAY_MS })
    closed(rejected, '2024-01-10')
    decide(rejected, { verdict: 'reject' })
    expect(rejected.state.memory).toMatchObject({ targetsChanged: true, cooldownUntil: '2024-01-17' })
  })

  it('of first targets is tried again after a rest when it was approved and then stopped', () => {
    const world = waiting({}, { submit: () => [] })
    decide(world)
    world.tell({ type: 'permitted', to: 'halted', actor: 'ann', reason: 'news' })
    for (let waits = 0; world.leaf !== 'watching' && waits < 20; waits += 1) world.fire('')
    expect([world.leaf, world.state.effective]).toEqual(['watching', null])
    expect(world.state.memory.targetsChanged).toBe(true)
  })

  it('takes cash, marks and a restart meanwhile, and begins no other run', () => {
    const world = waiting()
    world.tell({ type: 'deposited', amount: money('500'), view: viewAt(START) })
    world.tell({ type: 'marked', view: viewAt(START) })
    world.tell({ type: 'triggered', trigger: world.trigger(), view: viewAt(START) })
    world.tell({ type: 'opened', epoch: 2 })
    world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
    expect([world.leaf, world.run.id, [...world.timers.keys()]]).toEqual(['awaitingApproval', 'R-1', ['approval:R-1']])
    decide(world)
    // The cash that came meanwhile would buy more than people have seen.
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.run.outcome).toContain('buy-AAA resize by approval: buy-AAA was approved for 500')
    expect([world.held('AAA'), world.held('BBB')]).toEqual([500, 400])
    world.replay(true)
  })

  it.each([
    ['a halt', { type: 'permitted', to: 'halted', reason: 'kill', actor: 'op' }],
    ['a kill', { type: 'restrained', scope: { kind: 'firm' }, to: 'halted', reason: 'kill', actor: 'op' }],
    ['a fault', { type: 'faulted', reason: 'I1', event: 'filled' }],
    ['a take-over that unwinds', { type: 'reconciled', decision: 'unwind', reason: 'moved' }],
  ] as const)('ends with %s, as every run does', (_, fact) => {
    const world = waiting()
    world.tell(fact as PortfolioFact)
    expect(world.run.status).toBe('ROLLED_BACK')
    expect([submits(world), [...world.timers], world.leaf]).toEqual([[], [], 'watching'])
    world.replay(true)
  })

  it('goes on waiting through a pause, and a name killed meanwhile is neither bought nor sold', () => {
    const world = World.funded().rebalance()
    world.tell({ type: 'configured', policy: policy(approval()) })
    world.tell({ type: 'deposited', amount: money('50000'), view: viewAt(START) })
    aim(world, { AAA: 0.2, BBB: 0.5 })
    world.rebalance()
    expect(world.leaf).toBe('awaitingApproval')
    world.tell({ type: 'permitted', to: 'paused', reason: 'lunch', actor: 'op' })
    const scope = { kind: 'instrument', instrument: instrumentId('AAA'), firm: true } as const
    world.tell({ type: 'restrained', scope, to: 'halted', reason: 'hot', actor: 'op' })
    expect(world.leaf).toBe('awaitingApproval')
    const before = submits(world).length
    decide(world)
    expect(submits(world).slice(before)).toEqual(['buy-BBB'])
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.run.judgements.filter(({ leg }) => leg === 'sell-AAA')).toMatchObject([
      { rule: 'kill-switch', verdict: 'reject' },
    ])
    world.replay()
  })

  it.each([
    { type: 'invest-cash', amount: money('20000') },
    { type: 'withdraw-cash', amount: money('40000') },
    { type: 'liquidate' },
  ] as readonly RunTask[])('waits alike when its run is to $type', (task) => {
    const world = World.funded({}, approval({ turnover: null, notional: null })).rebalance()
    world.tell({ type: 'configured', policy: policy(approval({ turnover: 0 })) })
    world.tell({ type: 'deposited', amount: money('30000'), view: viewAt(START) })
    const trigger = { ...world.trigger(), task }
    const before = submits(world).length
    world.tell({ type: 'triggered', trigger, view: viewAt(START) })
    world.settle()
    expect([world.leaf, submits(world).length]).toEqual(['awaitingApproval', before])
    decide(world)
    expect(world.run.status).toMatch(/^COMPLETED/)
    expect(submits(world).length).toBeGreaterThan(before)
    world.replay()
  })
})

describe('a plan that takes two people', () => {
  const two = { approvers: 2 } as const

  it('waits for the second, who must be another', () => {
    const world = waiting(two)
    decide(world)
    expect(world.leaf).toBe('awaitingApproval')
    const before = encode(world.snapshot)
    decide(world, { reason: 'again' })
    expect(encode(world.snapshot)).toBe(before)
    expect(refusalOf(world.run, decided(world), world.now)?.code).toBe('SAME_ACTOR')
    expect([...world.timers.keys()]).toEqual(['approval:R-1'])
    decide(world, { actor: 'bob' })
    expect(world.run.status).toBe('COMPLETED')
    expect(world.run.approval?.decisions.map(({ actor }) => actor)).toEqual(['ann', 'bob'])
    world.replay(true)
  })

  it('is not approved by who asked for the run, and may be rejected by anybody', () => {
    const own = (actor: string, verdict: 'approve' | 'reject' = 'approve'): World => {
      const world = World.funded({}, approval(two))
      const trigger = { ...world.trigger(), evidence: { actor: 'ann' } }
      world.tell({ type: 'triggered', trigger, view: viewAt(START) })
      world.settle()
      return decide(world, { actor, verdict })
    }
    expect(own('ann').run.approval?.decisions).toEqual([])
    expect(own('bob').run.approval?.decisions).toHaveLength(1)
    expect(own('ann', 'reject').run.status).toBe('CANCELLED')
  })

  it('expires with one of them, and says who it was', () => {
    const world = decide(waiting(two)).fire('approval:')
    expect(world.run).toMatchObject({
      status: 'CANCELLED',
      outcome: 'expired: only ann approved its plan, which takes 2',
    })
    expect(submits(world)).toEqual([])
  })

  it('is enough with one person where one is asked for, also who asked for the run', () => {
    const world = World.funded({}, approval())
    world.tell({
      type: 'triggered',
      trigger: { ...world.trigger(), evidence: { actor: 'ann' } },
      view: viewAt(START),
    })
    world.settle()
    expect(decide(world).run.status).toBe('COMPLETED')
  })
})

describe('what was approved', () => {
  const ordered = (world: World, leg: string): number =>
    world.orders.filter(({ body }) => body.leg === leg).reduce((sum, { body }) => sum + body.quantity.toNumber(), 0)
  const looksAt =
    (prices: Readonly<Record<string, string>>): Answers['observe'] =>
    ({ request }) => [{ type: 'observed', request, view: viewAt(START, prices) }]

  it('bounds what is bought, over all waves together', () => {
    const cheap = waiting({}, { observe: looksAt({ AAA: '50', BBB: '50' }) })
    decide(cheap)
    expect([ordered(cheap, 'buy-AAA'), ordered(cheap, 'buy-BBB')]).toEqual([500, 400])
    expect(cheap.run.judgements.find(({ rule }) => rule === 'approval')).toMatchObject({
      leg: 'buy-AAA',
      verdict: 'resize',
      reason: 'buy-AAA was approved for 500',
    })
    expect(cheap.run.status).toBe('COMPLETED_ADJUSTED')
    const free = World.funded({ observe: looksAt({ AAA: '50', BBB: '50' }) }).rebalance()
    expect(ordered(free, 'buy-AAA')).toBeGreaterThan(500)
    cheap.replay()
  })

  it('bounds later waves by what earlier ones ordered', () => {
    const world = waiting({ turnover: 0 })
    aim(world, { AAA: 1 })
    const all = World.funded({}, approval({ turnover: 0 }))
    aim(all, { AAA: 1 })
    decide(all.rebalance())
    const approved = all.run.approved.find(({ id }) => id === 'buy-AAA')!.quantity.toNumber()
    expect(all.run.waves).toBeGreaterThan(1)
    expect(ordered(all, 'buy-AAA')).toBeLessThanOrEqual(approved)
    all.replay()
  })

  it('buys no name that was not in the plan', () => {
    // CCC has no price when the plan is made, and has one when buys are planned.
    const world = World.funded({ observe: looksAt({}) }, approval())
    world.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets({ AAA: 0.5, CCC: 0.4 }), view: viewAt(START, { CCC: '' }) },
    ]
    world.rebalance()
    decide(world)
    expect(submits(world)).toEqual(['buy-AAA'])
    expect(world.run.judgements.find(({ leg }) => leg === 'buy-CCC')).toMatchObject({
      rule: 'approval',
      verdict: 'reject',
      reason: 'buy-CCC is not in the plan that was approved',
    })
  })

  it('is the bound as well of a plan that needed nobody: what it trades later could have', () => {
    const watched = World.funded({ observe: looksAt({}) }, approval({ turnover: null, symbols: [instrumentId('CCC')] }))
    watched.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets({ AAA: 0.5, CCC: 0.4 }), view: viewAt(START, { CCC: '' }) },
    ]
    watched.rebalance()
    expect(watched.run).not.toHaveProperty('approval')
    expect(submits(watched)).toEqual(['buy-AAA'])
    expect(watched.run.judgements.find(({ leg }) => leg === 'buy-CCC')).toMatchObject({
      rule: 'approval',
      verdict: 'reject',
      reason: 'buy-CCC is not in the plan that needed no approval',
    })
    const under = World.funded({ observe: looksAt({ AAA: '50', BBB: '50' }) }, approval({ turnover: 0.9 })).rebalance()
    expect([ordered(under, 'buy-AAA'), ordered(under, 'buy-BBB')]).toEqual([500, 400])
    expect(under.run.judgements.find(({ leg }) => leg === 'buy-AAA')?.reason).toBe('buy-AAA needed no approval at 500')
    under.replay()
  })

  it('sells no more than is still held', () => {
    const world = World.funded().rebalance()
    const [fill] = world.executions.filter(({ instrument }) => instrument === 'AAA')
    world.tell({ type: 'configured', policy: policy(approval()) })
    aim(world, { BBB: 0.4 })
    world.rebalance()
    expect(world.run.approved.map(({ id }) => id)).toEqual(['sell-AAA'])
    world.tell(world.bust(fill!))
    world.tell({ type: 'permitted', to: 'active', reason: 'looked at', actor: 'op' })
    expect(world.held('AAA')).toBe(0)
    const before = submits(world).length
    decide(world)
    expect(submits(world).slice(before)).toEqual([])
    expect(world.held('AAA')).toBe(0)
    expect(world.run.judgements.find(({ leg }) => leg === 'sell-AAA')).toMatchObject({
      rule: 'approval',
      reason: '0 AAA are held by now',
    })
  })

  it('is good for a day from when it was approved, not from when the run began', () => {
    const weak = { idempotent: true, tombstones: false, replay: true }
    const world = waiting({}, { submit: () => [], query: () => [], never: () => [] })
    const closed = (date: string): void => {
      world.tell({ type: 'marked', view: { ...viewAt(START), session: sessionDate(date) } })
    }
    world.tell({ type: 'opened', epoch: 2, support: weak })
    world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
    closed('2024-01-03')
    decide(world)
    expect(world.run.approval?.session).toBe('2024-01-03')
    const { id } = world.order('buy-AAA')
    world.tell({ type: 'orderNews', orderId: id, news: { kind: 'unanswered', reason: 'silence' } })
    world.later(MINUTE)
    world.tell({ type: 'orderNews', orderId: id, news: { kind: 'unseen' } })
    expect(world.order('buy-AAA').status).toBe('unknown')
    closed('2024-01-04')
    world.tell({ type: 'orderNews', orderId: id, news: { kind: 'unseen' } })
    expect(world.order('buy-AAA').status).toBe('expired')
  })
})
