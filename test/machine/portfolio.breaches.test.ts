import { describe, expect, it } from 'vitest'
import { CURE_SESSIONS, passiveText } from '#domain/breach.js'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import { breachText } from '#domain/governance/breaches.js'
import { worsenedBy } from '#domain/lifecycle/worsened.js'
import type { MarketView } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { due, pendingBesideDrift } from '#domain/trigger.js'
import { react } from '#machines/portfolio.machine.js'
import { instrumentId } from '#units/ids.js'
import { quantity } from '#units/money.js'
import { addDays, later } from '#units/time.js'
import { equity } from '../unit/domain/targets/fixtures.js'
import { policy, SESSION, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const DAY = 86_400_000
type Prices = Readonly<Record<string, string>>
const TRIGGERS = { ...policy().triggers, drift: null, calendar: null, cash: null, cooldownDays: 0 }
const LIMITED = [{ name: 'position-limit', params: { max: 0.4 } }]

/** A portfolio that has traded to its weights, in a market that moves once a day. */
class Days {
  readonly world: World
  day = 0
  prices: Prices = {}

  constructor(
    changes: Partial<PortfolioPolicy> = {},
    weights: Readonly<Record<string, number>> = { AAA: 0.4, BBB: 0.3 },
  ) {
    this.world = World.funded({}, { triggers: TRIGGERS, governance: LIMITED, ...changes })
    const { answers } = this.world
    answers.solve = ({ request }) => [{ type: 'solved', request, answer: targets(weights), view: this.view }]
    answers.observe = ({ request }) => [{ type: 'observed', request, view: this.view }]
    this.look()
    expect(this.world.run.status).toBe('COMPLETED')
  }

  get view(): MarketView {
    return { ...viewAt(this.world.now, this.prices), session: addDays(SESSION, this.day) }
  }

  get breaches() {
    return this.world.state.breaches
  }

  /** Looks once and lets what is due begin; says what that was. */
  look(): string | null {
    this.world.later(60_000)
    const { trigger } = due(this.world.state, this.view)
    if (trigger === null) return null
    this.world.tell({ type: 'triggered', trigger, view: this.view })
    this.world.settle()
    return `${this.world.run.type} by ${trigger.kind}`
  }

  /** The session closes at such prices, and is looked at in the next. */
  close(prices: Prices = this.prices): string | null {
    this.prices = prices
    this.world.tell({ type: 'marked', view: this.view })
    this.day += 1
    this.world.now = later(this.world.now, DAY)
    return this.look()
  }
}

describe('a limit that the market breaks', () => {
  it('is noted at the close, with figures, since when and how long it may last', () => {
    const days = new Days()
    expect(days.breaches).toBeUndefined()
    expect(days.close({ AAA: '130' })).toBeNull()
    expect(days.breaches).toEqual([
      {
        ...{ rule: 'position-limit', what: 'AAA', max: 0.4, value: expect.closeTo(0.52 / 1.12, 9) },
        ...{ since: SESSION, seen: SESSION, sessions: 0 },
      },
    ])
    expect(passiveText(days.breaches![0]!)).toBe(
      'AAA is 46.4 % of equity, more than 40.0 % (position-limit) since 2024-01-02, 0 of 5 sessions to cure it',
    )
    days.world.replay()
  })

  it('is counted once a session, however often it closes, and forgotten when the market cures it', () => {
    const days = new Days()
    days.close({ AAA: '130' })
    days.close()
    days.day -= 1
    days.close()
    expect(days.breaches).toMatchObject([{ sessions: 1, seen: '2024-01-03' }])
    days.close({ AAA: '100' })
    expect(days.breaches).toEqual([])
  })

  it('is no breach at the limit, nor a hair beyond it: what a trade costs makes every weight larger', () => {
    const days = new Days()
    days.close({ AAA: '100.06' })
    expect(days.breaches).toBeUndefined()
    days.close({ AAA: '100.2' })
    expect(days.breaches).toHaveLength(1)
  })

  it('may be one on names that move together, by the clusters read last, and is cured as well', () => {
    const days = new Days({ governance: [] })
    const { world } = days
    const governance = [{ name: 'correlation-cluster', params: { max: 0.72 } }]
    world.tell({ type: 'configured', policy: { ...world.state.policy, governance } })
    const [one, other] = ['AAA', 'BBB'].map(instrumentId)
    const clusters = { asOf: world.now, least: 0.7, clusters: [[one!, other!]] }
    world.tell({ type: 'inputsRead', readings: { clusters } })
    expect(days.look()).toBe('full by targets')
    for (let close = 0; close < CURE_SESSIONS; close += 1) expect(days.close({ AAA: '130' })).toBeNull()
    expect(days.breaches).toMatchObject([
      { rule: 'correlation-cluster', what: 'exposure to the cluster of AAA and 1 more', max: 0.72, sessions: 4 },
    ])
    expect(days.close()).toBe('cure by risk')
    expect(days.breaches).toEqual([])
    const left = (world.held('AAA') * 130 + world.held('BBB') * 100) / 112_000
    expect([world.run.status, left > 0.7, left <= 0.72]).toEqual(['COMPLETED', true, true])
    world.replay()
  })

  it('is one of ours where a fill goes past a cluster by the readings of its decision, and none by no reading', () => {
    const days = new Days()
    const { world, view } = days
    const governance = [{ name: 'correlation-cluster', params: { max: 0.5 } }]
    const after = { ...world.state, policy: { ...world.state.policy, governance } }
    const [execution] = world.executions
    const { book } = after
    const before = { ...after, book: { ...book, positions: {} } }
    const clusters = { asOf: world.now, least: 0.7, clusters: [['AAA', 'BBB'].map(instrumentId)] }
    const told = worsenedBy(execution!, { before, after, view, readings: { clusters } })
    expect(told.map(({ rule, what }) => [rule, what])).toEqual([
      ['correlation-cluster', 'exposure to the cluster of AAA and 1 more'],
    ])
    expect(worsenedBy(execution!, { before, after, view })).toEqual([])
  })

  it('is cured by a run for risk after five sessions, which sells down to the limit and nothing else', () => {
    const days = new Days()
    for (let close = 0; close < CURE_SESSIONS; close += 1) expect(days.close({ AAA: '130' })).toBeNull()
    expect(pendingBesideDrift(days.world.state, days.view)).toBe(false)
    expect(days.close()).toBe('cure by risk')
    const { world } = days
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'as planned' })
    expect(world.orders.map(({ body }) => body.leg)).toEqual(['sell-AAA'])
    // 0.4 of 112,000 is 344.6 shares at 130.
    expect([world.held('AAA'), world.held('BBB')]).toEqual([344, 300])
    expect(days.breaches).toEqual([])
    expect(world.state.effective?.weights).toMatchObject({ AAA: 0.4, BBB: 0.3 })
    expect(world.state.memory.cooldownUntil).toBe('2024-01-02')
    const told = runText(explainRun(world.run)).flatMap(({ lines }) => lines)
    expect(told).toContain(
      'risk: AAA is 46.4 % of equity, more than 40.0 % (position-limit) since 2024-01-02, 5 sessions.',
    )
    expect(told.some((line) => line.startsWith('What was past a limit longer than it may be'))).toBe(true)
    world.replay(true)
  })

  it('that a run cannot cure is tried once a session, and stays overdue', () => {
    const barred = { name: 'restricted-list', params: { noTrade: ['AAA'], noBuy: [], noShort: [] } }
    const days = new Days({ governance: LIMITED })
    days.world.tell({ type: 'configured', policy: { ...days.world.state.policy, governance: [...LIMITED, barred] } })
    days.look()
    for (let close = 0; close < CURE_SESSIONS; close += 1) days.close({ AAA: '130' })
    expect(days.close()).toBe('cure by risk')
    expect(days.world.run.outcome).toContain('AAA may not be traded')
    for (let looks = 0; looks < 3; looks += 1) expect(days.look()).toBeNull()
    expect(days.breaches).toMatchObject([{ sessions: 5, tried: '2024-01-08' }])
    expect(days.close()).toBe('cure by risk')
    expect(passiveText(days.breaches![0]!)).toContain('overdue: 6 sessions, 5 were allowed')
    days.world.replay()
  })

  it('is put off while the exchange is closed, and cured in the session it was put off to', () => {
    const hours = { name: 'rebalance-frequency', params: { maxRuns: 1 } }
    const days = new Days({ governance: [...LIMITED, hours] })
    for (let close = 0; close < CURE_SESSIONS; close += 1) days.close({ AAA: '130' })
    expect(days.close()).toBe('cure by risk')
    expect(days.world.run.status).toBe('COMPLETED')
  })

  it('is never added to: a run toward a weight beyond the limit sells nothing and buys nothing of it', () => {
    const days = new Days({ governance: [] }, { AAA: 0.5, BBB: 0.3 })
    days.world.tell({ type: 'configured', policy: { ...days.world.state.policy, governance: LIMITED } })
    days.close({ AAA: '90' })
    expect(days.breaches).toMatchObject([{ what: 'AAA' }])
    expect(days.world.held('AAA')).toBe(500)
    expect(days.world.run.judgements.filter(({ verdict }) => verdict === 'resize')).toMatchObject([{ leg: 'buy-AAA' }])
  })
})

