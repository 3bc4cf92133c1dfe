import { describe, expect, it } from 'vitest'
import { cashOf, reservedCash } from '#domain/book/book.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { encode } from '#units/canonical.js'
import { money, quantity } from '#units/money.js'
import { evidence, policy, START, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const edges = new Set<string>()

/** Keeps the edges a story took and plays it again. */
function told(world: World, fromEach = false): World {
  for (const edge of world.edges) edges.add(edge)
  world.replay(fromEach)
  return world
}

/** Orders at their arrival price: reservations are what the fills cost. */
const exact = { ...policy().orders, collar: 0 }
const halt: PortfolioFact = { type: 'permitted', to: 'halted', reason: 'kill', actor: 'op' }
const solvedWith =
  (world: () => World, ...answers: readonly ReturnType<typeof targets>[]) =>
  ({ request }: { readonly request: string }): readonly PortfolioFact[] => {
    const number = Number(request.slice(2))
    const answer = answers[Math.min(number, answers.length) - 1]!
    return [{ type: 'solved', request, answer, view: viewAt(world().now) }]
  }

describe('a rebalance', () => {
  it('buys what the targets ask for, commits and watches again', () => {
    const world = told(World.funded().rebalance(), true)
    expect(world.leaf).toBe('watching')
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'as planned', number: 1 })
    expect([world.held('AAA'), world.held('BBB')]).toEqual([500, 400])
    expect(cashOf(world.state.book).toFixed()).toBe('10000')
    expect(reservedCash(world.state.book).isZero()).toBe(true)
    expect(world.state.effective).toEqual({ weights: { AAA: 0.5, BBB: 0.4 }, cash: 1 - 0.9 })
    expect(world.run.phases.map((phase) => phase.status)).toEqual([
      'ANALYSING',
      'OPTIMISING',
      'PLANNING',
      'GOVERNING',
      'SELLING',
      'BUYING',
      'SETTLING',
      'COMPLETED',
    ])
    expect([...world.timers]).toEqual([])
  })

  it('sells first, then buys with the proceeds', () => {
    const world = World.funded({}, { orders: exact })
    world.answers.solve = solvedWith(() => world, targets({ AAA: 1 }), targets({ AAA: 0.2, BBB: 0.8 }))
    world.rebalance()
    world.rebalance()
    told(world, true)
    expect(world.run.status).toBe('COMPLETED')
    expect([world.held('AAA'), world.held('BBB')]).toEqual([200, 800])
    const submits = world.history.flatMap(({ effects }) => effects.filter((effect) => effect.type === 'submit'))
    expect(submits.map((effect) => effect.order.body.leg)).toEqual(['buy-AAA', 'sell-AAA', 'buy-BBB'])
  })

  it('commits without buying when there is only something to sell', () => {
    const world = World.funded()
    world.answers.solve = solvedWith(() => world, targets({ AAA: 0.5 }), targets({ AAA: 0.1 }))
    told(world.rebalance().rebalance())
    expect(world.orders.map((order) => order.body.side)).toEqual(['sell'])
    expect(world.run.status).toBe('COMPLETED')
    expect(world.held('AAA')).toBe(100)
  })

  it('ends at once when nothing is to be done', () => {
    const world = told(World.funded().rebalance().rebalance())
    expect(world.run).toMatchObject({ number: 2, status: 'COMPLETED', outcome: 'already at target', orders: {} })
    expect(world.state.memory.cooldownUntil).toBe('2024-01-09')
  })

  it('holds when the answer says so and keeps the targets it had', () => {
    const world = World.funded().rebalance()
    world.answers.solve = ({ request }) => [
      {
        type: 'solved',
        request,
        answer: { kind: 'hold', reason: 'too little history', evidence },
        view: viewAt(START),
      },
    ]
    told(world.rebalance())
    expect(world.run).toMatchObject({ status: 'COMPLETED', outcome: 'holds: too little history' })
    expect(world.state.effective?.weights).toEqual({ AAA: 0.5, BBB: 0.4 })
  })

  it('fails and sends nothing when the answer failed', () => {
    const world = World.funded({
      solve: ({ request }) => [
        { type: 'solved', request, answer: { kind: 'failed', reason: 'infeasible', evidence }, view: viewAt(START) },
      ],
    })
    told(world.rebalance())
    expect(world.run).toMatchObject({ status: 'FAILED', outcome: 'infeasible', orders: {} })
    expect(world.state.effective).toBeNull()
  })

  it('fails when no answer comes in time, and ignores the one that comes too late', () => {
    const world = World.funded({ solve: () => [] }).rebalance()
    expect(world.leaf).toBe('optimising')
    world.fire('solve:')
    expect(world.run.status).toBe('FAILED')
    const before = encode(world.snapshot)
    world.tell({ type: 'solved', request: 'R-1', answer: targets({ AAA: 1 }), view: viewAt(START) })
    expect(encode(world.snapshot)).toBe(before)
    told(world)
  })

  it('ignores an answer to another run and the deadline of another', () => {
    const world = World.funded({ solve: () => [] }).rebalance()
    world.tell({ type: 'solved', request: 'R-9', answer: targets({ AAA: 1 }), view: viewAt(START) })
    world.tell({ type: 'timedOut', timer: 'solve:R-9' })
    world.tell({ type: 'timedOut', timer: 'fills:R-1' })
    expect(world.leaf).toBe('optimising')
    told(world)
  })

  it('is cancelled before anything is sent when governance refuses the plan', () => {
    const world = World.funded({}, { governance: [{ name: 'no-such-rule', params: {} }] })
    told(world.rebalance())
    expect(world.run.status).toBe('CANCELLED')
    expect(world.run.outcome).toContain('no rule is called no-such-rule')
    expect(world.orders).toEqual([])
  })

  it('is cancelled when a holding has no price at all, or equity is not positive', () => {
    const world = told(World.funded().rebalance())
    told(world.rebalance({ AAA: '' }))
    expect(world.run).toMatchObject({ number: 2, status: 'CANCELLED', outcome: 'no price for AAA' })
    const poor = told(World.funded({}, {}, '0.00').rebalance())
    expect(poor.run).toMatchObject({ status: 'CANCELLED', outcome: 'equity is 0' })
  })

  it('rolls back when governance refuses the buys that prices have made of the plan', () => {
    const world = World.funded({}, { governance: [{ name: 'position-limit', params: { max: 0.9 } }] })
    world.answers.solve = solvedWith(() => world, targets({ CCC: -0.5, AAA: 0.5 }))
    world.answers.observe = ({ request }) => [{ type: 'observed', request, view: viewAt(START, { CCC: '1000' }) }]
    told(world.rebalance())
    expect(world.run.status).toBe('ROLLED_BACK')
    expect(world.run.outcome).toContain('equity is not positive')
    expect([world.held('CCC'), world.held('AAA')]).toEqual([-500, 0])
  })
})

