import { describe, expect, it } from 'vitest'
import type { RunStatus } from '#domain/run.js'
import { sessionReturn } from '#domain/trips/daily-loss.js'
import { findings, type TripLimits } from '#domain/trips/registry.js'
import type { TripInput } from '#domain/trips/trip.js'
import { Decimal } from '#units/decimal.js'
import { money } from '#units/money.js'
import { later, sessionDate } from '#units/time.js'
import { START, viewAt } from '../../../machine/fixtures.js'
import { World } from '../../../machine/world.js'

const OFF: TripLimits = { unknownOrders: null, failedRuns: null, dailyLoss: null }
const LOSS: TripLimits = { ...OFF, dailyLoss: { warn: 0.03, halt: 0.05 } }
const inputOf = (world: World, changes: Partial<TripInput> = {}): TripInput => ({
  state: world.state,
  at: world.now,
  view: viewAt(world.now),
  ended: [],
  unitAtClose: world.state.book.nav.perUnit,
  ...changes,
})

describe('trips', () => {
  /** Half of 100,000 in AAA, 40 % in BBB, marked at a close. */
  const invested = (): World => {
    const world = World.funded().rebalance()
    world.tell({ type: 'marked', view: viewAt(world.now) })
    return world
  }

  it('say nothing of a quiet portfolio, and nothing at all when they are off', () => {
    const limits: TripLimits = {
      ...LOSS,
      unknownOrders: { olderThanMs: 0, moreThan: 0 },
      failedRuns: { consecutive: 1 },
    }
    expect(findings(limits, inputOf(invested()))).toEqual([])
    const crash = { view: viewAt(START, { AAA: '1', BBB: '1' }), ended: ['FAILED'] as const }
    expect(findings(OFF, inputOf(invested(), crash))).toEqual([])
  })

  it.each([
    ['94.1', null],
    ['94.0', 'warn'],
    ['90.1', 'warn'],
    ['90.0', 'halt'],
    ['50.0', 'halt'],
  ])('AAA at %s instead of 100: %s', (price, verdict) => {
    const found = findings(LOSS, inputOf(invested(), { view: viewAt(START, { AAA: price }) }))
    expect(found.map((row) => row.verdict)).toEqual(verdict === null ? [] : [verdict])
    if (verdict !== null)
      expect(found[0]?.reason).toMatch(/^the session has lost \d+\.\d\d % \((warn|halt) at [35]\.00 %\)$/)
  })

  it('count no deposit as profit and no withdrawal as loss', () => {
    const world = invested()
    const unitAtClose = world.state.book.nav.perUnit
    for (const amount of ['50000', '-4000'])
      world.tell({ type: 'deposited', amount: money(amount), view: viewAt(world.now, { AAA: '96' }) })
    // 2 % lost on 100,000 before the flows; the same prices after them.
    const made = sessionReturn(inputOf(world, { view: viewAt(world.now, { AAA: '96' }), unitAtClose }))
    expect(made).toBeCloseTo(-0.02, 10)
  })

  it('judge no loss without a price, without a close, or on monthly bars', () => {
    const world = invested()
    const view = viewAt(START, { AAA: '10' })
    expect(sessionReturn(inputOf(world, { view: viewAt(START, { AAA: '' }) }))).toBeNull()
    expect(sessionReturn(inputOf(world, { view: null }))).toBeNull()
    expect(sessionReturn(inputOf(world, { view: { ...view, session: sessionDate('2024-01-07') } }))).not.toBeNull()
    expect(sessionReturn(inputOf(world, { view: { ...view, session: sessionDate('2024-01-08') } }))).toBeNull()
    expect(sessionReturn(inputOf(world, { view, unitAtClose: null }))).toBeNull()
    expect(sessionReturn(inputOf(world, { view, unitAtClose: new Decimal(0) }))).toBeNull()
    expect(sessionReturn(inputOf(world, { view: { ...view, barSize: '1mo' } }))).toBeNull()
  })

  it('halt on orders of unknown fate, by age and by number', () => {
    const world = World.funded({ submit: () => [] }).rebalance()
    for (const { id } of world.orders)
      world.tell({ type: 'orderNews', orderId: id, news: { kind: 'unanswered', reason: 'silence' } })
    const tripped = (olderThanMs: number, moreThan: number, ms: number) =>
      findings({ ...OFF, unknownOrders: { olderThanMs, moreThan } }, inputOf(world, { at: later(START, ms) }))
    expect(tripped(60_000, 2, 60_000)).toEqual([])
    expect(tripped(60_000, 2, 60_001)).toMatchObject([
      { rule: 'unknown-orders', verdict: 'halt', figures: { unknown: '2', oldestMs: '60001' } },
    ])
    expect(tripped(60_000, 1, 0)).toMatchObject([{ reason: '2 orders are of unknown fate, more than 1' }])
  })

  it('halt on runs that failed in a row, whatever was cancelled in between', () => {
    const tripped = (...ended: RunStatus[]) =>
      findings({ ...OFF, failedRuns: { consecutive: 3 } }, inputOf(World.funded(), { ended })).length
    expect(tripped('FAILED', 'ROLLED_BACK')).toBe(0)
    expect(tripped('FAILED', 'CANCELLED', 'ROLLED_BACK', 'CANCELLED', 'FAILED')).toBe(1)
    expect(tripped('FAILED', 'COMPLETED', 'ROLLED_BACK', 'FAILED')).toBe(0)
    expect(tripped('COMPLETED_ADJUSTED', 'FAILED', 'FAILED', 'FAILED')).toBe(1)
  })
})