describe('limits on sums', () => {
  const energy = (name: string) => equity(name, { sector: 'Energy' })

  it('are cured pro rata: of each name of a sector the same share', () => {
    const days = new Days(
      {
        universe: [energy('AAA'), energy('BBB'), equity('CCC')],
        governance: [{ name: 'sector-concentration', params: { max: 0.6, perSector: {} } }],
      },
      { AAA: 0.4, BBB: 0.2, CCC: 0.3 },
    )
    for (let close = 0; close <= CURE_SESSIONS; close += 1) days.close({ AAA: '120', BBB: '120' })
    expect(days.world.run.type).toBe('cure')
    const [a, b] = [days.world.held('AAA'), days.world.held('BBB')]
    expect(days.world.held('CCC')).toBe(300)
    const weight = ((a + b) * 120) / 112_000
    expect(weight).toBeLessThanOrEqual(0.6)
    expect(weight).toBeGreaterThan(0.597)
    expect(a / b).toBeCloseTo(2, 1)
    expect(days.breaches).toEqual([])
  })

  it('on gross exposure buy shorts back as well', () => {
    const days = new Days(
      {
        universe: ['AAA', 'BBB', 'CCC'].map((name) => equity(name, { shortable: true })),
        governance: [{ name: 'gross-net-leverage', params: { maxGross: 1.1, maxNet: 1, maxLeverage: 1 } }],
      },
      { AAA: 0.6, CCC: -0.5 },
    )
    for (let close = 0; close <= CURE_SESSIONS; close += 1) days.close({ CCC: '110' })
    expect(days.world.run.type).toBe('cure')
    const gross = (days.world.held('AAA') * 100 - days.world.held('CCC') * 110) / 95_000
    expect(gross).toBeLessThanOrEqual(1.1)
    expect(gross).toBeGreaterThan(1.09)
    expect(days.breaches).toEqual([])
    days.world.replay()
  })
})

