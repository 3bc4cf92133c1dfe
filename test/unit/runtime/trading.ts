import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import { fund } from '#daemon/simulation/engine-player.js'
import type { Gateway } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { Engine } from '#runtime/engine.js'
import { Fault } from '#units/fault.js'
import { incarnation } from '#units/ids.js'
import { FIRST, until } from '../../contract/gateway-parts.js'
import { memoryLine, Wired } from '../../contract/gateway-wire.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, policyFor } from './fixtures.js'

const weights = { name: 'fixed', params: { weights: { AAA: 0.5 } }, cashReserve: 0, minWeight: 0 }

/** Fills are waited for longer than an order may be sent. */
const orders = { ...policyFor(CORE).orders, fillTimeoutMs: 3_600_000 }

/** An engine and a paper venue with a wire in between; submits may be lost on it. */
export async function trading(config: Partial<PaperConfig> = {}) {
  const dir = tempDir()
  const wired = await Wired.on(memoryLine, { config: { latencyMs: 8_000, ...config } })
  wired.venue.onBars(FIRST)
  const journal = openJournal({ dir: join(dir, 'journal') })
  const market = sessionMarket({ barSize: '1d', instruments: policyFor(CORE).universe.map(({ id }) => id) })
  market.advance(FIRST)
  const calls: string[] = []
  /** Submits are lost on their way there, or their answers on the way back. */
  const world = { losing: false, deaf: false }
  /** Answers of the gateway that are not what the venue says. */
  const bent: Partial<Gateway> = {}
  const { client } = wired
  const gateway = new Proxy(client, {
    get(real, name: keyof Gateway) {
      const member = bent[name] ?? real[name]
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
    bent,
    calls,
    state,
    order,
    rest,
    pass,
    pulse,
    restart,
    journal,
    engine: () => now.engine,
    reconcile: () => now.engine.reconcile(CORE),
  }
}
