import { describe, expect, it } from 'vitest'
import { listedRestraints, type RestraintScope, standingOf, withheld } from '#domain/permission/restraint.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { instrumentId } from '#units/ids.js'
import { quantity } from '#units/money.js'
import { targets } from './fixtures.js'
import { World } from './world.js'

const AAA = instrumentId('AAA')
const FIRM: RestraintScope = { kind: 'firm' }
const OWN: RestraintScope = { kind: 'instrument', instrument: AAA, firm: false }
const EVERYWHERE: RestraintScope = { ...OWN, firm: true }
const restrained = (scope: RestraintScope, to: 'active' | 'reducing' | 'halted'): PortfolioFact => ({
  type: 'restrained',
  scope,
  to,
  actor: 'ann',
  reason: 'prices look wrong',
})
const submits = (world: World): readonly string[] =>
  world.history.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.type === 'submit' ? [effect.order.body.leg] : [])),
  )
const tradingOf = ({ snapshot }: World) => standingOf(snapshot.value.permission, snapshot.context)
/** A portfolio that wants half of AAA and 40 % of BBB. */
const wanting = (): World => World.funded()

describe('restraints beside a portfolio’s permission', () => {
  it.each(['reducing', 'halted'] as const)(
    'firm-wide %s: no run begins, and the permission comes back as it was',
    (to) => {
      const world = wanting()
      world.tell(restrained(FIRM, to))
      world.rebalance()
      expect(world.state.run).toBeNull()
      expect(tradingOf(world)).toEqual({
        trading: to,
        reason: `all trading is ${to} firm-wide (ann: prices look wrong)`,
      })
      world.tell({ type: 'permitted', to: 'paused', actor: 'bob', reason: 'lunch' })
      expect(tradingOf(world).trading).toBe(to)
      world.tell(restrained(FIRM, 'active'))
      expect(tradingOf(world)).toEqual({ trading: 'paused', reason: 'bob: lunch' })
    },
  )

  it('a firm-wide halt in the middle of a run cancels what is out, buys nothing and rolls back', () => {
    const world = wanting()
    world.answers.submit = (order) => [{ type: 'orderNews', orderId: order.id, news: { kind: 'accepted' } }]
    world.rebalance()
    expect(submits(world).length).toBe(2)
    const effects = world.tell(restrained(FIRM, 'halted'))
    expect(effects.filter(({ type }) => type === 'cancel').length).toBe(2)
    expect(world.leaf).toBe('unwinding')
    world.settle()
    expect(world.run.status).toBe('ROLLED_BACK')
    expect(submits(world).length).toBe(2)
  })

  it.each([OWN, EVERYWHERE])('a name that is halted is not bought, the others are: %j', (scope) => {
    const world = wanting()
    world.tell(restrained(scope, 'halted'))
    world.rebalance()
    expect(submits(world)).toEqual(['buy-BBB'])
    const [judged] = world.run.judgements.filter(({ rule }) => rule === 'kill-switch')
    expect(judged).toMatchObject({ leg: 'buy-AAA', verdict: 'reject' })
    expect(judged?.reason).toMatch(/^AAA is halted( firm-wide)? \(ann: prices look wrong\)$/)
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
  })

  it('a name that is reduced is sold and not bought', () => {
    const world = wanting().rebalance()
    expect(world.held('AAA')).toBeGreaterThan(0)
    world.tell(restrained(EVERYWHERE, 'reducing'))
    world.answers.solve = (request) => [
      {
        type: 'solved',
        request: request.request,
        answer: targets({ AAA: 0.1, BBB: 0.4 }),
        view: world.state.run!.view,
      },
    ]
    world.rebalance()
    expect(submits(world).at(-1)).toBe('sell-AAA')
    world.tell(restrained(EVERYWHERE, 'halted'))
    const before = submits(world).length
    world.answers.solve = (request) => [
      { type: 'solved', request: request.request, answer: targets({ AAA: 0, BBB: 0.4 }), view: world.state.run!.view },
    ]
    world.rebalance()
    expect(
      submits(world)
        .slice(before)
        .filter((leg) => leg.endsWith('AAA')),
    ).toEqual([])
  })

  it('a name that is reduced opens no short, a short is bought back, and neither goes past zero', () => {
    const CCC: RestraintScope = { kind: 'instrument', instrument: instrumentId('CCC'), firm: false }
    const world = wanting()
    const aim = (weight: number): number => {
      world.answers.solve = ({ request }) => [
        { type: 'solved', request, answer: targets({ AAA: 0.4, CCC: weight }), view: world.state.run!.view },
      ]
      world.rebalance()
      return world.held('CCC')
    }
    world.tell(restrained(CCC, 'reducing'))
    expect(aim(-0.2)).toBe(0)
    expect(world.run.judgements.filter(({ rule }) => rule === 'kill-switch')).toMatchObject([{ verdict: 'reject' }])
    world.tell(restrained(CCC, 'active'))
    expect(aim(-0.2)).toBe(-200)
    world.tell(restrained(CCC, 'reducing'))
    expect([aim(-0.3), aim(-0.1), aim(0.2)]).toEqual([-200, -100, 0])
    expect(world.run.judgements.find(({ verdict }) => verdict === 'resize')).toMatchObject({
      leg: 'buy-CCC',
      evidence: { held: '100', planned: '300' },
    })
    world.tell(restrained(CCC, 'active'))
    expect(aim(0.2)).toBe(200)
    world.tell(restrained(CCC, 'reducing'))
    expect([aim(0.3), aim(-0.2)]).toEqual([200, 0])
    world.replay()
  })

  it.each([
    ['permission', 0, -0.2, []],
    ['restraint', 0, -0.2, []],
    ['permission', 0.2, 0.1, ['sell-CCC']],
    ['restraint', 0.2, 0.1, ['sell-CCC']],
    ['permission', -0.2, -0.1, ['buy-CCC']],
    ['restraint', -0.2, -0.1, ['buy-CCC']],
  ] as const)('reducing by %s: from %f to %f of a name, %j is sent again', (by, from, to, again) => {
    const world = wanting()
    const aim = (weight: number): void => {
      world.answers.solve = ({ request }) => [
        { type: 'solved', request, answer: targets({ AAA: 0.4, CCC: weight }), view: world.state.run!.view },
      ]
      world.rebalance()
    }
    aim(from)
    Object.assign(world.answers, { submit: () => [], query: () => [], never: () => [] })
    aim(to)
    const [order] = world.orders
    world.tell({ type: 'orderNews', orderId: order!.id, news: { kind: 'unanswered', reason: 'silence' } })
    if (by === 'permission') world.tell({ type: 'permitted', to: 'reducing', actor: 'ann', reason: 'hot' })
    else world.tell(restrained({ kind: 'instrument', instrument: instrumentId('CCC'), firm: true }, 'reducing'))
    const before = submits(world).length
    world.fire('order:')
    expect(submits(world).slice(before)).toEqual(again)
  })

  it('halting a name in the middle of a run cancels its orders alone, and the run goes on', () => {
    const world = wanting()
    world.answers.submit = (order) => [{ type: 'orderNews', orderId: order.id, news: { kind: 'accepted' } }]
    world.rebalance()
    const cancels = world.tell(restrained(OWN, 'halted')).filter((effect) => effect.type === 'cancel')
    expect(cancels).toEqual([{ type: 'cancel', orderId: world.order('buy-AAA').id }])
    expect(world.leaf).toBe('buying')
  })

  it('an order of unknown fate in a halted name is not sent again', () => {
    const world = wanting()
    world.answers.submit = () => []
    world.rebalance()
    for (const { id } of world.orders)
      world.tell({ type: 'orderNews', orderId: id, news: { kind: 'unanswered', reason: 'silence' } })
    world.tell(restrained(OWN, 'reducing'))
    const before = submits(world).length
    world.answers.query = () => []
    world.answers.never = () => []
    world.fire('order:').fire('order:')
    expect(submits(world).slice(before)).toEqual(['buy-BBB'])
  })

  it('what is lifted or undone is what was seen: a newer halt stands', () => {
    const world = wanting()
    world.tell(restrained(FIRM, 'halted'))
    const seen = world.state.restraints!.firm!.at
    world.later(5)
    world.tell(restrained(FIRM, 'halted'))
    world.tell({ ...restrained(FIRM, 'active'), lifts: seen } as PortfolioFact)
    expect(tradingOf(world).trading).toBe('halted')
    world.tell({ ...restrained(FIRM, 'active'), lifts: world.state.restraints!.firm!.at } as PortfolioFact)
    expect(tradingOf(world).trading).toBe('active')
    const permit = (to: 'halted' | 'active' | 'paused', reason: string, undoes?: string): void => {
      world.tell({ type: 'permitted', to, actor: 'ann', reason, ...(undoes === undefined ? {} : { undoes }) })
    }
    permit('halted', 'first')
    permit('halted', 'second')
    permit('active', 'mended', 'ann: first')
    permit('paused', 'mended', '')
    expect(tradingOf(world)).toEqual({ trading: 'halted', reason: 'ann: second' })
    permit('active', 'mended', 'ann: second')
    expect(tradingOf(world)).toEqual({ trading: 'active', reason: '' })
  })

  it('a later restraint replaces an earlier one of the same scope, and each is lifted by itself', () => {
    const world = wanting()
    for (const scope of [FIRM, OWN, EVERYWHERE]) world.tell(restrained(scope, 'halted'))
    world.tell(restrained(OWN, 'reducing'))
    expect(listedRestraints(world.state.restraints).map(({ scope, to }) => [scope, to])).toEqual([
      [FIRM, 'halted'],
      [EVERYWHERE, 'halted'],
      [OWN, 'reducing'],
    ])
    world.tell(restrained(FIRM, 'active'))
    world.tell(restrained(EVERYWHERE, 'active'))
    const why = (side: 'buy' | 'sell', units = '1', permission: 'active' | 'reducing' = 'active') =>
      withheld(permission, world.state, { instrument: AAA, side, quantity: quantity(units) })
    expect(why('sell')).toMatch(/^AAA is reducing/)
    world.rebalance()
    expect(why('sell')).toMatch(/^AAA is reducing/)
    expect(why('buy')).toMatch(/^AAA is reducing/)
    world.tell(restrained(OWN, 'active'))
    expect(why('buy')).toBeNull()
    world.rebalance()
    const held = world.held('AAA')
    expect([why('sell', `${held}`, 'reducing'), why('sell', `${held + 1}`, 'reducing')]).toEqual([
      null,
      'trading is being reduced',
    ])
  })
})
