import { describe, expect, it } from 'vitest'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import type { Chosen, PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { due } from '#domain/trigger.js'
import { encode } from '#units/canonical.js'
import { money } from '#units/money.js'
import { later, sessionDate, toIso } from '#units/time.js'
import { regimeByBus } from '../support/regime-policy.js'
import { policy, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const DAY = 86_400_000
const DRAWDOWN: Chosen = { name: 'drawdown', params: {} }
const WANTED = targets({ AAA: 0.5, BBB: 0.3 })

/** The market now: AAA costs what is given, everything else 100. */
const view = (world: World, aaa: string) => ({
  ...viewAt(world.now, { AAA: aaa }),
  session: sessionDate(toIso(world.now).slice(0, 10)),
})

function governedBy(governance: readonly Chosen[], changes: Partial<PortfolioPolicy> = {}): World {
  const triggers = { ...policy().triggers, calendar: null, cooldownDays: 0, drift: null }
  const world = World.funded({}, { governance, triggers, ...changes })
  trade(world, '100')
  return world
}

/** A day later at a price of AAA: the session is marked, and what is due begins and ends. */
function trade(world: World, aaa: string): ReturnType<typeof due> {
  world.now = later(world.now, DAY)
  costs(world, aaa)
  world.tell({ type: 'marked', view: view(world, aaa) })
  const found = due(world.state, view(world, aaa))
  if (found.trigger !== null) world.tell({ type: 'triggered', trigger: found.trigger, view: view(world, aaa) })
  world.settle()
  return found
}

/** From now on AAA costs so much. */
function costs(world: World, aaa: string): void {
  world.answers.solve = ({ request }) => [{ type: 'solved', request, answer: WANTED, view: view(world, aaa) }]
  world.answers.observe = ({ request }) => [{ type: 'observed', request, view: view(world, aaa) }]
}

const manual = (world: World, aaa: string): PortfolioFact => ({
  type: 'triggered',
  trigger: { kind: 'manual', at: world.now, session: view(world, aaa).session, why: 'by hand', evidence: {} },
  view: view(world, aaa),
})
const ownShare = (world: World, aaa: number): number => {
  const invested = world.held('AAA') * aaa + world.held('BBB') * 100
  return invested / (invested + Number(world.state.book.accounts.cash))
}
const text = (world: World): string =>
  runText(explainRun(world.run))
    .flatMap(({ lines }) => lines)
    .join('\n')

describe('a portfolio in a drawdown', () => {
  it('sells toward what is left of its targets once that has moved by a tenth, and says why', () => {
    const world = governedBy([DRAWDOWN])
    expect([world.held('AAA'), world.held('BBB')]).toEqual([500, 300])
    expect(world.run.sizing).toBeUndefined()
    expect(trade(world, '88').trigger).toBeNull() // 6 % below the mark leaves 95 %
    const { trigger } = trade(world, '80') // 10 %: three quarters
    expect(trigger).toMatchObject({
      kind: 'risk',
      why: 'sizing by the drawdown goes from 1 to 0.75: 10.0 % below the mark count',
      evidence: { from: 1, to: expect.closeTo(0.75, 9), drawdown: expect.closeTo(0.1, 9) },
    })
    expect(ownShare(world, 80)).toBeCloseTo(0.6, 2)
    expect(world.run.sizing).toMatchObject({ drawdown: expect.closeTo(0.1, 9), factor: expect.closeTo(0.75, 9) })
    expect(text(world)).toContain('Every weight was multiplied by 0.75 for the drawdown of 10.00 % that counts.')
    expect(trade(world, '80').trigger).toBeNull()
  })

  it('takes nothing back up before a recovery of the band, and does not flap around its thresholds', () => {
    const world = governedBy([DRAWDOWN])
    trade(world, '80')
    const counted = world.state.drawdown?.counted ?? 0
    const runs = world.state.runs
    for (const aaa of ['82', '80', '83', '80.5', '82.5', '80']) trade(world, aaa)
    expect(world.state.runs).toBe(runs)
    expect(world.state.drawdown?.counted).toBeCloseTo(counted, 9)
    trade(world, '125') // a new high: what is left of the band cuts nothing any more
    expect(world.state.drawdown).toMatchObject({ now: 0, counted: expect.closeTo(0.02, 9) })
    expect(world.run).toMatchObject({ trigger: { kind: 'risk' }, sizing: { multiplier: 1, factor: 1 } })
    expect(ownShare(world, 125)).toBeCloseTo(0.8, 2)
  })

  it('adds no risk at its limit, whoever asks, and may always sell', () => {
    const world = governedBy([DRAWDOWN])
    trade(world, '55')
    expect(ownShare(world, 55)).toBeCloseTo(0.2, 2)
    const before = [world.held('AAA'), world.held('BBB')]
    world.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets({ AAA: 0.1, CCC: 0.7 }), view: view(world, '55') },
    ]
    world.tell(manual(world, '55'))
    world.settle()
    expect(world.held('CCC')).toBe(0)
    expect(world.held('AAA')).toBeLessThan(before[0]!)
    expect(world.held('BBB')).toBe(0)
    expect(world.run.judgements).toContainEqual(
      expect.objectContaining({ rule: 'drawdown', leg: 'buy-CCC', verdict: 'reject' }),
    )
    expect(text(world)).toContain('drawdown: reject buy-CCC, because the drawdown is 22.5 %, its limit 20.0 %.')
  })

  it('is where it was after cash came or went', () => {
    const world = governedBy([DRAWDOWN])
    trade(world, '80')
    world.tell({ type: 'deposited', amount: money('500000'), view: view(world, '80') })
    world.tell({ type: 'marked', view: view(world, '80') })
    expect(world.state.drawdown?.now).toBeCloseTo(0.1, 9)
    world.tell({ type: 'deposited', amount: money('-400000'), view: view(world, '80') })
    world.tell({ type: 'marked', view: view(world, '80') })
    expect(world.state.drawdown?.now).toBeCloseTo(0.1, 9)
  })

  it('has what it lost forgotten by a reset of its mark, and no more than that', () => {
    const world = governedBy([DRAWDOWN])
    trade(world, '80')
    const { highWaterPerUnit, ...books } = world.state.book.nav
    world.tell({ type: 'markReset', view: view(world, ''), reason: 'new mandate', actor: 'ann' })
    expect(world.state.book.nav.highWaterPerUnit.eq(highWaterPerUnit)).toBe(true) // nobody can say what it is worth
    world.tell({ type: 'markReset', view: view(world, '80'), reason: 'new mandate', actor: 'ann' })
    const { highWaterPerUnit: mark, ...after } = world.state.book.nav
    expect(encode(after)).toBe(encode(books))
    expect(mark.toNumber()).toBeCloseTo(0.9, 9)
    expect(world.state.drawdown).toMatchObject({ now: 0, counted: 0 })
    expect(trade(world, '80').trigger?.kind).toBe('risk')
    expect(ownShare(world, 80)).toBeCloseTo(0.8, 2)
  })

  it('is sized by the regime or the drawdown, whichever leaves less, never by both', () => {
    const both = [DRAWDOWN, { name: 'regime-sizing', params: {} }]
    const read = (world: World, regime: 'CHOPPY' | 'QUIET_CHOPPY' | 'TRENDING') =>
      world.tell({ type: 'regimeRead', source: 'bus', reading: { regime, confidence: 0.9, at: world.now } })
    const world = governedBy(both, { regime: regimeByBus() })
    read(world, 'QUIET_CHOPPY')
    trade(world, '80')
    expect(world.run.sizing).toEqual({ regime: 'QUIET_CHOPPY', because: 'regime', multiplier: 0.5, factor: 0.5 })
    expect(ownShare(world, 80)).toBeCloseTo(0.4, 2)
    read(world, 'TRENDING')
    trade(world, '80')
    expect(world.run.sizing).toMatchObject({ factor: expect.closeTo(0.75, 9), drawdown: expect.closeTo(0.1, 9) })
    expect(ownShare(world, 80)).toBeCloseTo(0.6, 2)
    read(world, 'QUIET_CHOPPY')
    trade(world, '80')
    expect(world.run.sizing).toMatchObject({ regime: 'QUIET_CHOPPY', factor: 0.5 })
  })
})

