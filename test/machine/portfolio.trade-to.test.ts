import { describe, expect, it } from 'vitest'
import { explainOrder } from '#domain/explain/order.js'
import { explainRun } from '#domain/explain/run.js'
import { explainSymbol } from '#domain/explain/symbol.js'
import { orderText, runText, symbolText } from '#domain/explain/text.js'
import { effectiveTargets } from '#domain/lifecycle/ending.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Benefit, TargetsAnswer } from '#domain/run.js'
import type { RunTask } from '#domain/task.js'
import type { TriggerKind } from '#domain/trigger.js'
import { money, quantity } from '#units/money.js'
import { later, sessionDate, toIso } from '#units/time.js'
import { policy, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const DAY_MS = 24 * 60 * 60_000
const HALF = targets({ AAA: 0.5, BBB: 0.4 })
const EDGE: Partial<PortfolioPolicy> = { tradeTo: { to: 'band-edge' }, orders: { ...policy().orders, collar: 0 } }

/** 500 AAA, 400 BBB at 100 and 10,000 in cash, as the targets want it. */
const invested = (changes: Partial<PortfolioPolicy> = EDGE): World => begin(World.funded({}, changes), 'targets')

const WHOLE: RunTask = { type: 'full', to: 'target' }

type Prices = Readonly<Record<string, string>>

/** Begins a run of some kind at some prices, a day later, and lets it go as far as the answers take it; buys see other prices. */
function begin(
  world: World,
  kind: TriggerKind,
  prices: Prices = {},
  atBuys = prices,
  answer = HALF,
  task?: RunTask,
): World {
  world.now = later(world.now, DAY_MS)
  const session = sessionDate(toIso(world.now).slice(0, 10))
  const seen = (at: Prices) => ({ ...viewAt(world.now, at), session })
  world.answers.solve = ({ request }) => [{ type: 'solved', request, answer, view: seen(prices) }]
  world.answers.observe = ({ request }) => [{ type: 'observed', request, view: seen(atBuys) }]
  const asked = task === undefined ? {} : { task }
  const trigger = {
    kind,
    at: world.now,
    session,
    why: 'test',
    evidence: task?.type === 'full' ? { to: task.to } : {},
    ...asked,
  }
  world.tell({ type: 'triggered', trigger, view: seen(prices) })
  return world.settle()
}

const orders = (world: World) => world.orders.map(({ body }) => `${body.leg} ${body.quantity}`).sort()
const textOf = (world: World) =>
  runText(explainRun(world.run))
    .flatMap(({ lines }) => lines)
    .join('\n')

/** AAA at 136: 68,000 of 118,000 are 57.6 %, wanted 50 %; BBB's 40,000 are 33.9 %, wanted 40 %. */
const DRIFTED = { AAA: '136' }

describe('a run that trades to the edge of the bands', () => {
  it('takes what is past its band to the edge, and drift is still measured against the targets', () => {
    const world = invested()
    expect(orders(world)).toEqual(['buy-AAA 500', 'buy-BBB 400'])
    expect(world.run).not.toHaveProperty('aim')
    begin(world, 'drift', DRIFTED)
    // 0.4505 and 0.5495 of 118,000 are 64,841 of AAA and 41,359 of BBB.
    expect(orders(world)).toEqual(['buy-BBB 14', 'sell-AAA 24'])
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'as planned' })
    expect(world.run.aim!.weights).toMatchObject({
      AAA: expect.closeTo((476 * 136) / 118_000, 9),
      BBB: expect.closeTo(41_400 / 118_000, 9),
    })
    expect(world.state.effective).toEqual({ weights: { AAA: 0.5, BBB: 0.4 }, cash: 1 - 0.9 })
    world.replay(true)
    const said = textOf(world)
    expect(said).toMatch(
      /Traded to the edge of the bands, not to the targets: AAA to 54.86 % \(target 50.00 %\) and BBB/,
    )
    expect(said).not.toMatch(/stays? as/) // both names move
    expect(said).toMatch(/Cash goes from 8.47 % to 10.05 %, its target is 10.00 %\./)
  })

  it('is explained for an order and for a name too', () => {
    const world = begin(invested(), 'drift', DRIFTED)
    const order = explainOrder(world.run, world.orders[0]!.id)
    if (!order.ok) return expect.fail(order.refusal.message)
    const lines = orderText(order.value).flatMap((passage) => passage.lines)
    expect(lines.join('\n')).toMatch(/Traded to the edge of the bands, not to the targets: AAA to 54.86 %/)
    const name = explainSymbol([world.run], world.orders[0]!.body.instrument)
    if (!name.ok) return expect.fail(name.refusal.message)
    const [part] = symbolText(name.value)
    expect(part!.lines).toContain('The run traded to the edges of the bands: it was to be at 54.86 %.')
  })

  it('buys no further than the edge when prices have moved on before the buys', () => {
    const world = begin(invested(), 'drift', DRIFTED, { AAA: '136', BBB: '90' })
    // 36,000 of 114,000, wanted 40 %: 0.3505 of it are 39,957, 44 units at 90.
    expect(orders(world)).toEqual(['buy-BBB 44', 'sell-AAA 24'])
  })

  it.each([
    ['drift', true],
    ['manual', true],
    ['calendar', false],
    ['targets', false],
  ] as const)('when %s begins it: %s', (kind, toEdge) => {
    const world = begin(invested(), kind, DRIFTED)
    expect('aim' in world.run).toBe(toEdge)
    const sold = world.orders.find(({ body }) => body.side === 'sell')!
    expect(sold.body.quantity.toFixed()).toBe(toEdge ? '24' : '66')
  })

  it('leaves a target as it is where a rule let the whole leg to its edge through, and takes what it left of one it cut', () => {
    const world = begin(invested(), 'drift', DRIFTED)
    const judged = {
      rule: 'approval',
      leg: 'buy-BBB',
      verdict: 'resize',
      multiplier: 0.5,
      reason: '',
      evidence: {},
    } as const
    expect(effectiveTargets({ ...world.run, judgements: [judged] })!.weights).toEqual({ AAA: 0.5, BBB: 0.4 })
    const cut = begin(invested(), 'drift', DRIFTED)
    const half = cut.run.approved.map((leg) => (leg.id === 'buy-BBB' ? { ...leg, quantity: quantity('7') } : leg))
    const run = { ...cut.run, approved: half as unknown as typeof cut.run.approved, judgements: [judged] }
    const [held, edge] = [40_000 / 118_000, 41_400 / 118_000]
    expect(effectiveTargets(run)!.weights).toMatchObject({ AAA: 0.5, BBB: expect.closeTo((held + edge) / 2, 9) })
  })

  it('goes all the way when somebody asks for that', () => {
    const world = begin(invested(), 'manual', DRIFTED, DRIFTED, HALF, WHOLE)
    expect(world.run).not.toHaveProperty('aim')
    expect(orders(world)).toContain('sell-AAA 66')
    expect(world.run).toMatchObject({ type: 'full', trigger: { task: WHOLE } })
  })

  it('trades nothing when every weight is inside its band, and says so', () => {
    const world = begin(invested(), 'manual', { AAA: '104' })
    expect(orders(world)).toEqual([])
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'inside every band' })
    expect(textOf(world)).toMatch(/Every weight is inside its band\. 2 holdings stay as they are\./)
  })

  it('brings cash back to its band where the policy keeps it there, from what is below its target', () => {
    const world = invested()
    world.tell({ type: 'deposited', amount: money('10000'), view: viewAt(world.now) })
    begin(world, 'manual')
    // 20,000 of 110,000 are 18.2 % in cash; 14.95 % of it may stay, so 3,555 go to where most is missing, in whole lots of 100.
    const { aim } = world.run
    expect(aim!.cash).toBeLessThanOrEqual(0.1495)
    expect(aim!.cash).toBeGreaterThan(0.1495 - 100 / 110_000)
    expect(world.run.plan!.turnover).toBeGreaterThan(0.03)
    expect(world.orders.every(({ body }) => body.side === 'buy')).toBe(true)
  })

  it('leaves a policy that goes to its targets as it was', () => {
    const world = begin(invested({ orders: EDGE.orders! }), 'drift', DRIFTED)
    expect(world.run).not.toHaveProperty('aim')
    expect(orders(world)).toContain('sell-AAA 66')
  })
})

