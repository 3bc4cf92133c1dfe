import { expect, it, onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { subjects } from '#adapters/wire/subjects.js'
import { assembleWired } from '#daemon/wired/assemble.js'
import { PLAIN_SANITY } from '#domain/price-sanity.js'
import { silentLog } from '#ports/log.js'
import { portfolioId } from '#units/ids.js'
import { tempDir } from '../../../support/temp-dir.js'
import { keptMetrics } from '../../../support/watching.js'

it('counts reports that cannot be understood', async () => {
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
  })
  onTestFinished(() => assembly.close())
  await assembly.engine.start()
  const asked = portfolioId('core')
  for (const subject of [subjects.executionReport(asked), subjects.orderReport(asked)]) {
    const { body } = await bus.request(subject, '{"qty": -1}', 1_000)
    expect(JSON.parse(body)).toMatchObject({ ok: false, error: { code: 'INVALID' } })
  }
  expect(metrics.values.get('ballast_nats_invalid_messages_total exec')).toBe(2)
})