describe('a limit that a fill of ours breaks', () => {
  const fills = (days: Days, more = 1) => {
    const found: string[] = []
    const { answers } = days.world
    answers.submit = (order) => {
      const fact = days.world.fill(order, quantity(order.body.quantity.times(String(more))))
      const before = days.world.state
      const { context } = react(days.world.snapshot, { ...fact, seq: 999, at: days.world.now, cause: 'test' })
      if (fact.type === 'filled')
        found.push(...worsenedBy(fact.execution, { before, after: context, view: days.view }).map(breachText))
      return [days.world.news(order, { kind: 'accepted' }), days.world.fill(order)]
    }
    return found
  }
  const trade = (days: Days) => {
    days.world.later(60_000)
    days.world.tell({ type: 'triggered', trigger: days.world.trigger(), view: days.view })
    days.world.settle()
  }

  it('is told of one that goes beyond its order', () => {
    const days = new Days({ governance: [] }, { AAA: 0.1 })
    days.world.tell({ type: 'configured', policy: { ...days.world.state.policy, governance: LIMITED } })
    days.world.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets({ AAA: 0.4 }), view: days.view },
    ]
    const found = fills(days, 2)
    trade(days)
    expect(found).toEqual(['AAA is 70.0 % of equity, more than 40.0 % (position-limit)'])
  })

  it('is not told of fills as they were ordered, at the limit and from beyond it', () => {
    const days = new Days({ governance: [] }, { AAA: 0.5, BBB: 0.2 })
    days.world.tell({ type: 'configured', policy: { ...days.world.state.policy, governance: LIMITED } })
    days.world.answers.solve = ({ request }) => [
      { type: 'solved', request, answer: targets({ AAA: 0.45, BBB: 0.4 }), view: days.view },
    ]
    const found = fills(days)
    trade(days)
    expect(days.world.orders.map(({ body }) => body.leg).sort()).toEqual(['buy-BBB', 'sell-AAA'])
    expect(found).toEqual([])
  })
})