const OPTIMAL: Partial<PortfolioPolicy> = { ...EDGE, tradeTo: { to: 'optimal', minBenefitRatio: 1 } }

const BENEFIT: Benefit = {
  holdingPeriods: 21,
  return: { before: 0.0001, after: 0.0002 },
  cvar: { before: 0.02, after: 0.0195 },
  gain: 0.0126,
  cost: 0.001,
  ratio: 1,
}

/** Targets as they are, with what trading to them is to gain and to cost. */
const weighed = (benefit: Benefit): TargetsAnswer => ({ ...HALF, evidence: { ...HALF.evidence, benefit } })

const weighing = (benefit: Benefit): World => begin(invested(OPTIMAL), 'drift', DRIFTED, DRIFTED, weighed(benefit))

describe('a run that must be worth its costs', () => {
  it('goes to the targets when it gains more than it costs', () => {
    const world = weighing(BENEFIT)
    expect(world.run.status).toBe('COMPLETED')
    expect(orders(world)).toContain('sell-AAA 66')
    expect(textOf(world)).toMatch(
      /is to gain 1.2600 % of equity over 21 bars and to cost 0.1000 %: the gain is more than the cost\./,
    )
  })

  it('is cancelled with the figures when it does not, sends nothing, keeps its targets and rests', () => {
    const world = weighing({ ...BENEFIT, cost: 0.0126 })
    expect(world.run).toMatchObject({ status: 'CANCELLED', plan: null, orders: {}, approved: [] })
    expect(world.run.outcome).toBe(
      'trading does not pay: it is to gain 1.2600 % of equity over 21 bars, which is not more than its cost of 1.2600 %',
    )
    expect(world.state.effective).toEqual({ weights: { AAA: 0.5, BBB: 0.4 }, cash: 1 - 0.9 })
    expect(world.state.memory.cooldownUntil).toBe('2024-01-11')
    expect(world.leaf).toBe('watching')
    expect(textOf(world)).toMatch(/the gain is not more than the cost\./)
    world.replay(true)
  })

  it('must gain as many times its cost as the policy says', () => {
    const world = weighing({ ...BENEFIT, ratio: 12.6 })
    expect(world.run.outcome).toMatch(/not more than 12.6 times its cost of 0.1000 %$/)
    expect(weighing({ ...BENEFIT, ratio: 12.5 }).run.status).toBe('COMPLETED')
  })

  it('is made all the same when somebody asks for the whole way', () => {
    const world = begin(invested(OPTIMAL), 'manual', DRIFTED, DRIFTED, weighed({ ...BENEFIT, gain: 0 }), WHOLE)
    expect(world.run.status).toBe('COMPLETED')
    expect(orders(world)).toContain('sell-AAA 66')
    expect(textOf(world)).toMatch(/It was to go all the way to the targets, however far the policy trades\./)
  })

  it('is not asked what it gains where a limit is at stake, and says which', () => {
    const world = weighing({ ...BENEFIT, gain: -1, exempt: 'AAA is at 57.63 %, its limit is 40.00 %' })
    expect(world.run.status).toBe('COMPLETED')
    expect(textOf(world)).toMatch(/it is done whatever it gains, because AAA is at 57.63 %, its limit is 40.00 %\./)
  })
})
