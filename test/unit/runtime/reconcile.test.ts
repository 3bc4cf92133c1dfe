import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { clientOrderId } from '#domain/order.js'
import type { Gateway } from '#ports/gateway.js'
import { intake } from '#runtime/intake.js'
import { takeOver } from '#runtime/reconcile.js'
import { Fault } from '#units/fault.js'
import { incarnation } from '#units/ids.js'
import { markApproved, markJournaled } from '#units/proof.js'
import { SESSION, START, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { answering, buying, CORE, created, executionOf, OTHER, openHost } from './fixtures.js'

/** A host and a real paper venue with bars of the present session. */
function opened(config: Partial<PaperConfig> = {}) {
  const dir = tempDir()
  const hosted = openHost(join(dir, 'journal'))
  const venue = openPaperVenue({ dir: join(dir, 'venue'), clock: hosted.clock, config })
  venue.onBars({ session: SESSION, at: START, closes: { AAA: '100', BBB: '100', CCC: '100' } as never })
  const sink = intake(hosted.host, hosted.journal)
  onTestFinished(async () => {
    await venue.close()
    await hosted.journal.close()
  })
  const metrics = prometheusMetrics({ portfolios: [CORE, OTHER], processMetrics: false })
  const errors: object[] = []
  const log = { error: (fields: object) => void errors.push(fields) }
  const { host, journal, clock } = hosted
  const prices: Record<string, string> = {}
  const market = { view: () => viewAt(START, prices) }
  const ports = (gateway: Gateway = venue) => ({ host, journal, gateway, market, sink, metrics, clock, log })
  /** The breaks that are measured. */
  const breaks = async (): Promise<string[]> =>
    (await metrics.render()).split('\n').filter((line) => line.startsWith('ballast_reconcile_breaks{'))
  return { ...hosted, venue, sink, ports, breaks, errors, metrics, prices }
}

const events = (hosted: ReturnType<typeof opened>, id = CORE) =>
  hosted.journal.entries(id, 1, 100).map(({ event }) => event.type)

/** Both orders of a run are executed while nobody is connected: the venue trades, its reports wait. */
async function traded({ host, venue }: ReturnType<typeof opened>) {
  const orders = await buying(host)
  for (const order of orders) await venue.submit(markJournaled(order), 1)
  const deadline = Date.now() + 20_000
  while ((await venue.executions(CORE, '')).length < 2 && Date.now() < deadline)
    await new Promise((turn) => setImmediate(turn))
  return { orders, missed: await venue.executions(CORE, '') }
}

describe('taking a portfolio over', () => {
  it('raises the epoch above the journal and the gateway, and fences lower ones', async () => {
    const hosted = opened()
    await hosted.host.deliver(CORE, created(CORE), 'config')
    await hosted.venue.fence(CORE, 41)
    await takeOver(CORE, hosted.ports())
    expect(hosted.host.snapshot(CORE)!.context.epoch).toBe(42)
    expect(hosted.host.snapshot(CORE)!.value.ownership).toBe('ready')
    await expect(hosted.venue.never(CORE, 'A'.repeat(26) as never, 41)).rejects.toMatchObject({ code: 'STALE_EPOCH' })
    await takeOver(CORE, hosted.ports())
    expect(hosted.host.snapshot(CORE)!.context.epoch).toBe(43)
    expect(events(hosted)).toEqual(['created', 'opened', 'reconciled', 'opened', 'reconciled'])
  })

  it('keeps the journal ahead when the gateway has forgotten', async () => {
    const hosted = opened()
    await hosted.host.deliver(CORE, created(CORE), 'config')
    await hosted.host.deliver(CORE, { type: 'opened', epoch: 9 }, 'x')
    await takeOver(CORE, hosted.ports())
    expect(hosted.host.snapshot(CORE)!.context.epoch).toBe(10)
    expect(await hosted.venue.fence(CORE, 0)).toEqual({ epoch: 10 })
  })

  it('refuses an account of another mode before anything is written', async () => {
    const hosted = opened({ mode: 'backtest' })
    await hosted.host.deliver(CORE, created(CORE), 'config')
    await expect(takeOver(CORE, hosted.ports())).rejects.toMatchObject({ code: 'MODE_MISMATCH', retry: 'never' })
    expect(events(hosted)).toEqual(['created'])
    expect(hosted.host.snapshot(CORE)!.value.ownership).toBe('recovering')
  })

  it('refuses a portfolio it does not host', async () => {
    await expect(takeOver(CORE, opened().ports())).rejects.toBeInstanceOf(Fault)
  })

  it('books the executions it missed, once each, and then agrees', async () => {
    const hosted = opened()
    const { missed } = await traded(hosted)
    await takeOver(CORE, hosted.ports())
    await takeOver(CORE, hosted.ports())
    expect(hosted.journal.executions(CORE).map((row) => row.id)).toEqual(missed.map((row) => row.execution.id))
    const state = hosted.host.snapshot(CORE)!
    expect(state.value).toMatchObject({ permission: 'active', ownership: 'ready' })
    for (const [name, units] of Object.entries((await hosted.venue.holdings(CORE)).positions))
      expect(state.context.book.positions[name as never]!['quantity' as never]).toEqual(units)
  })

  it('does not let a row that can never be booked keep the others from it, and says so', async () => {
    const hosted = opened()
    const { orders, missed } = await traded(hosted)
    const [first, ...rest] = missed
    const orderId = `Z${orders[0]!.id.slice(1)}` as never
    const bust = { executionId: first!.execution.id, orderId, reason: 'of another order', at: START }
    const odd = new Proxy(hosted.venue, {
      get(venue, name: keyof typeof hosted.venue) {
        if (name === 'executions') return async () => [{ ...first!, bust }, ...rest]
        const member = venue[name]
        return typeof member === 'function' ? (member as (...args: never[]) => unknown).bind(venue) : member
      },
    })
    await takeOver(CORE, hosted.ports(odd))
    expect(hosted.journal.executions(CORE)).toHaveLength(1 + rest.length)
    expect(hosted.errors[0]).toEqual({ portfolio: CORE, execution: first!.execution.id, code: 'BAD_BUST' })
    const { value, context } = hosted.host.snapshot(CORE)!
    expect([value.permission, value.ownership]).toEqual(['halted', 'ready'])
    expect(context.permissionReason).toMatch(/the gateway took execution .* back, in our books it stands/)
    const compared = `ballast_reconcile_last_timestamp_seconds{portfolio="${CORE}"} ${START / 1_000}`
    expect((await hosted.metrics.render()).split('\n')).toContain(compared)
  })

  it('asks about orders nobody has answered for, and sends again one the venue has never seen', async () => {
    const hosted = opened()
    const [order, other] = await buying(hosted.host)
    for (const { id } of [order!, other!])
      await hosted.host.deliver(
        CORE,
        { type: 'orderNews', orderId: id, news: { kind: 'unanswered', reason: 'TIMEOUT' } },
        id,
        answering(`submit:${id}`),
      )
    await hosted.venue.submit(markJournaled(other!), 1)
    await takeOver(CORE, hosted.ports())
    const { orders } = hosted.host.snapshot(CORE)!.context.run!
    expect(orders[order!.id]!.status).toBe('submitting')
    expect(hosted.journal.recover(CORE).outbox.map((row) => row.key)).toContain(`submit:${order!.id}`)
    expect(['accepted', 'filled']).toContain(orders[other!.id]!.status)
  })

  it('decides what becomes of a run that was under way, journals why and counts it', async () => {
    for (const [price, decision, why, leaf] of [
      ['100', 'resume', /R-1 goes on with 2 open orders/, 'buying'],
      ['', 'hold', /R-1 waits: BBB has no price/, 'buying'],
      ['50', 'unwind', /R-1 is unwound: buy-BBB was decided at 100 and the price is 50/, 'unwinding'],
    ] as const) {
      const hosted = opened()
      await buying(hosted.host)
      hosted.prices['BBB'] = price
      await takeOver(CORE, hosted.ports())
      const entries = hosted.journal.entries(CORE, 1, 100).map(({ event }) => event)
      expect(entries.findLast(({ type }) => type === 'reconciled')).toMatchObject({
        decision,
        reason: expect.stringMatching(why),
      })
      const { lifecycle } = hosted.host.snapshot(CORE)!.value
      expect(JSON.stringify(lifecycle)).toContain(leaf)
      expect(await hosted.metrics.render()).toContain(`ballast_recoveries_total{decision="${decision}"} 1`)
    }
  })

  it('halts a portfolio whose positions differ for good, and it alone', async () => {
    const hosted = opened()
    for (const id of [CORE, OTHER]) await hosted.host.deliver(id, created(id), 'config')
    await hosted.sink.execution(CORE, executionOf('ours-alone'))
    for (const id of [CORE, OTHER]) await takeOver(id, hosted.ports())
    const halted = hosted.host.snapshot(CORE)!
    expect(halted.value).toMatchObject({ permission: 'halted', ownership: 'ready' })
    expect(halted.context.permissionReason).toBe(
      "reconciliation: the books differ from the gateway's: we booked execution ours-alone (buy 2 AAA at 100, fee 0, 2024-01-02), the gateway does not know it (and 2 more)",
    )
    expect(hosted.host.snapshot(OTHER)!.value).toMatchObject({ permission: 'active', ownership: 'ready' })
    const counts = { order: [0, 0], execution: [1, 0], position: [1, 0], cash: [1, 0] }
    for (const [kind, [core, other]] of Object.entries(counts)) {
      expect(await hosted.breaks()).toContain(`ballast_reconcile_breaks{portfolio="${CORE}",kind="${kind}"} ${core}`)
      expect(await hosted.breaks()).toContain(`ballast_reconcile_breaks{portfolio="${OTHER}",kind="${kind}"} ${other}`)
    }
  })

  it('takes a fill that is on its way for no difference', async () => {
    const hosted = opened()
    await hosted.host.deliver(CORE, created(CORE), 'config')
    const [order] = await buying(hosted.host, OTHER)
    const body = { ...order!.body, portfolio: CORE }
    const mine = markApproved({ ...order!, body, id: clientOrderId(body, incarnation('incarnation1')) })
    let looks = 0
    // The venue reports the position first and the execution only at the next look.
    const slow = new Proxy(hosted.venue, {
      get(venue, name: keyof typeof hosted.venue) {
        if (name === 'executions')
          return async (...args: Parameters<Gateway['executions']>) => (looks++ < 2 ? [] : venue.executions(...args))
        const member = venue[name]
        return typeof member === 'function' ? (member as (...args: never[]) => unknown).bind(venue) : member
      },
    })
    await hosted.venue.submit(markJournaled(mine), 1)
    const deadline = Date.now() + 20_000
    while (Object.keys((await hosted.venue.holdings(CORE)).positions).length === 0 && Date.now() < deadline)
      await new Promise((turn) => setImmediate(turn))
    await takeOver(CORE, hosted.ports(slow))
    expect(hosted.host.snapshot(CORE)!.value.permission).toBe('active')
    expect(hosted.journal.executions(CORE).length).toBeGreaterThan(0)
  })
})
