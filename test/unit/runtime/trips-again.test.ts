import { describe, expect, it } from 'vitest'
import type { MarketView } from '#domain/market.js'
import type { Order } from '#domain/order.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import type { Staged } from '#runtime/actor.js'
import { TripWatch } from '#runtime/trips.js'
import { Decimal } from '#units/decimal.js'
import { portfolioId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'
import { market, NOW, portfolio, TODAY } from '../domain/trigger/fixtures.js'

const CORE = portfolioId('core')
const LIMITS = {
  unknownOrders: { olderThanMs: 60_000, moreThan: 5 },
  failedRuns: { consecutive: 3 },
  dailyLoss: { warn: 0.03, halt: 0.05 },
}

/** A portfolio of 1000 in a thousand units, marked at 1. */
function marked(changes: Partial<PortfolioState> = {}): PortfolioState {
  const state = portfolio()
  const nav = { ...state.book.nav, units: new Decimal('1000'), perUnit: new Decimal('1'), markedSession: TODAY }
  return { ...state, book: { ...state.book, nav }, ...changes }
}

/** A watch over one portfolio; `looks` counts how often its session's return was worked out. */
function watching(first: PortfolioState = marked()) {
  const world = { state: first, now: NOW, looks: 0, halts: [] as string[], refuse: false }
  const watch = new TripWatch({
    limits: LIMITS,
    journal: { runs: () => [], entries: () => [], head: () => ({ seq: 0, hash: '' }) },
    clock: { now: () => world.now, wake: () => () => undefined },
    log: silentLog,
    metrics: {
      count: () => undefined,
      observe: () => undefined,
      gauge: (name) => {
        if (name === 'ballast_session_return_ratio') world.looks += 1
      },
    },
  })
  const snapshot = () => ({ value: { permission: 'active' }, context: world.state })
  const permit = async (_: unknown, __: unknown, actor: string) => {
    if (world.refuse) throw new Error('OVERLOADED')
    world.halts.push(actor)
  }
  const look = (view: MarketView) => watch.look({ host: { snapshot }, permit } as never, [CORE], view)
  return { world, watch, look }
}

describe('a look at what was looked at already', () => {
  it('values nothing anew while state, prices and session are the same', async () => {
    const { world, look } = watching()
    const view = market()
    await look(view)
    await look(view)
    await look({ ...view, at: instant(NOW + 1_000) })
    expect(world.looks).toBe(1)
  })

  it('values anew what has other prices, another session or another state', async () => {
    const { world, look } = watching()
    const view = market()
    await look(view)
    await look(market({ GOOG: '0.99' }))
    expect(world.looks).toBe(2)
    await look(view)
    await look({ ...view, session: sessionDate('2008-09-11') })
    expect(world.looks).toBe(4)
    world.state = { ...world.state }
    await look({ ...view, session: sessionDate('2008-09-11') })
    expect(world.looks).toBe(5)
  })

  it('values anew after a step: it may have ended a run or marked the book', async () => {
    const { world, watch, look } = watching()
    const view = market()
    await look(view)
    const entry = { event: { type: 'reconciled' }, seq: 1 }
    watch.follow({
      portfolio: CORE,
      entry,
      after: { context: world.state },
      commit: { run: null },
    } as unknown as Staged)
    await look(view)
    expect(world.looks).toBe(2)
  })

  it('halts for an order of unknown fate by the passing of time alone', async () => {
    const order = { status: 'unknown', intendedAt: NOW } as Order
    const { world, look } = watching(marked({ run: { status: 'BUYING', orders: { x: order } } as unknown as Run }))
    const view = market()
    await look(view)
    expect(world.halts).toEqual([])
    world.now = instant(NOW + 61_000)
    await look(view)
    expect(world.halts).toEqual(['trip:unknown-orders'])
  })

  it('halts at the next look when a halt could not be written', async () => {
    const { world, look } = watching()
    const view = market({ GOOG: '0.8' })
    world.refuse = true
    await expect(look(view)).rejects.toThrow('OVERLOADED')
    world.refuse = false
    await look(view)
    expect(world.halts).toEqual(['trip:daily-loss'])
  })
})
