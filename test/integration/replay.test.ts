import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { demoPortfolios } from '#cli/demo/portfolios.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { quiescent, replay } from '#daemon/replay.js'
import { cashOf } from '#domain/book/book.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'
import { noMetrics } from '#ports/metrics.js'
import { type InstrumentId, instrumentId, portfolioId } from '#units/ids.js'
import { minus, money, plus, worth } from '#units/money.js'
import { addDays } from '#units/time.js'
import { simulatedPrices } from '../support/prices.js'
import { tempDir } from '../support/temp-dir.js'

const ALFA = instrumentId('ALFA')
const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA']
const history = simulatedPrices({ seed: 11, instruments: SYMBOLS, sessions: 130, volatility: 0.02 })

async function open(
  options: {
    readonly prices?: PriceHistory
    readonly policies?: readonly PortfolioPolicy[]
    readonly venue?: Parameters<typeof assemble>[0]['venue']
    readonly metrics?: Metrics
    readonly dir?: string
  } = {},
): Promise<Assembly> {
  const prices = options.prices ?? history
  return assemble({
    stateDir: join(options.dir ?? tempDir(), 'state'),
    policies: options.policies ?? demoPortfolios(prices).map(({ policy }) => policy),
    history: prices,
    seed: 'test',
    venue: options.venue ?? {},
    solver: nativeSolver(),
    log: silentLog,
    metrics: options.metrics ?? noMetrics,
    onFatal: (error) => {
      throw error
    },
  })
}

const heads = ({ engine, journal }: Assembly) => engine.host.portfolios.map((id) => journal.head(id))

const without = (prices: PriceHistory, name: string, from: number, to: number): PriceHistory => ({
  ...prices,
  sessions: prices.sessions.map((bars, index) => {
    const { [name as InstrumentId]: _gone, ...closes } = bars.closes
    return index >= from && index < to ? { ...bars, closes } : bars
  }),
})

