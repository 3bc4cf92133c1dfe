import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import { fund } from '#daemon/simulation/engine-player.js'
import { FULL_SUPPORT } from '#domain/gateway-support.js'
import type { Gateway } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { Engine } from '#runtime/engine.js'
import { Fault } from '#units/fault.js'
import { incarnation } from '#units/ids.js'
import { FIRST, orderFor, until } from '../../contract/gateway-parts.js'
import { memoryLine, Wired } from '../../contract/gateway-wire.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, policyFor } from './fixtures.js'

const weights = { name: 'fixed', params: { weights: { AAA: 0.5 } }, cashReserve: 0, minWeight: 0 }

/** Fills are waited for longer than an order may be sent. */
const orders = { ...policyFor(CORE).orders, fillTimeoutMs: 3_600_000 }

/** An engine and a paper venue with a wire in between; submits may be lost on it. */
async function trading(config: Partial<PaperConfig>) {
  const dir = tempDir()
  const wired = await Wired.on(memoryLine, { config: { latencyMs: 8_000, ...config } })
  wired.venue.onBars(FIRST)
  const journal = openJournal({ dir: join(dir, 'journal') })
  const market = sessionMarket({ barSize: '1d', instruments: policyFor(CORE).universe.map(({ id }) => id) })
  market.advance(FIRST)
  const calls: string[] = []
  /** Submits are lost on their way there, or their answers on the way back. */
  const world = { losing: false, deaf: false }
  const { client } = wired
  const gateway = new Proxy(client, {
    get(real, name: keyof Gateway) {
      const member = real[name]
      if (typeof member !== 'function') return member
      return (...given: never[]) => {
        if (['submit', 'query', 'never', 'executions'].includes(name)) calls.push(name)
        const lost = () => Promise.reject(new Fault('TIMEOUT', 'no answer', 'ask-first'))
        if (name === 'submit' && world.losing) return lost()
        const answer = (member as (...args: never[]) => unknown).apply(real, given)
        return name === 'submit' && world.deaf ? (answer as Promise<unknown>).then(lost) : answer
      }
    },
  })
  const ports = { journal, gateway, market, clock: wired.clock, solver: nativeSolver(), log: silentLog }
  const told = { metrics: noMetrics, onStep: () => undefined, onBlocked: () => undefined }
  const onFatal = (error: unknown): never => {
    throw error
  }
  const start = async (): Promise<Engine> => {
    const engine = new Engine({ ...ports, ...told, onFatal })
    await engine.adopt(policyFor(CORE, { targets: weights, orders }), incarnation('incarnation1'))
    await engine.start()
    await fund(engine, [CORE])
    return engine
  }
  const first = await start()
  const now = { engine: first }
  onTestFinished(async () => {
    await now.engine.stop()
    await wired.close()
    await journal.close()
  })
  const state = () => now.engine.host.snapshot(CORE)!
  const order = () => Object.values(state().context.run!.orders)[0]!
  const rest = () => until(() => now.engine.idle() && wired.idle())
  /** Lets time pass in small steps, everything coming to rest in between. */
  const pass = async (ms: number, step = 500): Promise<void> => {
    for (let passed = 0; passed < ms; passed += step) {
      wired.clock.advance(step)
      await rest()
    }
  }
  const restart = async (): Promise<void> => {
    await now.engine.stop()
    now.engine = await start()
    await rest()
  }
  const pulse = async () => {
    await now.engine.pulse([CORE])
    await rest()
  }
  return {
    wired,
    world,
    calls,
    state,
    order,
    rest,
    pass,
    pulse,
    restart,
    journal,
    reconcile: () => now.engine.reconcile(CORE),
  }
}

describe('a gateway that would take an order twice', () => {
  const config = { supports: { ...FULL_SUPPORT, idempotent: false } }

  it('really does, when it is not asked', async () => {
    const { wired } = await trading(config)
    for (let times = 0; times < 2; times += 1) {
      await wired.venue.submit(orderFor(1), 1)
      wired.clock.advance(8_000)
      await until(() => wired.venue.idle())
    }
    expect(wired.venue.acceptances().map(({ times }) => times)).toEqual([2])
    expect(
      (await wired.venue.holdings(orderFor(1).body.portfolio)).positions[orderFor(1).body.instrument]!.toFixed(),
    ).toBe('60')
  })

  it('is asked before anything is sent again, by the next process too', async () => {
    for (const crash of [false, true]) {
      const { wired, world, calls, order, pulse, pass, restart, state } = await trading(config)
      world.deaf = true
      await pulse()
      expect(order().status).toBe('unknown')
      world.deaf = false
      if (crash) await restart()
      await pass(10_000)
      expect(order().status).toBe('filled')
      expect(wired.venue.acceptances().map(({ times }) => times)).toEqual([1])
      expect(calls.filter((call) => call === 'submit')).toHaveLength(1)
      expect(state().value.permission).toBe('active')
    }
  })

  it('is sent the order again once it says that it has not seen it', async () => {
    const { wired, world, calls, order, pulse, pass } = await trading(config)
    world.losing = true
    await pulse()
    world.losing = false
    await pass(10_000)
    expect(order()).toMatchObject({ status: 'filled', sends: 2 })
    expect(calls.filter((call) => call === 'submit' || call === 'query').slice(0, 3)).toEqual([
      'submit',
      'query',
      'submit',
    ])
    expect(wired.venue.acceptances().map(({ times }) => times)).toEqual([1])
  })
})

describe('a gateway that promises never to take nothing', () => {
  const config = { supports: { ...FULL_SUPPORT, tombstones: false } }

  it('leaves an order unknown that it has not seen, until the day is over', async () => {
    const { world, calls, order, pulse, pass, state } = await trading(config)
    world.losing = true
    await pulse()
    await pass(120_000, 10_000)
    expect(order().status).toMatch(/^(unknown|cancelling)$/)
    expect(state().value.lifecycle).not.toBe('watching')
    await pass(25 * 3_600_000, 15 * 60_000)
    expect(order()).toMatchObject({ status: 'expired', reason: 'its day is over and the gateway has never seen it' })
    expect(state().value.lifecycle).toBe('watching')
    expect(calls).not.toContain('never')
    expect(state().context.book.reservations).toEqual({})
  })

  it('ends an order that it has seen by its word on it', async () => {
    const { world, order, pulse, pass, calls } = await trading(config)
    world.deaf = true
    await pulse()
    expect(order().status).toBe('unknown')
    world.deaf = false
    await pass(10_000)
    expect(order().status).toBe('filled')
    expect(calls).not.toContain('never')
  })
})

describe('a gateway that does not list its executions', () => {
  const config = { supports: { ...FULL_SUPPORT, replay: false } }

  it('is compared by positions, fees and cash', async () => {
    const { wired, calls, pulse, pass, reconcile, state } = await trading(config)
    await pulse()
    await pass(9_000)
    expect((await reconcile()).breaks).toEqual([])
    expect(state().context.book.tally.fills).toBeGreaterThan(0)
    expect(calls).not.toContain('executions')
    // Somebody trades the account by hand, and the report of it is lost.
    wired.venue.connect({ execution: async () => undefined, order: async () => undefined, bust: async () => undefined })
    const { epoch } = state().context
    await wired.venue.submit(orderFor(1, { portfolio: CORE, notAfter: (wired.clock.now() + 60_000) as never }), epoch)
    wired.clock.advance(8_000)
    await until(() => wired.venue.idle())
    const { breaks } = await reconcile()
    expect(breaks.map(({ kind }) => kind)).toEqual(['position', 'cash'])
    expect(state().value.permission).toBe('halted')
  })
})