describe('the waves of a run', () => {
  it('come in waves that spend what collar reservations gave back, four at most', () => {
    const world = World.funded()
    world.answers.solve = solvedWith(() => world, targets({ AAA: 1 }))
    told(world.rebalance(), true)
    expect(world.orders.map((order) => order.body.attempt).sort()).toEqual([1, 2, 3])
    expect(world.orders.map((order) => order.body.quantity.toNumber()).sort((a, b) => b - a)).toEqual([952, 45, 2])
    expect(new Set(world.orders.map((order) => order.id)).size).toBe(3)
    expect(world.run.waves).toBe(4)
    expect(world.run.status).toBe('COMPLETED')
  })

  it('end the run when no prices come in time', () => {
    const world = World.funded({ observe: () => [] }).rebalance()
    expect(world.leaf).toBe('buying')
    world.tell({ type: 'observed', request: 'R-1.7', view: viewAt(START) })
    world.fire('fills:')
    expect(world.leaf).toBe('watching')
    expect(world.run).toMatchObject({ status: 'COMPLETED_ADJUSTED', orders: {} })
    expect(world.run.outcome).toMatch(/buy-AAA was approved and not sent/)
    told(world)
  })

  it('say so when fresh prices stop what was approved', () => {
    const world = World.funded({ observe: () => [] }).rebalance()
    world.tell({ type: 'observed', request: 'R-1.1', view: viewAt(START, { AAA: '', BBB: '' }) })
    world.settle()
    expect(world.run.status).toBe('COMPLETED_ADJUSTED')
    expect(world.run.outcome).toMatch(/buy-AAA/)
    told(world)
  })
})

describe('a run that invests cash', () => {
  it('asks for no new targets and only buys, toward the effective ones', () => {
    const world = World.funded().rebalance()
    const sells = world.orders.filter((order) => order.body.side === 'sell').length
    world.tell({ type: 'deposited', amount: money('50000'), view: viewAt(world.now, { AAA: '150' }) })
    const trigger = { ...world.trigger(), kind: 'cash' as const }
    world.tell({ type: 'triggered', trigger, view: viewAt(world.now, { AAA: '150' }) })
    world.settle()
    expect(world.run).toMatchObject({ type: 'invest-cash', answer: null })
    expect(world.orders.length).toBeGreaterThan(0)
    expect(world.orders.filter((order) => order.body.side === 'sell')).toHaveLength(sells)
    expect(world.run.status).toMatch(/^COMPLETED/)
    told(world)
  })
})

describe('a run that people must approve', () => {
  const limits = { turnover: 0, notional: null, symbols: [], firstLiveRun: false }
  const approval = { ...limits, approvers: 1, expiresAfterMs: 60_000 } as const
  const decide = (world: World, verdict: 'approve' | 'reject'): World => {
    const { id, plan } = world.run
    world.tell({ type: 'decided', run: id, plan: plan!.hash, verdict, actor: 'ann', reason: 'looked' })
    return world.settle()
  }

  it('waits between governance and its sells, and ends without them when nobody agrees', () => {
    const waiting = () => World.funded({}, { approval }).rebalance()
    expect(told(decide(waiting(), 'approve'), true).run.status).toBe('COMPLETED')
    expect(told(decide(waiting(), 'reject'), true).run.status).toBe('CANCELLED')
    expect(told(waiting().fire('approval:')).run.status).toBe('CANCELLED')
  })
})