describe('a replay', () => {
  it('gives the same journal heads every time, and other ones for another seed of prices', async () => {
    const runs = []
    for (let round = 0; round < 2; round += 1) {
      const assembly = await open()
      await replay(assembly, { history, speed: 0 })
      runs.push(heads(assembly))
      await assembly.close()
    }
    expect(runs[0]).toEqual(runs[1])
    expect(runs[0]!.every((head) => head.seq > 100)).toBe(true)
    const other = simulatedPrices({ seed: 12, instruments: SYMBOLS, sessions: 130 })
    const assembly = await open({ prices: other })
    await replay(assembly, { history: other, speed: 0 })
    expect(heads(assembly)).not.toEqual(runs[0])
    await assembly.close()
  })

  it('books what the venue executed, to the cent', async () => {
    const assembly = await open({ venue: { feeBps: 1 } })
    await replay(assembly, { history, speed: 0 })
    for (const portfolio of assembly.engine.host.portfolios) {
      const { book, policy } = assembly.engine.host.snapshot(portfolio)!.context
      let cash = policy.initialCash
      for (const { execution } of await assembly.venue.executions(portfolio, '')) {
        const value = worth(execution.quantity, execution.price)
        cash = minus(execution.side === 'sell' ? plus(cash, value) : minus(cash, value), execution.fee)
      }
      expect(cashOf(book).toFixed()).toBe(cash.toFixed())
      expect(book.tally.fills).toBeGreaterThan(5)
      expect(book.reservations).toEqual({})
      expect(assembly.journal.verify(portfolio).ok).toBe(true)
      expect(assembly.journal.runs(portfolio).every((run) => run.endedAt !== null)).toBe(true)
    }
    await assembly.close()
  })

  it('goes on where it was stopped and ends as if it had not been', async () => {
    const calm = await open()
    await replay(calm, { history, speed: 0 })
    const books = calm.engine.host.portfolios.map((id) => calm.engine.host.snapshot(id)!.context.book)
    await calm.close()
    const dir = tempDir()
    for (const stopAfter of [30, 31, 75, 130]) {
      const assembly = await open({ dir })
      const stop = new AbortController()
      await replay(assembly, {
        history,
        speed: 0,
        signal: stop.signal,
        onSession: (_bars, number) => number >= stopAfter && stop.abort(),
      })
      if (stopAfter === 130) {
        const resumed = assembly.engine.host.portfolios.map((id) => assembly.engine.host.snapshot(id)!.context.book)
        expect(resumed).toEqual(books)
      }
      await assembly.close()
    }
  })

  it('never trades on a stale price, and says why', async () => {
    const blocked: string[] = []
    const metrics: Metrics = {
      ...noMetrics,
      count: (name, labels, by = 1) =>
        by > 0 && name === 'ballast_triggers_blocked_total' && blocked.push(`${labels?.portfolio} ${labels?.reason}`),
    }
    const prices = without(history, 'BRAVO', 100, 130)
    const assembly = await open({ prices, metrics })
    await replay(assembly, { history: prices, speed: 0 })
    // Its month is over when the price has been missing for more than a week: a person has to say what is to be done.
    expect(blocked).toContain('mean-cvar needs_adjustment')
    expect(blocked.filter((row) => !/ (stale_price|needs_adjustment|cooldown)$/.test(row))).toEqual([])
    const cutoff = history.sessions[101]!.session
    for (const portfolio of assembly.engine.host.portfolios) {
      const late = assembly.journal.executions(portfolio).filter((row) => row.session > cutoff)
      expect(late).toEqual([])
    }
    await assembly.close()
  })

  it('trades nothing in a name whose price jumps a hundredfold, trades the others, and values it as before', async () => {
    const glitch = history.sessions.findIndex(
      ({ session }) => session.slice(8) > '03' && session > history.sessions[60]!.session,
    )
    const prices = {
      ...history,
      sessions: history.sessions.map((bars, index) =>
        index === glitch
          ? { ...bars, closes: { ...bars.closes, [ALFA]: String(Number(bars.closes[ALFA]) * 100) } }
          : bars,
      ),
    }
    const assembly = await open({ prices })
    await replay(assembly, { history: prices, speed: 0 })
    const { at } = prices.sessions[glitch]!
    let traded = false
    const most = Math.max(...history.sessions.map((bars) => Number(bars.closes[ALFA]))) * 1.1
    for (const portfolio of assembly.engine.host.portfolios) {
      const fills = await assembly.venue.executions(portfolio, '')
      expect(fills.filter(({ execution: { instrument, at: filled } }) => instrument === ALFA && filled === at)).toEqual(
        [],
      )
      expect(fills.every(({ execution }) => execution.instrument !== ALFA || execution.price.lt(String(most)))).toBe(
        true,
      )
      traded ||= fills.some(({ execution }) => execution.at > at)
      const { nav } = assembly.engine.host.snapshot(portfolio)!.context.book
      expect(nav.highWaterPerUnit.lt('3')).toBe(true)
    }
    expect(traded).toBe(true)
    await assembly.close()
  })

  it('drops a malformed price and goes on with the last good one', async () => {
    const bad = history.sessions.map((bars, index) =>
      index === 40 ? { ...bars, closes: { ...bars.closes, [instrumentId('ALFA')]: 'NaN' } } : bars,
    )
    const prices = { ...history, sessions: bad }
    const assembly = await open({ prices })
    await replay(assembly, { history: prices, speed: 0 })
    for (const portfolio of assembly.engine.host.portfolios)
      expect(assembly.engine.host.snapshot(portfolio)!.context.book.nav.equity.gt(0)).toBe(true)
    await assembly.close()
  })

  it('reports a rejected instrument as an adjusted run and keeps its cash', async () => {
    const assembly = await open({ venue: { rejectInstruments: [instrumentId('CHARLIE')] } })
    await replay(assembly, { history, speed: 0 })
    const id = portfolioId('fixed-weights')
    const runs = assembly.journal.runs(id)
    expect(runs[0]!.status).toBe('COMPLETED_ADJUSTED')
    expect(runs[0]!.outcome).toContain('buy-CHARLIE filled 0 of')
    expect(assembly.engine.host.snapshot(id)!.context.book.positions[instrumentId('CHARLIE')]).toBeUndefined()
    await assembly.close()
  })

  it('takes the fills of a venue that stays silent for its answer, and never trades an order twice', async () => {
    const assembly = await open({ venue: { silentInstruments: [instrumentId('DELTA')] } })
    await replay(assembly, { history, speed: 0 })
    const orders = assembly.engine.host.portfolios.flatMap((id) =>
      assembly.journal.runs(id).flatMap((run) => Object.values(run.orders)),
    )
    const unanswered = new Set(
      assembly.engine.host.portfolios.flatMap((id) =>
        assembly.journal.entries(id, 1, Number.MAX_SAFE_INTEGER).flatMap(({ event }) => {
          return event.type === 'orderNews' && event.news.kind === 'unanswered' ? [event.orderId] : []
        }),
      ),
    )
    const silent = orders.filter((order) => unanswered.has(order.id))
    expect(silent.length).toBeGreaterThan(0)
    expect(silent.every((order) => order.status === 'filled' && order.reason === '')).toBe(true)
    expect(assembly.venue.acceptances().every((row) => row.times === 1)).toBe(true)
    await assembly.close()
  })
})

