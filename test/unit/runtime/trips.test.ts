import { describe, expect, it } from 'vitest'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { TripWatch } from '#runtime/trips.js'
import type { PortfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { START, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { buying, CORE, executionOf, openHost } from './fixtures.js'

const LIMITS = { unknownOrders: null, failedRuns: { consecutive: 1 }, dailyLoss: { warn: 0.03, halt: 0.05 } }

/** A host whose portfolio holds 400 AAA bought at 100 of 101,000, marked at that close, and a watch that follows it. */
async function watched() {
  const hosted = openHost(tempDir())
  const { host, journal, clock } = hosted
  const watch = new TripWatch({ limits: LIMITS, journal, clock, log: silentLog, metrics: noMetrics })
  let told = 0
  const engine = {
    host,
    permit: (id: PortfolioId, to: 'halted', actor: string, reason: string, _key: null, grounds: object) =>
      host.deliver(id, { type: 'permitted', to, actor, reason, ...grounds }, 'trip'),
  }
  const look = async (price: string) => {
    for (const staged of hosted.durable.slice(told)) watch.follow(staged)
    told = hosted.durable.length
    await watch.look(engine as never, [CORE], viewAt(START, { AAA: price }))
    return host.snapshot(CORE)!
  }
  const [order] = await buying(host)
  const fill = executionOf('E-1', { orderId: order!.id, quantity: order!.body.quantity })
  await host.deliver(CORE, { type: 'filled', execution: fill }, 'test')
  await host.deliver(CORE, { type: 'marked', view: viewAt(START) }, 'test')
  return { ...hosted, look, close: () => journal.close() }
}

describe('the watch over trips', () => {
  it('halts on the loss of a session with rule and figures in the journal, once', async () => {
    const { look, journal, host, close } = await watched()
    expect((await look('96')).value.permission).toBe('active')
    expect((await look('89')).value.permission).toBe('halted')
    const { seq } = journal.head(CORE)
    expect(journal.entries(CORE, seq, 1)[0]?.event).toMatchObject({
      type: 'permitted',
      to: 'halted',
      actor: 'trip:daily-loss',
      trip: { rule: 'daily-loss', figures: { sessionReturn: expect.stringMatching(/^-0\.05/) } },
    })
    await look('80')
    expect(journal.head(CORE).seq).toBe(seq)
    expect(host.snapshot(CORE)?.context.permissionReason).toMatch(/^trip:daily-loss: the session has lost/)
    await close()
  })

  it('measures from the last close, whatever was paid in since', async () => {
    const { look, host, close } = await watched()
    await look('97')
    await host.deliver(CORE, { type: 'deposited', amount: money('100000'), view: viewAt(START, { AAA: '97' }) }, 'test')
    // Half the fund's value is new cash that loses nothing; units lost 1.5 % before it and 2.5 % of half after it.
    expect((await look('94')).value.permission).toBe('active')
    expect((await look('82')).value.permission).toBe('halted')
    await close()
  })

  it('counts the end of a run once, however often it looks', async () => {
    const { look, host, close } = await watched()
    await host.deliver(CORE, { type: 'permitted', to: 'halted', actor: 'ann', reason: 'stop' }, 'test')
    const orders = Object.values(host.snapshot(CORE)!.context.run!.orders)
    for (const { id } of orders)
      await host.deliver(CORE, { type: 'orderNews', orderId: id, news: { kind: 'promised' } }, 'test')
    expect(host.snapshot(CORE)?.context.run?.status).toBe('ROLLED_BACK')
    await host.deliver(CORE, { type: 'permitted', to: 'active', actor: 'ann', reason: 'go on' }, 'test')
    // It ended before trading was resumed: what failed then was looked at by whoever resumed.
    expect((await look('100')).value.permission).toBe('active')
    await close()
  })
})
