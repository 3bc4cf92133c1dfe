import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { OrderNews, PortfolioFact } from '#domain/portfolio/event.js'
import { orderId, runId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { evidence, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const prices = fc.record({
  AAA: fc.constantFrom('100', '101', '73.5', ''),
  BBB: fc.constantFrom('100', '12.34', '250'),
  CCC: fc.constantFrom('100', '99.99', '180'),
})
const which = fc.nat({ max: 7 })
const units = fc.constantFrom('1', '10', '400')
const statuses = fc.constantFrom('accepted', 'filled', 'cancelled', 'rejected', 'expired')
const news: fc.Arbitrary<OrderNews> = fc.oneof(
  fc.constantFrom<OrderNews>({ kind: 'accepted' }, { kind: 'unseen' }, { kind: 'promised' }),
  fc.constantFrom<OrderNews>({ kind: 'rejected', reason: 'no' }, { kind: 'unanswered', reason: 'TIMEOUT' }),
  fc
    .tuple(statuses, units)
    .map(([status, n]): OrderNews => ({ kind: 'reported', status, cumulative: quantity(n), reason: '' })),
)
const STRANGER = orderId('Z'.repeat(26))

/** What may happen next, in no sensible order: each is done to a world. */
const happenings = fc.oneof(
  { weight: 6, arbitrary: fc.constant((world: World) => void answerOne(world)) },
  { weight: 2, arbitrary: fc.constant((world: World) => void world.settle()) },
  { weight: 4, arbitrary: prices.map((at) => (world: World) => void trigger(world, at)) },
  {
    weight: 4,
    arbitrary: fc.tuple(which, news).map(
      ([n, said]) =>
        (world: World) =>
          tellNews(world, n, said),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(which, units, fc.constantFrom('100', '87.65')).map(
      ([n, size, at]) =>
        (world: World) =>
          fillOne(world, n, size, at),
    ),
  },
  { weight: 2, arbitrary: fc.nat().map((n) => (world: World) => bustOne(world, n)) },
  { weight: 3, arbitrary: which.map((n) => (world: World) => fireOne(world, n)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('fills:R-1', 'solve:R-9', 'order:X', '')
      .map((timer) => say({ type: 'timedOut', timer })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('active', 'active', 'active', 'reducing', 'paused', 'halted')
      .map((to) => say({ type: 'permitted', to, reason: 'r', actor: 'a' })),
  },
  { weight: 1, arbitrary: fc.nat({ max: 9 }).map((epoch) => say({ type: 'opened', epoch })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('resume', 'resume', 'hold', 'unwind')
      .map((decision) => say({ type: 'reconciled', decision, reason: 'r' })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('50000', '-30000', '0.01', '0'), prices).map(
      ([cash, at]) =>
        (world: World) =>
          world.tell({ type: 'deposited', amount: money(cash), view: viewAt(world.now, at) }),
    ),
  },
  {
    weight: 2,
    arbitrary: prices.map((at) => (world: World) => world.tell({ type: 'marked', view: viewAt(world.now, at) })),
  },
  {
    weight: 1,
    arbitrary: prices.map(
      (at) => (world: World) => world.tell({ type: 'observed', request: 'R-1.1', view: viewAt(world.now, at) }),
    ),
  },
  { weight: 1, arbitrary: fc.constant((world: World) => world.tell({ type: 'configured', policy: world.policy })) },
  { weight: 1, arbitrary: fc.constant((world: World) => repeatLast(world)) },
  { weight: 1, arbitrary: fc.constant(say({ type: 'faulted', reason: 'bug', event: 'filled' })) },
)

/** The same where plans wait for people: they say something of the plan that waits, of another one, or of nothing. */
const amongPeople = fc.oneof(
  { weight: 5, arbitrary: happenings },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('ann', 'bob'), fc.nat({ max: 9 })).map(
      ([actor, n]) =>
        (world: World) =>
          decideOne(world, actor, n),
    ),
  },
)

function say(fact: PortfolioFact): (world: World) => void {
  return (world) => void world.tell(fact)
}

function answerOne(world: World): void {
  const request = world.pending.shift()
  if (request === undefined) return
  if (request.type === 'solve') for (const fact of world.answers.solve(request)) world.tell(fact)
  else if (request.type === 'observe') for (const fact of world.answers.observe(request)) world.tell(fact)
  else if (request.type === 'submit') for (const fact of world.answers.submit(request.order)) world.tell(fact)
  else for (const fact of world.answers[request.type](request.orderId)) world.tell(fact)
}

function trigger(world: World, at: Readonly<Record<string, string>>): void {
  world.tell({ type: 'triggered', trigger: world.trigger(), view: viewAt(world.now, at) })
}

function tellNews(world: World, n: number, said: OrderNews): void {
  world.tell({ type: 'orderNews', orderId: world.orders[n]?.id ?? STRANGER, news: said })
}

function fillOne(world: World, n: number, size: string, at: string): void {
  const order = world.orders[n]
  if (order !== undefined) world.tell(world.fill(order, quantity(size), price(at)))
}

/** Takes back an execution that stands, or one that is still to come. */
function bustOne(world: World, n: number): void {
  const gone = new Set([...(world.state.corrections?.busted ?? [])])
  const standing = world.executions.filter((row) => !gone.has(row.id))
  const order = world.orders[n % 8]
  if (n % 3 > 0 && standing.length > 0) world.tell(world.bust(standing[n % standing.length]!))
  else if (order !== undefined) {
    const fact = world.fill(order, quantity('3'))
    if (fact.type !== 'filled') return
    world.tell(world.bust(fact.execution))
    world.tell(fact)
  }
}

function fireOne(world: World, n: number): void {
  const timer = [...world.timers.keys()].sort()[n]
  if (timer === undefined) return
  world.later(Math.max(0, world.timers.get(timer)! - world.now))
  world.tell({ type: 'timedOut', timer })
}

function decideOne(world: World, actor: string, n: number): void {
  const { run } = world.state
  const plan = n === 0 ? '0'.repeat(64) : (run?.plan?.hash ?? '')
  const verdict = n === 1 ? 'reject' : 'approve'
  world.tell({ type: 'decided', run: run?.id ?? runId(9), plan, verdict, actor, reason: 'r' })
}

function repeatLast(world: World): void {
  const { event } = world.history.at(-1)!
  const { seq: _seq, at: _at, cause: _cause, ...fact } = event
  // Of executions and their takings-back the intake passes on each only once.
  if (fact.type !== 'filled' && fact.type !== 'busted') world.tell(fact as PortfolioFact)
}

const TARGETS = [
  targets({ AAA: 0.5, BBB: 0.4 }),
  targets({ AAA: 0.2, BBB: 0.3, CCC: 0.45 }),
  targets({ AAA: 0.6, CCC: -0.2 }),
  { kind: 'hold', reason: 'h', evidence },
  targets({ BBB: 1 }),
] as const

/** Lives through what happens, then plays it again from what was written. */
function lived(list: readonly ((world: World) => void)[], changes: Partial<PortfolioPolicy> = {}): World {
  const world = World.funded({}, { governance: [{ name: 'position-limit', params: { max: 0.55 } }], ...changes })
  world.answers.solve = ({ request, run }) => [
    { type: 'solved', request, answer: TARGETS[Number(run.slice(2)) % TARGETS.length]!, view: viewAt(world.now) },
  ]
  trigger(world, {})
  for (const happen of list) happen(world)
  world.replay()
  return world
}

describe('a portfolio to which anything may happen', () => {
  it('never throws, keeps its books and deadlines, and replays to the byte from what it wrote', () => {
    let [runs, fills, final, busts] = [0, 0, 0, 0]
    fc.assert(
      fc.property(fc.array(happenings, { minLength: 10, maxLength: 60, size: 'max' }), (list) => {
        const world = lived(list)
        runs += world.state.runs
        fills += world.executions.length
        busts += world.state.corrections?.busted.length ?? 0
        final += world.state.run?.endedAt == null ? 0 : 1
      }),
      { numRuns: 200 },
    )
    // Or it would have tested nothing.
    expect(runs).toBeGreaterThan(250)
    expect(fills).toBeGreaterThan(500)
    expect(final).toBeGreaterThan(100)
    expect(busts).toBeGreaterThan(100)
  })

  it('trades nothing beyond what people have approved, whatever they say and when', () => {
    let [waited, traded, bounded] = [0, 0, 0]
    const limits = { turnover: 0.01, notional: null, symbols: [], firstLiveRun: false, expiresAfterMs: 60_000 }
    const approvers = fc.constantFrom<1 | 2>(1, 1, 2)
    fc.assert(
      fc.property(approvers, fc.array(amongPeople, { minLength: 20, maxLength: 60, size: 'max' }), (people, list) => {
        const world = lived(list, { approval: { ...limits, approvers: people } })
        waited += Number(world.edges.has('governing > awaitingApproval'))
        traded += Number(world.edges.has('awaitingApproval > selling'))
        for (const run of world.runs) {
          if (run.approval === undefined) continue
          bounded += Object.keys(run.orders).length
          const said = new Set(
            run.approval.decisions.filter(({ verdict }) => verdict === 'approve').map((row) => row.actor),
          )
          if (Object.keys(run.orders).length > 0) expect(said.size).toBeGreaterThanOrEqual(people)
          for (const { body } of Object.values(run.orders)) {
            const mine = Object.values(run.orders).filter((order) => order.body.leg === body.leg)
            const ordered = mine.reduce((sum, order) => sum + order.body.quantity.toNumber(), 0)
            const approved = run.approved.find(({ id }) => id === body.leg)?.quantity.toNumber() ?? 0
            expect(ordered, `${body.leg} of ${run.id}`).toBeLessThanOrEqual(approved)
          }
        }
      }),
      { numRuns: 120 },
    )
    expect(waited).toBeGreaterThan(80)
    expect(traded).toBeGreaterThan(30)
    expect(bounded).toBeGreaterThan(60)
  })
})
