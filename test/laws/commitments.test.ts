import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { cashOf, reservedCash } from '#domain/book/book.js'
import { spendableCash } from '#domain/book/evolve.js'
import { valuation } from '#domain/book/valuation.js'
import { specsOf } from '#domain/instrument/registry.js'
import { targetsOf } from '#domain/lifecycle/planning.js'
import { manualTrigger } from '#domain/manual-trigger.js'
import type { Order } from '#domain/order.js'
import type { Effect } from '#domain/portfolio/effect.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import type { RunTask } from '#domain/task.js'
import { Decimal, decimalFromFloat } from '#units/decimal.js'
import { money, price, quantity, toTick, total, worth } from '#units/money.js'
import { policy, SESSION, targets, viewAt } from '../machine/fixtures.js'
import { World } from '../machine/world.js'
import { CASES } from './plan-worlds.js'

const TICK = price('0.01')
/** A history is a dozen plans and more, so the suite lives through fewer of them. */
const HISTORIES = { numRuns: process.env.BALLAST_SEQUENCES === undefined ? 60 : CASES.numRuns }

/** What a venue makes of an order: how much of it, how far from its limit, at what fee, and how it ends. */
const fates = fc.record({
  parts: fc.oneof(fc.constant<number[]>([100]), fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 3 })),
  better: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
  fee: fc.constantFrom(0, 0.5, 1),
  end: fc.constantFrom('filled', 'filled', 'cancelled', 'rejected', 'silent'),
})
type Fate = typeof fates extends fc.Arbitrary<infer T> ? T : never

const moves = fc.record({
  AAA: fc.integer({ min: 60, max: 160 }),
  BBB: fc.integer({ min: 60, max: 160 }),
  CCC: fc.integer({ min: 60, max: 160 }),
})
/** Some leave cash, some none at all, some sell short, and some would buy more than there is with what that brings. */
const weights = fc
  .record({
    AAA: fc.integer({ min: 0, max: 50 }),
    BBB: fc.integer({ min: 0, max: 40 }),
    CCC: fc.integer({ min: -20, max: 10 }),
  })
  .chain((some) =>
    fc.constantFrom(
      some,
      { ...some, CCC: 100 - some.AAA - some.BBB },
      { AAA: some.AAA, BBB: some.BBB + 90, CCC: 10 - some.AAA - some.BBB },
    ),
  )
const tasks: fc.Arbitrary<RunTask | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 60_000 }).map((sum) => asked('invest-cash', sum)) },
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 60_000 }).map((sum) => asked('withdraw-cash', sum)) },
  { weight: 1, arbitrary: fc.constant<RunTask>({ type: 'liquidate' }) },
)
function asked(type: 'invest-cash' | 'withdraw-cash', sum: number): RunTask {
  return { type, amount: money(String(sum)) }
}
const runs = fc.array(
  fc.record({
    task: tasks,
    begun: moves,
    seen: fc.array(moves, { minLength: 1, maxLength: 4 }),
    weights,
    flow: fc.integer({ min: 0, max: 20_000 }),
  }),
  { minLength: 2, maxLength: 5 },
)
const terms = fc.record({
  collar: fc.constantFrom(0, 0.02, 0.05),
  allowUnsettled: fc.boolean(),
  bps: fc.constantFrom(0, 10, 50),
  toEdge: fc.boolean(),
})

const met: Record<string, number> = {}
const meet = (what: string): void => {
  met[what] = (met[what] ?? 0) + 1
}
afterAll(() => {
  if (process.env.BALLAST_SEQUENCES !== undefined) console.info(JSON.stringify(met))
})

/** A world that looks, after every event, at what buys may take. */
class Watched extends World {
  override check(effects: readonly Effect[]): void {
    super.check(effects)
    const { book, policy } = this.state
    const free = spendableCash(book, policy.orders.allowUnsettled)
    expect(free.gte(0), `${free} in cash that is free`).toBe(true)
    const bought = effects.flatMap((effect) =>
      effect.type === 'submit' && effect.order.body.side === 'buy' ? [effect.order] : [],
    )
    if (bought.length > 0) this.#keeps(bought)
  }

  /** Bought at the prices they were decided at, the orders leave the cash that the targets keep. */
  #keeps(bought: readonly Order[]): void {
    const { event } = this.history.at(-1)!
    if (event.type !== 'observed') return
    const { book, policy, run } = this.state
    const held = total(bought.map(({ id }) => book.reservations[id]!))
    const value = total(bought.map(({ body }) => worth(body.quantity, body.arrival)))
    const { equity } = valuation(book, event.view, specsOf(policy.universe))
    const cash = run?.type === 'liquidate' ? 0 : keptOf(targetsOf(this.state)!, run?.aim !== undefined)
    const left = cashOf(book).minus(reservedCash(book)).plus(held).minus(value)
    const kept = Decimal.max(0, equity.times(decimalFromFloat(cash)))
    expect(left.gte(kept.minus(equity.times('2e-9'))), `${left} left, ${kept} to keep`).toBe(true)
    expect(value.gt(0)).toBe(true)
    meet(`buys of ${run?.type}${run?.aim === undefined ? '' : ' to the edge'}`)
    this.#leavesCollateral(bought)
  }

  /** What opens longs is promised none of what shorts were sold for. */
  #leavesCollateral(bought: readonly Order[]): void {
    const { book } = this.state
    const proceeds = Object.values(book.positions).flatMap(({ lots }) =>
      lots.filter((lot) => lot.quantity.lt(0)).map((lot) => worth(quantity(lot.quantity.abs()), lot.unitCost)),
    )
    const opening = bought.map(({ id, body }) => {
      const short = Decimal.max(0, (book.positions[body.instrument]?.quantity ?? new Decimal(0)).negated())
      const part = Decimal.max(0, body.quantity.minus(short)).div(body.quantity)
      return money(book.reservations[id]!.times(part))
    })
    const open = total(opening)
    const own = Decimal.max(0, cashOf(book).minus(total(proceeds)))
    expect(open.lte(own.plus('1e-20')), `${open} to open longs, ${own} is nobody's collateral`).toBe(true)
    if (proceeds.length > 0) meet(open.gt(0) ? 'longs bought beside a short' : 'covers alone')
  }
}

