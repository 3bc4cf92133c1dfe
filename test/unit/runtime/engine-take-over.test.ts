import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import { fund } from '#daemon/simulation/engine-player.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { Gateway } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { Engine } from '#runtime/engine.js'
import { Fault, type Retry } from '#units/fault.js'
import { incarnation, instrumentId } from '#units/ids.js'
import { later } from '#units/time.js'
import { orderFor, until } from '../../contract/gateway-parts.js'
import { SESSION, START, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, deposit, OTHER, policyFor } from './fixtures.js'

const bars = { session: SESSION, at: START, closes: { AAA: '100', BBB: '100', CCC: '100' } as never }
const weights = { name: 'fixed', params: { weights: { AAA: 0.5 } }, cashReserve: 0, minWeight: 0 }

/** An engine over a real venue that can be away, per portfolio, with the fault to show for it. */
async function opened(dir = tempDir()) {
  const clock = virtualClock(START)
  const journal = openJournal({ dir: join(dir, 'journal') })
  const venue = openPaperVenue({ dir: join(dir, 'venue'), clock })
  venue.onBars(bars)
  const market = sessionMarket({ barSize: '1d', instruments: ['AAA', 'BBB', 'CCC'].map(instrumentId) })
  market.advance(bars)
  const away = new Map<string, Fault>()
  const currencies = new Map<string, string>()
  /** How far another process is ahead at the second fence of a take-over. */
  const epochs = new Map<string, number>()
  /** What happens while a take-over asks for executions. */
  const meanwhile = new Map<string, () => Promise<unknown>>()
  const present = <A extends readonly unknown[], T>(portfolio: string, call: (...args: A) => Promise<T>) => {
    return (...args: A): Promise<T> => {
      const fault = away.get(portfolio)
      return fault === undefined ? call(...args) : Promise.reject(fault)
    }
  }
  const gateway: Gateway = {
    name: venue.name,
    submit: (order, epoch) => present(order.body.portfolio, venue.submit.bind(venue))(order, epoch),
    cancel: (id, ...rest) => present(id, venue.cancel.bind(venue))(id, ...rest),
    query: (id, ...rest) => present(id, venue.query.bind(venue))(id, ...rest),
    never: (id, ...rest) => present(id, venue.never.bind(venue))(id, ...rest),
    fence: async (id, epoch) => {
      const answer = await present(id, venue.fence.bind(venue))(id, epoch)
      return epoch > 0 && epochs.has(id) ? { epoch: epoch + epochs.get(id)! } : answer
    },
    restrain: (id, ...rest) => present(id, venue.restrain.bind(venue))(id, ...rest),
    account: async (id) => {
      const account = await present(id, venue.account.bind(venue))(id)
      return { ...account, currency: currencies.get(id) ?? account.currency }
    },
    holdings: (id) => present(id, venue.holdings.bind(venue))(id),
    executions: async (id, ...rest) => {
      await meanwhile.get(id)?.()
      return present(id, venue.executions.bind(venue))(id, ...rest)
    },
    connect: (sink) => venue.connect(sink),
    idle: () => venue.idle(),
  }
  const held: { reason: string | null } = { reason: null }
  const engine = new Engine({
    journal,
    gateway,
    market,
    solver: nativeSolver(),
    clock,
    log: silentLog,
    metrics: noMetrics,
    heldBack: () => held.reason,
    onStep: () => undefined,
    onBlocked: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  for (const id of [CORE, OTHER])
    await engine.adopt(policyFor(id, { targets: weights }), incarnation(`incarnation${id}`))
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await engine.stop()
    await venue.close()
    await journal.close()
  }
  onTestFinished(close)
  const stateOf = (id: typeof CORE) => engine.host.snapshot(id)!.value
  const rest = () => until(() => engine.idle())
  return { engine, venue, clock, away, currencies, epochs, meanwhile, held, journal, stateOf, rest, close }
}

const fault = (code: string, retry: Retry) => new Fault(code, `${code} for a while`, retry)

describe('an engine whose gateway does not answer at the start', () => {
  it.each([
    ['NO_RESPONDERS', 'ask-first'],
    ['TIMEOUT', 'ask-first'],
    ['DISCONNECTED', 'safe'],
  ] as const)(
    'waits after %s without halting, leaves the others alone, and takes over when it is back',
    async (code, retry) => {
      const { engine, away, stateOf } = await opened()
      away.set(CORE, fault(code, retry))
      await engine.start()
      expect(engine.waiting).toEqual([CORE])
      expect(stateOf(CORE)).toMatchObject({ ownership: 'recovering', permission: 'active' })
      expect(stateOf(OTHER)).toMatchObject({ ownership: 'ready', permission: 'active' })
      await engine.takeOverWaiting()
      expect(engine.waiting).toEqual([CORE])
      away.clear()
      await engine.takeOverWaiting()
      expect(engine.waiting).toEqual([])
      expect(stateOf(CORE)).toMatchObject({ ownership: 'ready', permission: 'active' })
    },
  )

  it('sends nothing on the word of the process before it: what it once owned must be taken over again', async () => {
    const dir = tempDir()
    const before = await opened(dir)
    await before.engine.start()
    await fund(before.engine, [CORE])
    expect(before.engine.isReady(CORE)).toBe(true)
    await before.close()
    const { engine, away, stateOf, rest, venue } = await opened(dir)
    away.set(CORE, fault('NO_RESPONDERS', 'ask-first'))
    await engine.start()
    expect(stateOf(CORE).ownership).toBe('ready') // as the journal says; this process has not taken it over
    expect(engine.isReady(CORE)).toBe(false)
    await engine.pulse([CORE])
    await engine.rebalance(CORE, 'op', 'by hand').catch(() => undefined)
    away.clear()
    await rest()
    expect(venue.acceptances()).toEqual([])
    await engine.takeOverWaiting()
    await engine.pulse([CORE])
    await rest()
    expect(engine.isReady(CORE)).toBe(true)
    expect(venue.acceptances().length).toBeGreaterThan(0)
  })

  it('tells the gateway of a halt that came while it took the portfolio over', async () => {
    const { engine, venue, meanwhile, rest } = await opened()
    meanwhile.set(CORE, async () => {
      meanwhile.delete(CORE)
      await engine.permit(CORE, 'halted', 'ann', 'stop')
    })
    await engine.start()
    await rest()
    const late = (portfolio: typeof CORE) => orderFor(1, { portfolio, notAfter: later(START, 60_000) })
    expect(await venue.submit(late(OTHER), 1)).toEqual({ kind: 'accepted' })
    expect(await venue.submit(late(CORE), 1)).toEqual({ kind: 'rejected', reason: 'halted' })
  })

  it('halts only what must not be taken over', async () => {
    const { engine, away, stateOf } = await opened()
    away.set(CORE, fault('MODE_MISMATCH', 'never'))
    await engine.start()
    expect(engine.waiting).toEqual([])
    expect(stateOf(CORE)).toMatchObject({ ownership: 'recovering', permission: 'halted' })
    expect(stateOf(OTHER)).toMatchObject({ ownership: 'ready', permission: 'active' })
  })
})

describe('an engine whose gateway is not what the portfolio expects', () => {
  it('halts a portfolio whose account is in another currency', async () => {
    const { engine, stateOf, currencies } = await opened()
    currencies.set(CORE, 'EUR')
    await engine.start()
    expect(stateOf(CORE)).toMatchObject({ ownership: 'recovering', permission: 'halted' })
    expect(engine.host.snapshot(CORE)!.context.permissionReason).toContain('EUR')
    expect(stateOf(OTHER).permission).toBe('active')
  })

  it('halts a portfolio that somebody else fenced in the meantime', async () => {
    const { engine, stateOf, epochs } = await opened()
    epochs.set(CORE, 41)
    await engine.start()
    expect(stateOf(CORE).permission).toBe('halted')
    expect(engine.isReady(CORE)).toBe(false)
    expect(engine.isReady(OTHER)).toBe(true)
  })
})

describe('an engine that is held back', () => {
  it('begins no run while it lasts, and the same run afterwards', async () => {
    const { engine, held, rest } = await opened()
    await engine.start()
    await fund(engine, [CORE])
    held.reason = 'no gateway'
    await engine.pulse([CORE])
    await rest()
    expect(engine.host.snapshot(CORE)!.context.run).toBeNull()
    held.reason = null
    await engine.pulse([CORE])
    await rest()
    expect(engine.host.snapshot(CORE)!.context.run?.status).toBe('COMPLETED')
  })
})

describe('an engine whose portfolio somebody else has taken over', () => {
  it('halts it at the first order the gateway refuses, once, and trades nothing', async () => {
    const { engine, venue, clock, stateOf, rest, journal } = await opened()
    await engine.start()
    await fund(engine, [CORE, OTHER])
    await venue.fence(CORE, 99)
    await engine.pulse()
    await rest()
    expect(stateOf(CORE).permission).toBe('halted')
    expect(engine.host.snapshot(CORE)!.context.permissionReason).toContain('epoch 99')
    for (let n = 0; n < 5; n += 1) {
      clock.advanceTo(later(clock.now(), 40_000))
      await rest()
    }
    const faults = journal.entries(CORE, 1, 1_000).filter(({ event }) => event.type === 'faulted')
    expect(faults).toHaveLength(1)
    expect(await venue.executions(CORE, '')).toEqual([])
    expect(engine.isReady(CORE)).toBe(false)
    await engine.permit(CORE, 'active', 'op', 'try again')
    await engine.pulse([CORE])
    await rest()
    expect(await venue.executions(CORE, '')).toEqual([])
    expect(stateOf(OTHER).permission).toBe('active')
    expect((await venue.executions(OTHER, '')).length).toBeGreaterThan(0)
  })
})

describe('an engine whose take-over shares a transaction with what follows', () => {
  it('carries out each request once', async () => {
    const { engine, journal, venue } = await opened()
    const view = viewAt(START)
    const trigger = { kind: 'manual', at: START, session: SESSION, why: 'test', evidence: {} } as const
    const facts: readonly PortfolioFact[] = [
      { type: 'opened', epoch: 1 },
      deposit('100000'),
      { type: 'reconciled', decision: 'resume', reason: 'agrees' },
      { type: 'triggered', trigger, view },
    ]
    await Promise.all(facts.map((fact) => engine.host.deliver(CORE, fact, 'test')))
    await until(() => venue.acceptances().length > 0)
    const events = journal.entries(CORE, 1, 1000).map(({ event }) => event.type)
    expect(events.filter((type) => type === 'solved')).toHaveLength(1)
    expect(venue.acceptances().map(({ times }) => times)).toEqual([1])
  })
})