describe('a portfolio that has too little history for its first targets', () => {
  it('says so, tries again each week, and invests once it has enough, even without a calendar', async () => {
    const [optimised] = demoPortfolios(history).map(({ policy }) => policy)
    const governance = optimised!.governance.filter(({ name }) => name !== 'drawdown')
    const policy = { ...optimised!, governance, triggers: { ...optimised!.triggers, calendar: null } }
    const assembly = await open({ policies: [policy] })
    await replay(assembly, { history, speed: 0 })
    const runs = assembly.journal.runs(policy.id)
    const invested = runs.findIndex((run) => Object.keys(run.orders).length > 0)
    expect(invested).toBeGreaterThan(5)
    expect(runs.slice(0, invested).every((run) => run.outcome.startsWith('holds: '))).toBe(true)
    expect(runs[1]!.session >= addDays(runs[0]!.session, 7)).toBe(true)
    expect(runs.slice(invested + 1)).toEqual([])
    await assembly.close()
  })
})

describe('a changed policy', () => {
  it('is adopted between runs, but may not leave out what is held', async () => {
    const assembly = await open()
    await replay(assembly, { history, speed: 0 })
    const id = portfolioId('fixed-weights')
    const { policy, incarnation, book } = assembly.engine.host.snapshot(id)!.context
    await assembly.engine.adopt({ ...policy, name: 'Renamed' }, incarnation)
    expect(assembly.engine.host.snapshot(id)!.context.policy.name).toBe('Renamed')
    const [held] = Object.keys(book.positions)
    const smaller = { ...policy, universe: policy.universe.filter((spec) => spec.id !== held) }
    await expect(assembly.engine.adopt(smaller, incarnation)).rejects.toThrow(`still holds ${held}`)
    await assembly.close()
  })
})

describe('a run by hand', () => {
  it('trades at once, whatever the cooldown', async () => {
    const assembly = await open()
    await replay(assembly, { history, speed: 0 })
    const id = portfolioId('mean-cvar')
    const before = assembly.journal.runs(id).length
    await assembly.engine.rebalance(id, 'ada', 'test')
    await quiescent(assembly)
    const runs = assembly.journal.runs(id)
    expect(runs).toHaveLength(before + 1)
    expect(runs.at(-1)!.trigger.why).toBe('ada: test')
    await assembly.engine.deposit(id, money('1000'), 'test')
    await assembly.close()
  })
})
