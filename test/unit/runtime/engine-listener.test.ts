import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import { fund } from '#daemon/simulation/engine-player.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'
import { Engine } from '#runtime/engine.js'
import { incarnation, instrumentId } from '#units/ids.js'
import { until } from '../../contract/gateway-parts.js'
import { SESSION, START } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, policyFor } from './fixtures.js'

const bars = { session: SESSION, at: START, closes: { AAA: '100', BBB: '100', CCC: '100' } as never }
const targets = { name: 'fixed', params: { weights: { AAA: 0.5 } }, cashReserve: 0, minWeight: 0 }

/** An engine over a real venue. What is asked of the venue leaves in a microtask, as it does from a bus. */
async function opened(onStep: (staged: Staged) => void, left: () => void) {
  const dir = tempDir()
  const clock = virtualClock(START)
  const journal = openJournal({ dir: join(dir, 'journal') })
  const gateway = openPaperVenue({ dir: join(dir, 'venue'), clock })
  gateway.onBars(bars)
  const submit = gateway.submit.bind(gateway)
  gateway.submit = (order, epoch) => {
    queueMicrotask(left)
    return submit(order, epoch)
  }
  const market = sessionMarket({ barSize: '1d', instruments: ['AAA', 'BBB', 'CCC'].map(instrumentId) })
  market.advance(bars)
  const engine = new Engine({
    ...{ journal, gateway, market, solver: nativeSolver(), clock, log: silentLog, metrics: noMetrics },
    onStep,
    onBlocked: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  onTestFinished(async () => {
    await engine.stop()
    await gateway.close()
    await journal.close()
  })
  await engine.adopt(policyFor(CORE, { targets }), incarnation('incarnation1'))
  await engine.start()
  await fund(engine, [CORE])
  return { engine, journal }
}

it('lets an order leave before the listener hears of the step that intended it', async () => {
  const happened: string[] = []
  const { engine } = await opened(
    ({ entry }) => happened.push(entry.event.type),
    () => happened.push('order left'),
  )
  await engine.rebalance(CORE, 'test', 'order of things')
  await until(() => engine.idle() && happened.includes('orderNews'))
  const from = happened.indexOf('order left')
  expect(happened.slice(from, from + 3)).toEqual(['order left', 'observed', 'orderNews'])
})

it('tells the listener every step in the order of the journal, before whoever asked for the step goes on', async () => {
  const heard: number[] = []
  const { engine, journal } = await opened(
    ({ entry }) => heard.push(entry.seq),
    () => undefined,
  )
  const { entry } = await engine.permit(CORE, 'paused', 'test', 'what has been heard by now')
  expect(heard.at(-1)).toBe(entry.seq)
  expect(heard).toEqual(journal.entries(CORE, 1, 100).map(({ seq }) => seq))
})

it('goes on when its listener fails', async () => {
  const { engine } = await opened(
    () => {
      throw new Error('a listener')
    },
    () => undefined,
  )
  await engine.permit(CORE, 'paused', 'test', 'the listener fails')
  expect(engine.host.snapshot(CORE)!.value.permission).toBe('paused')
})