describe('a portfolio whose rules do not ask for losses', () => {
  it('says nothing of them in its state, and is not sized by what an earlier rule saw', () => {
    const plain = governedBy([])
    trade(plain, '80')
    expect('drawdown' in plain.state || 'unitAtClose' in plain.state || 'sizing' in plain.run).toBe(false)
    const asking = governedBy([DRAWDOWN, { name: 'daily-loss', params: {} }])
    trade(asking, '99')
    expect('drawdown' in asking.state && 'unitAtClose' in asking.state).toBe(true)
    trade(asking, '70')
    expect(asking.state.memory.sized?.multiplier).toBeLessThan(0.7)
    asking.tell({ type: 'configured', policy: { ...asking.state.policy, governance: [] } })
    trade(asking, '70')
    expect(asking.run.sizing).toMatchObject({ multiplier: 1, factor: 1 })
    expect(ownShare(asking, 70)).toBeCloseTo(0.8, 2)
  })
})

describe("a session's loss", () => {
  it('refuses what is planned in it, counted from the last close though cash came in between', () => {
    const world = governedBy([{ name: 'daily-loss', params: {} }])
    trade(world, '100')
    world.now = later(world.now, DAY / 2)
    world.tell({ type: 'deposited', amount: money('100000'), view: view(world, '90') })
    costs(world, '88')
    world.tell(manual(world, '88'))
    world.settle()
    expect(world.run).toMatchObject({
      status: 'CANCELLED',
      outcome: expect.stringMatching(/^daily-loss: the session has lost 5\./),
    })
    world.tell({ type: 'marked', view: view(world, '88') })
    world.now = later(world.now, DAY)
    world.tell(manual(world, '88'))
    world.settle()
    expect(world.run.status).toMatch(/^COMPLETED/)
  })
})
