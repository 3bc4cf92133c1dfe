import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { PaperStore } from '#adapters/gateway/paper/store.js'
import { openPaperVenue, type PaperVenue } from '#adapters/gateway/paper.js'
import type { ReportSink } from '#ports/gateway.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { instrumentId } from '#units/ids.js'
import { price, quantity } from '#units/money.js'
import {
  FIRST,
  faultCode,
  MAIN,
  ManualClock,
  orderFor,
  RecordingSink,
  SECOND,
  until,
} from '../../../contract/gateway-parts.js'
import { barsOf, seededRandom } from '../../../support/prices.js'

let dir: string
let clock: ManualClock
let venue: PaperVenue
let sink: RecordingSink

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ballast-paper-'))
  clock = new ManualClock(FIRST.at)
})
afterEach(async () => {
  await venue.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Opens the venue on the test's directory with FIRST set and a recording sink. */
function open(config: Partial<PaperConfig> = {}): void {
  venue = openPaperVenue({ dir, clock, config })
  venue.onBars(FIRST)
  sink = new RecordingSink()
  venue.connect(sink)
}

/** How many executions of an order are on disk. */
async function executionsOf(leg: number): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  const all = await venue.executions(MAIN, '')
  return all.filter((row) => row.execution.orderId === orderFor(leg).id).length
}

const settled = () => until(() => venue.idle())

describe('the paper venue', () => {
  it('takes no order before it has a market', async () => {
    venue = openPaperVenue({ dir, clock })
    expect(await venue.submit(orderFor(1), 1)).toEqual({ kind: 'rejected', reason: 'no_price' })
  })

  it('rejects restricted instruments and quantities that are not whole lots', async () => {
    open({ rejectInstruments: [instrumentId('BBB')] })
    const submit = (leg: number, changes: Parameters<typeof orderFor>[1]) => venue.submit(orderFor(leg, changes), 1)
    expect(await submit(1, { instrument: instrumentId('BBB') })).toEqual({ kind: 'rejected', reason: 'restricted' })
    for (const [leg, units] of [
      [2, '0'],
      [3, '-1'],
      [4, '1.5'],
    ] as const)
      expect(await submit(leg, { quantity: quantity(units) })).toEqual({ kind: 'rejected', reason: 'bad_quantity' })
    expect(venue.acceptances()).toEqual([])
  })

  it('trades fractional lots where its terms say so', async () => {
    const coin = { id: instrumentId('AAA'), tick: price('0.01'), lot: quantity('0.00000001'), multiplier: '1' }
    open({ instruments: [coin] })
    await venue.submit(orderFor(1, { quantity: quantity('0.12345678') }), 1)
    await settled()
    expect((await venue.holdings(MAIN)).positions[coin.id]?.toString()).toBe('0.12345678')
  })

  it('records an order of a silent instrument, answers nothing, fills it, and knows it when asked again', async () => {
    open({ silentInstruments: [instrumentId('AAA')] })
    const order = orderFor(1)
    expect(await faultCode(venue.submit(order, 1))).toBe('TIMEOUT ask-first')
    await settled()
    expect(sink.orders.map((report) => report.status)).toEqual(['filled'])
    expect(await venue.submit(order, 1)).toMatchObject({ kind: 'duplicate', report: { status: 'filled' } })
  })

  it('fills after its latency by the injected clock', async () => {
    open({ latencyMs: 250 })
    await venue.submit(orderFor(1), 1)
    clock.advance(249)
    expect([venue.idle(), venue.settled()], 'only the clock can go on').toEqual([true, false])
    expect(sink.attempts).toEqual([])
    clock.advance(1)
    await settled()
    expect(sink.orders.length).toBe(1)
  })

  it('matches a resting order again when the bars of its session are replaced, and ignores an earlier session', async () => {
    open()
    const low = orderFor(1, { limit: price('90') })
    await venue.submit(low, 1)
    await settled()
    venue.onBars(barsOf('2020-01-03', { AAA: '80' }))
    await settled()
    expect(sink.attempts).toEqual([])
    await venue.submit(orderFor(2), 1)
    await settled()
    // 100.00 × 1.0005, of the present session, not 80 of the earlier one.
    expect([...new Set(sink.executions.map((fill) => fill.price.toString()))]).toEqual(['100.05'])
    venue.onBars(barsOf(FIRST.session, { AAA: '89' }))
    await settled()
    expect(sink.orders.map((report) => [report.orderId, report.status])).toEqual([
      [orderFor(2).id, 'filled'],
      [low.id, 'filled'],
    ])
  })

  it('waits between refused reports twice as long each time, half a minute at most', async () => {
    open()
    sink.refuses = () => true
    await venue.submit(orderFor(1), 1)
    for (const [index, pause] of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      await until(() => clock.waiting === 1)
      expect(sink.attempts.length).toBe(index + 1)
      clock.advance(pause - 1)
      expect(clock.waiting).toBe(1)
      clock.advance(1)
    }
  })

  it('does not let one portfolio\u2019s refusals hold up another', async () => {
    open()
    const told: string[] = []
    const choosy: ReportSink = {
      execution: (portfolio) => (portfolio === MAIN ? Promise.reject(new Error('no')) : Promise.resolve()),
      order: async (portfolio) => void told.push(portfolio),
      bust: () => Promise.resolve(),
    }
    venue.connect(choosy)
    await venue.submit(orderFor(1), 1)
    await venue.submit(orderFor(2, { portfolio: 'other' as typeof MAIN }), 1)
    await until(() => told.length === 1)
    expect(told).toEqual(['other'])
    await until(() => venue.idle()) // the refused report waits for the clock, which is all that can move it
    expect(clock.waiting).toBe(1)
  })

  it('takes the word of no sink it was disconnected from', async () => {
    open()
    const finish: (() => void)[] = []
    const slow: ReportSink = {
      execution: () => new Promise((resolve) => finish.push(resolve)),
      order: () => Promise.resolve(),
      bust: () => Promise.resolve(),
    }
    const disconnect = venue.connect(slow)
    await venue.submit(orderFor(1), 1)
    await until(() => finish.length === 1)
    disconnect()
    finish[0]!()
    venue.connect(sink)
    await settled()
    const stored = (await venue.executions(MAIN, '')).map((row) => row.execution.id)
    expect(sink.attempts).toEqual([...stored, `${orderFor(1).id} filled`])
  })

  it('fills after a restart in the order it had accepted', async () => {
    open({ latencyMs: 1_000 })
    const legs = [1, 2, 3, 4, 5, 6, 7, 8]
    for (const leg of legs) await venue.submit(orderFor(leg), 1)
    await venue.close()
    open()
    await settled()
    expect(sink.orders.map((report) => report.orderId)).toEqual(legs.map((leg) => orderFor(leg).id))
    expect(venue.acceptances().map((row) => row.orderId)).toEqual(legs.map((leg) => orderFor(leg).id))
  })

  it('keeps reports nobody takes, in order, through one restart after another', async () => {
    for (const leg of [1, 2, 3]) {
      open()
      sink.refuses = () => true
      await venue.submit(orderFor(leg), 1)
      let stored = 0
      while (stored === 0) stored = await executionsOf(leg)
      await until(() => clock.waiting > 0)
      await venue.close()
      expect(clock.waiting).toBe(0)
    }
    open()
    await settled()
    expect(sink.orders.map((report) => report.orderId)).toEqual([1, 2, 3].map((leg) => orderFor(leg).id))
    expect(sink.executions.map((fill) => fill.id)).toEqual(
      (await venue.executions(MAIN, '')).map((row) => row.execution.id),
    )
  })

  it('is not idle while it is asked something', async () => {
    open()
    const asked = venue.fence(MAIN, 2)
    expect(venue.idle()).toBe(false)
    await asked
    expect(venue.idle()).toBe(true)
  })

  it('answers nothing once it is closed', async () => {
    open()
    await venue.close()
    expect(await faultCode(venue.submit(orderFor(1), 1))).toBe('NO_RESPONDERS ask-first')
    expect(await faultCode(venue.query(MAIN, orderFor(1).id))).toBe('NO_RESPONDERS ask-first')
    expect(venue.idle()).toBe(true)
  })

  it('ends the same whether or not it was restarted at any moment in between (seeds 1 to 12)', async () => {
    const history = async (seed: number, restarts: boolean) => {
      const random = seededRandom(seed)
      const chance = seededRandom(seed + 1000)
      const own = mkdtempSync(join(tmpdir(), 'ballast-paper-'))
      const open = () => openPaperVenue({ dir: own, clock, config: { feeBps: 1 } })
      let present = open()
      const taken = new Map<string, string>()
      const collector: ReportSink = {
        execution: async (_portfolio, execution) => void taken.set(execution.id, encode(execution)),
        order: async (_portfolio, report) => void taken.set(report.orderId, report.status),
        bust: () => Promise.resolve(),
      }
      for (const bars of [FIRST, SECOND]) {
        present.onBars(bars)
        present.connect(collector)
        for (let leg = 0; leg < 6; leg += 1) {
          const side = random() < 0.5 ? 'buy' : 'sell'
          const limit = price(String(90 + Math.floor(20 * random())))
          const number = bars === FIRST ? leg : leg + 10
          await present.submit(orderFor(number, { side, limit }), 1)
          if (!restarts || chance() < 0.5) continue
          for (let turns = Math.floor(4 * chance()); turns > 0; turns -= 1)
            await new Promise((resolve) => setImmediate(resolve))
          await present.close()
          present = open()
          present.onBars(bars)
          present.connect(collector)
        }
        await until(() => present.idle())
      }
      const executions = (await present.executions(MAIN, '')).map((row) => row.execution)
      const result = {
        executions: executions.map((execution) => encode(execution)).sort(),
        taken: [...taken].sort(),
        positions: encode((await present.holdings(MAIN)).positions),
        fees: encode((await present.holdings(MAIN)).fees),
        accepted: present.acceptances().map((row) => row.times),
      }
      await present.close()
      rmSync(own, { recursive: true, force: true })
      return result
    }
    open()
    for (let seed = 1; seed <= 12; seed += 1)
      expect(await history(seed, true), `seed ${seed}`).toEqual(await history(seed, false))
  })

  it('sets a report aside that is refused for good, counts it, and goes on; a restart changes nothing of that', async () => {
    open({ maxPieces: 1 })
    const refused = new Fault('UNKNOWN_PORTFOLIO', 'main is not in this journal', 'never')
    const execution = sink.execution.bind(sink)
    sink.execution = async (portfolio, fill) => {
      if (fill.orderId === orderFor(1).id) throw refused
      return execution(portfolio, fill)
    }
    await venue.submit(orderFor(1), 1)
    await venue.submit(orderFor(2), 1)
    await settled()
    expect(sink.executions.map((fill) => fill.orderId)).toEqual([orderFor(2).id])
    expect(sink.orders.map((report) => report.orderId)).toEqual([orderFor(1).id, orderFor(2).id])
    expect([venue.unsent(), venue.refused(), clock.waiting]).toEqual([0, 1, 0])
    for (const leg of [3, 4]) {
      await venue.close()
      open({ maxPieces: 1 })
      expect([venue.unsent(), venue.refused()]).toEqual([0, leg - 2])
      sink.execution = () => Promise.reject(refused)
      await venue.submit(orderFor(leg), 1)
      await settled()
      expect(sink.orders.map((report) => report.orderId)).toEqual([orderFor(leg).id])
      expect(venue.refused()).toBe(leg - 1)
    }
    await venue.close()
    const store = new PaperStore(dir)
    const rows = [...store.range('refused/')]
    await store.close()
    // Each under a number of its own, with what was refused and why.
    expect(rows.map(({ value }) => value)).toMatchObject(
      [1, 3, 4].map((leg) => ({
        report: { kind: 'execution', execution: { orderId: orderFor(leg).id } },
        code: 'UNKNOWN_PORTFOLIO',
        message: refused.message,
      })),
    )
    open()
  })

  it.each([
    ['JOURNAL_WRITE_FAILED', 'never'],
    ['CLOSED', 'never'],
    ['TIMEOUT', 'ask-first'],
  ] as const)('sends a report again that was answered with %s (%s)', async (code, retry) => {
    open({ maxPieces: 1 })
    let refusals = 0
    const execution = sink.execution.bind(sink)
    sink.execution = async (portfolio, fill) => {
      refusals += 1
      if (refusals === 1) throw new Fault(code, 'not now', retry)
      return execution(portfolio, fill)
    }
    await venue.submit(orderFor(1), 1)
    await until(() => clock.waiting === 1)
    clock.advance(500)
    await settled()
    expect([sink.executions.length, venue.refused(), venue.unsent()]).toEqual([1, 0, 0])
  })
})