describe('halting', () => {
  it('in the middle of a run cancels what is live, keeps what was filled and releases the rest', () => {
    const world = World.funded({ submit: () => [], cancel: () => [] }).rebalance()
    world.tell(world.fill(world.order('buy-AAA'), quantity('50')))
    const effects = world.tell(halt)
    expect(world.leaf).toBe('unwinding')
    expect(effects.filter((effect) => effect.type === 'cancel')).toHaveLength(2)
    world.tell(halt)
    for (const order of world.orders)
      world.tell(
        world.news(order, { kind: 'reported', status: 'cancelled', cumulative: order.cumulative, reason: 'cancelled' }),
      )
    expect(world.leaf).toBe('watching')
    expect(world.run.status).toBe('ROLLED_BACK')
    expect(world.held('AAA')).toBe(50)
    expect(reservedCash(world.state.book).isZero()).toBe(true)
    expect(world.state.effective).toBeNull()
    expect(world.snapshot.value.permission).toBe('halted')
    expect(world.state.permissionReason).toBe('op: kill')
    told(world, true)
  })

  it('works while targets, sells or prices are awaited', () => {
    const solving = World.funded({ solve: () => [] }).rebalance()
    const pricing = World.funded({ observe: () => [] }).rebalance()
    const selling = World.funded().rebalance()
    selling.answers.solve = solvedWith(() => selling, targets({ AAA: 0 }))
    selling.answers.submit = () => []
    selling.rebalance()
    for (const [world, leaf] of [
      [solving, 'optimising'],
      [pricing, 'buying'],
      [selling, 'selling'],
    ] as const) {
      expect(world.leaf).toBe(leaf)
      world.tell(halt)
      world.settle()
      expect(world.leaf).toBe('watching')
      expect(world.run.status).toBe('ROLLED_BACK')
      told(world)
    }
  })

  it('while targets are awaited leaves no deadline behind', () => {
    const world = World.funded({ solve: () => [] }).rebalance()
    expect([...world.timers.keys()]).toEqual(['solve:R-1'])
    world.tell(halt)
    expect(world.leaf).toBe('watching')
    expect(world.timers.size).toBe(0)
    told(world)
  })

  it('follows an execution that came twice with other content, in the middle of a run', () => {
    const world = World.funded({ submit: () => [], cancel: () => [] }).rebalance()
    const order = world.order('buy-AAA')
    const fill = world.fill(order, quantity('10')) as Extract<PortfolioFact, { type: 'filled' }>
    world.tell(fill)
    const execution = { ...fill.execution, quantity: quantity('11') }
    const effects = world.tell({ type: 'conflicted', execution, booked: 'digest' })
    expect(world.snapshot.value.permission).toBe('halted')
    expect(world.state.permissionReason).toContain(execution.id)
    expect(world.leaf).toBe('unwinding')
    expect(effects.some((effect) => effect.type === 'submit')).toBe(false)
    expect(world.held('AAA')).toBe(10)
    told(world)
  })

  it('follows a broken assertion, and sends no further orders', () => {
    const world = World.funded({ observe: () => [] }).rebalance()
    world.tell({ type: 'faulted', reason: 'I1: books differ', event: 'filled' })
    expect(world.snapshot.value.permission).toBe('halted')
    expect(world.state.permissionReason).toBe('I1: books differ')
    expect(world.leaf).toBe('watching')
    world.tell({ type: 'observed', request: 'R-1.1', view: viewAt(START) })
    expect(world.orders).toEqual([])
    told(world)
  })

  it('leaves fills, deposits and marks to be booked', () => {
    const world = World.funded({ submit: () => [], cancel: () => [] }).rebalance()
    world.tell(halt)
    world.tell(world.fill(world.order('buy-BBB'), quantity('5')))
    world.tell({ type: 'deposited', amount: money('-100'), view: viewAt(START) })
    world.tell({ type: 'marked', view: viewAt(START, { BBB: '90' }) })
    expect(cashOf(world.state.book).toFixed()).toBe('99400')
    expect(world.state.book.nav.equity.toFixed()).toBe('99850')
    told(world)
  })
})

describe('the chart of a portfolio', () => {
  it('was walked along every way there is, transient states included, and no other', () => {
    expect([...edges].sort()).toEqual(
      [
        'watching > analysing',
        'analysing > optimising',
        'analysing > planning',
        'analysing > unwinding',
        'optimising > planning',
        'optimising > unwinding',
        'planning > governing',
        'planning > settling',
        'planning > unwinding',
        'governing > selling',
        'governing > awaitingApproval',
        'awaitingApproval > selling',
        'awaitingApproval > unwinding',
        'governing > settling',
        'governing > unwinding',
        'selling > pricing',
        'selling > unwinding',
        'pricing > working',
        'pricing > settling',
        'pricing > unwinding',
        'working > pricing',
        'working > settling',
        'working > unwinding',
        'settling > committed',
        'settling > unwinding',
        'committed > watching',
        'unwinding > rolledBack',
        'rolledBack > watching',
      ].sort(),
    )
  })
})
