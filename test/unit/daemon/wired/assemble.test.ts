import { expect, it, onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { marketPublisher } from '#adapters/feed/publisher.js'
import { shadowStore } from '#adapters/shadow-store.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { subjects } from '#adapters/wire/subjects.js'
import { assembleWired, type WiredParts } from '#daemon/wired/assemble.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { PLAIN_SANITY } from '#domain/price-sanity.js'
import { DETECTOR_SESSIONS } from '#domain/regime/reading.js'
import { silentLog } from '#ports/log.js'
import { portfolioId } from '#units/ids.js'
import { until } from '../../../contract/gateway-parts.js'
import { simulatedPrices } from '../../../support/prices.js'
import { tempDir } from '../../../support/temp-dir.js'
import { keptMetrics } from '../../../support/watching.js'
import { policyOf, SYMBOLS } from '../../domain/explain/runs.js'

async function assembled(more: Partial<WiredParts>) {
  const bus = memoryBus()
  const metrics = keptMetrics()
  const assembly = await assembleWired({
    ...{
      stateDir: tempDir(),
      policies: [],
      seed: null,
      bus,
      barSize: '1d',
      sanity: PLAIN_SANITY,
      simulated: false,
      requestTimeoutMs: 1_000,
    },
    ...{
      solver: nativeSolver(),
      log: silentLog,
      metrics,
      killed: () => null,
      trips: { unknownOrders: null, failedRuns: null, dailyLoss: null },
      heldBack: () => null,
    },
    onFatal: (error) => {
      throw error
    },
    ...more,
  })
  onTestFinished(() => assembly.close())
  return { assembly, bus, metrics }
}

it('remembers prices for as long as a policy or a candidate looks back', async () => {
  const looking = (maximum: number) => {
    const policy = policyOf('core', {})
    return { ...policy, optimiser: { ...policy.optimiser, scenarios: { minimum: 5, maximum } } }
  }
  const remembered = async (candidates: readonly PortfolioPolicy[]): Promise<number> => {
    const solver = nativeSolver()
    const shadow = { candidate: () => null, store: shadowStore(tempDir(), 5), solver, candidates }
    const { assembly, bus } = await assembled({ policies: [looking(10)], shadow })
    const { sessions } = simulatedPrices({ seed: 5, instruments: SYMBOLS, sessions: DETECTOR_SESSIONS + 60 })
    const feed = marketPublisher({ bus, feed: 'hand', barSize: '1d', log: silentLog })
    onTestFinished(() => feed.close())
    feed.preload(sessions.slice(0, -1))
    feed.publish(sessions.at(-1)!, sessions.length)
    const at = sessions.at(-1)!.at
    await until(() => assembly.prices.latest()?.session === sessions.at(-1)!.session)
    return assembly.prices.market.sessions(at, 1_000).length
  }
  // A regime may come with a reload, so its detector's sessions are there in any case.
  expect(await remembered([])).toBe(DETECTOR_SESSIONS + 2)
  expect(await remembered([looking(DETECTOR_SESSIONS + 40)])).toBe(DETECTOR_SESSIONS + 42)
})

it('counts reports that cannot be understood', async () => {
  const { assembly, bus, metrics } = await assembled({})
  await assembly.engine.start()
  const asked = portfolioId('core')
  for (const subject of [subjects.executionReport(asked), subjects.orderReport(asked)]) {
    const { body } = await bus.request(subject, '{"qty": -1}', 1_000)
    expect(JSON.parse(body)).toMatchObject({ ok: false, error: { code: 'INVALID' } })
  }
  expect(metrics.values.get('ballast_nats_invalid_messages_total exec')).toBe(2)
})