/** Cash that buys leave: the targets' own, or what of it may go to others that stop at their edges, a band of 0.05 of these policies. */
function keptOf({ weights, cash }: TargetSet, toEdge: boolean): number {
  const shorts = Object.values(weights).reduce((sum, weight) => sum + Math.max(0, -weight), 0)
  return toEdge ? Math.max(Math.min(cash, shorts), cash - 0.05) : cash
}

const pricesOf = (move: Readonly<Record<string, number>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(move).map(([name, percent]) => [name, String(percent)]))

/** Fills as a venue may report them: never beyond the limit, never dearer in fees than was expected. */
function fillsOf(world: World, order: Order, { parts, better, fee }: Fate, bps: number): readonly PortfolioFact[] {
  const { side, limit } = order.body
  const away = new Decimal(better)
    .div(1_000)
    .times(side === 'buy' ? -1 : 1)
    .plus(1)
  const at = toTick(price(limit.times(away)), TICK, side === 'buy' ? 'down' : 'up')
  let left = order.body.quantity
  return parts.flatMap((percent, index) => {
    const last = index === parts.length - 1 && percent > 50
    const units = quantity(last ? left : left.times(percent).div(100).floor())
    if (units.isZero() || left.isZero()) return []
    left = quantity(left.minus(units))
    const fact = world.fill(order, units, at)
    if (fact.type !== 'filled') return []
    const paid = money(worth(units, at).times(bps).div(10_000).times(String(fee)))
    const id = `${fact.execution.id}-${index}` as typeof fact.execution.id
    meet(units.eq(order.body.quantity) ? 'whole fills' : 'partial fills')
    return [{ ...fact, execution: { ...fact.execution, id, fee: paid } }]
  })
}

describe('commitments', () => {
  it('never take more cash than there is, nor plan to go below what targets keep, whatever a venue does', () => {
    fc.assert(
      fc.property(terms, runs, fc.array(fates, { minLength: 4, maxLength: 24 }), (term, list, destinies) => {
        const { bps, toEdge, ...orders } = term
        const world = new Watched(
          policy({
            orders: { ...policy().orders, ...orders },
            costs: { name: 'simple', params: { spreadBps: bps, slippageBps: 0 } },
            ...(toEdge && { tradeTo: { to: 'band-edge' } }),
          }),
        )
        let served = 0
        world.answers.submit = (order) => {
          const fate = destinies[served % destinies.length]!
          served += 1
          if (fate.end === 'rejected') {
            meet('rejects')
            return [world.news(order, { kind: 'rejected', reason: 'no' })]
          }
          return [world.news(order, { kind: 'accepted' }), ...fillsOf(world, order, fate, bps)]
        }
        world.tell({ type: 'opened', epoch: 1 })
        world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
        world.tell({ type: 'deposited', amount: money('100000'), view: viewAt(world.now) })
        for (const { task, begun, seen, weights, flow } of list) {
          let looks = 0
          world.answers.observe = ({ request }) => {
            looks += 1
            const view = viewAt(world.now, pricesOf(seen[looks % seen.length]!))
            return [{ type: 'observed', request, view }]
          }
          const parts = Object.entries(weights).map(([name, percent]) => [name, percent / 100] as const)
          const wanted = targets(Object.fromEntries(parts.filter(([, weight]) => weight !== 0)))
          world.answers.solve = ({ request }) => [
            { type: 'solved', request, answer: wanted, view: viewAt(world.now, pricesOf(begun)) },
          ]
          world.tell({ type: 'permitted', to: 'active', actor: 'bob', reason: 'again' })
          world.tell({ type: 'deposited', amount: money(String(flow)), view: viewAt(world.now, pricesOf(begun)) })
          const trigger = manualTrigger(world.now, SESSION, 'ann', 'asks', task ?? undefined)
          world.tell({ type: 'triggered', trigger, view: viewAt(world.now, pricesOf(begun)) })
          world.settle()
          // What a venue leaves open is cancelled when its time is over.
          for (let waits = 0; world.leaf !== 'watching' && waits < 20; waits += 1) world.fire('fills:')
          expect(world.leaf).toBe('watching')
          expect(reservedCash(world.state.book).isZero()).toBe(true)
          const sides = new Set(world.orders.map(({ body }) => body.side))
          if (world.run.type === 'withdraw-cash') expect(sides.has('buy')).toBe(false)
          if (world.run.type === 'invest-cash') expect(sides.has('sell')).toBe(false)
          meet(`runs ${world.run.type} ${world.run.status}`)
          world.later(60_000)
        }
      }),
      HISTORIES,
    )
    for (const type of ['full', 'full to the edge', 'invest-cash', 'liquidate'])
      expect(met[`buys of ${type}`]).toBeGreaterThan(0)
    for (const what of ['longs bought beside a short', 'covers alone']) expect(met[what]).toBeGreaterThan(0)
    for (const what of ['rejects', 'partial fills']) expect(met[what]).toBeGreaterThan(HISTORIES.numRuns)
  })
})
