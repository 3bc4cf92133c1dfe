import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openPaperVenue, type PaperVenue } from '#adapters/gateway/paper.js'
import { encode } from '#units/canonical.js'
import type { OrderId } from '#units/ids.js'
import { quantity } from '#units/money.js'
import { later } from '#units/time.js'
import { FIRST, MAIN, ManualClock, orderFor, RecordingSink, until } from '../../../contract/gateway-parts.js'
import { barsOf, seededRandom } from '../../../support/prices.js'
import { freshDir } from '../../../support/temp-dir.js'

/** FIRST again, one minute later: a later bar of the same session. */
const LATER = { ...barsOf(FIRST.session, { AAA: '101.00', BBB: '51.00' }), at: later(FIRST.at, 60_000) }
const NEXT = barsOf('2020-01-07', { AAA: '102.00' })
const WILD: Partial<PaperConfig> = {
  latencyMs: 20,
  latencySpreadMs: 200,
  partialRatio: 0.5,
  rejectRatio: 0.1,
  silenceRatio: 0.2,
  duplicateRatio: 0.3,
  reorderRatio: 0.3,
  bustRatio: 0.2,
  impactBpsPerMillion: 50,
  feeBps: 1,
}

let dir: ReturnType<typeof freshDir>
let clock: ManualClock
let venue: PaperVenue
let sink: RecordingSink

beforeEach(() => {
  dir = freshDir()
  clock = new ManualClock(FIRST.at)
})
afterEach(async () => {
  await venue.close()
  dir.remove()
})

function open(config: Partial<PaperConfig>): void {
  venue = openPaperVenue({ dir: dir.path, clock, config })
  venue.onBars(FIRST)
  sink = new RecordingSink()
  venue.connect(sink)
}

const settled = () => until(() => venue.settled())
const ticket = (leg: number) => orderFor(leg, { quantity: quantity('1000') })
const filled = (id: OrderId) =>
  sink.executions.filter((fill) => fill.orderId === id).reduce((sum, fill) => sum + fill.quantity.toNumber(), 0)

/** Submits that many orders one after the other; how each was answered. */
async function submitAll(count: number): Promise<string[]> {
  const answers: string[] = []
  for (let leg = 0; leg < count; leg += 1) {
    const answer = await venue.submit(ticket(leg), 1).catch((error: { code: string }) => ({ kind: error.code }))
    answers.push('reason' in answer ? answer.reason : answer.kind)
  }
  return answers
}

/** Five standard deviations around a share of a number of independent orders. */
function expectShare(count: number, of: number, share: number): void {
  expect(Math.abs(count - of * share)).toBeLessThan(5 * Math.sqrt(of * share * (1 - share)))
}

describe('partial fills', () => {
  it('leave about the configured share of orders open, fill the rest with a later bar, and end each once', async () => {
    open({ partialRatio: 0.4 })
    await submitAll(60)
    await settled()
    expectShare(60 - sink.orders.length, 60, 0.4)
    const soFar = new Map(Array.from({ length: 60 }, (_, leg) => [ticket(leg).id, filled(ticket(leg).id)]))
    for (const [id, units] of soFar) {
      expect(units).toBeGreaterThan(0)
      const known = await venue.query(MAIN, id)
      expect(known).toMatchObject({ report: { status: units === 1000 ? 'filled' : 'accepted' } })
      expect(known.kind === 'known' && known.report.cumulative.toNumber()).toBe(units)
    }
    venue.onBars(LATER)
    await settled()
    for (const id of soFar.keys()) expect(filled(id)).toBe(1000)
    expect(sink.orders.filter((report) => report.status === 'filled').length).toBe(60)
    expect(new Set(sink.executions.map((fill) => fill.id)).size).toBe(sink.executions.length)
    expect(encode((await venue.executions(MAIN, '')).map((row) => row.execution))).toBe(encode(sink.executions))
  })

  it('expire with what they filled when the session ends, and are cancelled with it', async () => {
    open({ partialRatio: 1 })
    await submitAll(2)
    await settled()
    const [first, second] = [ticket(0).id, ticket(1).id]
    await venue.cancel(MAIN, first, 1)
    venue.onBars(NEXT)
    await settled()
    expect(sink.orders.map(({ orderId, status, cumulative }) => [orderId, status, cumulative.toNumber()])).toEqual([
      [first, 'cancelled', filled(first)],
      [second, 'expired', filled(second)],
    ])
    expect(filled(first)).toBeLessThan(1000)
  })

  it('do not trade twice with one bar, however often it is shown, and go on after a restart', async () => {
    open({ partialRatio: 1, feeBps: 10 })
    await submitAll(1)
    await settled()
    const part = filled(ticket(0).id)
    venue.onBars(FIRST)
    await settled()
    await venue.close()
    open({ partialRatio: 1, feeBps: 10 })
    await settled()
    expect(sink.attempts).toEqual([])
    expect(await venue.submit(ticket(0), 1)).toMatchObject({ kind: 'duplicate', report: { status: 'accepted' } })
    venue.onBars(LATER)
    await settled()
    expect(part + filled(ticket(0).id)).toBe(1000)
    expect(sink.executions[0]!.price.toString(), '101.00 plus 5 bps').toBe('101.06')
    const all = await venue.executions(MAIN, '')
    expect(all.map((row) => row.execution.id)).toEqual(all.map((_, index) => `${ticket(0).id}-${index + 1}`))
  })
})

describe('rejects and silence', () => {
  it('rejects about the configured share, for good', async () => {
    open({ rejectRatio: 0.3 })
    const answers = await submitAll(80)
    expectShare(answers.filter((answer) => answer === 'venue_reject').length, 80, 0.3)
    const leg = answers.indexOf('venue_reject')
    expect(await venue.submit(ticket(leg), 1)).toMatchObject({
      kind: 'duplicate',
      report: { status: 'rejected', reason: 'venue_reject' },
    })
    await settled()
    expect(sink.orders.length).toBe(answers.filter((answer) => answer === 'accepted').length)
  })

  it('does not answer about the configured share the first time, yet has them on disk and fills them', async () => {
    open({ silenceRatio: 0.3 })
    const answers = await submitAll(80)
    expectShare(answers.filter((answer) => answer === 'TIMEOUT').length, 80, 0.3)
    await settled()
    expect(sink.orders.length).toBe(80)
    expect(await venue.submit(ticket(answers.indexOf('TIMEOUT')), 1)).toMatchObject({ kind: 'duplicate' })
    expect(venue.acceptances().every((row) => row.times === 1)).toBe(true)
  })
})

describe('reports', () => {
  it('come twice, unchanged and with the same execution id, for about the configured share', async () => {
    open({ duplicateRatio: 0.3, maxPieces: 1 })
    await submitAll(60)
    await settled()
    expectShare(sink.attempts.length - 120, 120, 0.3)
    const told = new Map<string, string>()
    for (const fill of sink.executions) {
      expect(told.get(fill.id) ?? encode(fill)).toBe(encode(fill))
      told.set(fill.id, encode(fill))
    }
    expect(told.size).toBe(60)
    expect((await venue.executions(MAIN, '')).length, 'booked once').toBe(60)
  })

  it('name the end of an order before its executions for about the configured share', async () => {
    open({ reorderRatio: 0.3 })
    await submitAll(60)
    await settled()
    const early = sink.orders.filter(({ orderId }) => {
      const own = sink.attempts.filter((attempt) => attempt.startsWith(orderId))
      return own.indexOf(`${orderId} filled`) < own.length - 1
    })
    expectShare(early.length, 60, 0.3)
    for (const { orderId } of sink.orders) expect(filled(orderId)).toBe(1000)
  })

  it('take executions back for about the configured share: after them, or before when the order is told the other way round', async () => {
    open({ bustRatio: 0.3, reorderRatio: 0.5, maxPieces: 1, partialRatio: 0.5 })
    await submitAll(60)
    await settled()
    venue.onBars(LATER)
    await settled()
    expectShare(sink.busts.length, sink.executions.length, 0.3)
    const place = (attempt: string) => sink.attempts.indexOf(attempt)
    const before = sink.busts.filter(({ executionId: id }) => place(`bust ${id}`) < place(id))
    expectShare(before.length, sink.busts.length, 0.5)
    const gone = new Set<string>(sink.busts.map(({ executionId }) => executionId))
    const stands = sink.executions.filter(({ id }) => !gone.has(id))
    const units = stands.reduce((sum, fill) => sum + fill.quantity.toNumber(), 0)
    expect((await venue.holdings(MAIN)).positions[stands[0]!.instrument]!.toNumber()).toBe(units)
    for (const { orderId } of sink.orders) {
      const answer = await venue.query(MAIN, orderId)
      const own = stands.filter((fill) => fill.orderId === orderId)
      const sum = own.reduce((all, fill) => all + fill.quantity.toNumber(), 0)
      expect(answer.kind === 'known' && answer.report.cumulative.toNumber()).toBe(sum)
    }
  })
})

describe('latency', () => {
  it('differs from order to order within its spread, and the first due trades first', async () => {
    open({ latencyMs: 100, latencySpreadMs: 100 })
    await submitAll(20)
    expect(venue.idle(), 'only the clock can go on').toBe(true)
    clock.advance(99)
    expect(sink.attempts).toEqual([])
    const counts: number[] = []
    for (let ms = 0; ms < 101; ms += 1) {
      clock.advance(1)
      await until(() => venue.idle())
      counts.push(sink.orders.length)
    }
    expect(counts.at(-1)).toBe(20)
    expect(new Set(counts).size, 'not all at once').toBeGreaterThan(8)
    expect(sink.orders.map(({ orderId }) => orderId)).not.toEqual(venue.acceptances().map((row) => row.orderId))
  })
})

describe('bars that are shown again', () => {
  it('hurry nothing: an order that waits for its latency goes on waiting, a replaced bar fills it', async () => {
    open({ latencyMs: 100 })
    await submitAll(1)
    venue.onBars({ ...FIRST, closes: { ...FIRST.closes } })
    await until(() => venue.idle())
    expect(sink.attempts).toEqual([])
    clock.advance(100)
    await settled()
    expect(sink.orders.length).toBe(1)
  })

  it('are ignored when a later bar of the session was shown', async () => {
    open({})
    venue.onBars(LATER)
    venue.onBars(FIRST)
    await submitAll(1)
    await settled()
    expect(new Set(sink.executions.map((fill) => fill.price.toString()))).toEqual(new Set(['101.06']))
  })
})

describe('what the venue says of itself', () => {
  it('is settled only when no order waits for the clock and every report was taken, and counts what it did', async () => {
    open({ latencyMs: 50 })
    expect([venue.settled(), venue.steps(), venue.unsent()]).toEqual([true, 0, 0])
    sink.refuses = () => true
    await submitAll(1)
    expect([venue.idle(), venue.settled(), venue.steps()]).toEqual([true, false, 1])
    clock.advance(50)
    await until(() => venue.idle() && sink.attempts.length === 1)
    expect([venue.idle(), venue.settled(), venue.steps()]).toEqual([true, false, 3])
    expect(venue.unsent()).toBeGreaterThan(1)
    sink.refuses = () => false
    clock.advance(500)
    await settled()
    expect(venue.unsent()).toBe(0)
    expect(venue.steps()).toBe(1 + 1 + sink.attempts.length)
    await venue.probe()
  })
})

describe('the seed', () => {
  /** Plays forty orders over three bars with everything switched on; restarts at random when asked to. */
  async function history(seed: string, restarts: number | null): Promise<{ order: string; outcome: string }> {
    const own = freshDir()
    const chance = seededRandom(restarts ?? 0)
    clock = new ManualClock(FIRST.at)
    const config = { ...WILD, seed }
    let present = openPaperVenue({ dir: own.path, clock, config })
    const told: string[] = []
    const taker = {
      execution: async (_: string, fill: object) => void told.push(encode(fill)),
      order: async (_: string, report: object) => void told.push(encode(report)),
      bust: async (_: string, bust: object) => void told.push(encode(bust)),
    }
    present.connect(taker)
    let leg = 0
    for (const bars of [FIRST, LATER, NEXT]) {
      present.onBars(bars)
      for (let count = 0; count < 14; count += 1, leg += 1) {
        await present.submit(ticket(leg), 1).catch(() => undefined)
        if (restarts === null || chance() < 0.6) continue
        await present.close()
        present = openPaperVenue({ dir: own.path, clock, config })
        present.onBars(bars)
        present.connect(taker)
      }
      for (let ms = 0; ms < 30; ms += 1) {
        clock.advance(10)
        await until(() => present.idle())
      }
    }
    await until(() => present.settled())
    const executions = (await present.executions(MAIN, '')).map((row) => encode(row.execution)).sort()
    await present.close()
    own.remove()
    const outcome = encode({ executions, told: [...new Set(told)].sort() })
    return { order: told.join('\n'), outcome }
  }

  it('decides everything: the same reports in the same order again, other ones under another seed', async () => {
    open({})
    const once = await history('a', null)
    expect(await history('a', null)).toEqual(once)
    expect((await history('b', null)).outcome).not.toBe(once.outcome)
  })

  it('leads to the same executions and reports however often the venue is restarted (seeds 1 to 6)', async () => {
    open({})
    const { outcome } = await history('a', null)
    for (let seed = 1; seed <= 6; seed += 1) expect((await history('a', seed)).outcome, `seed ${seed}`).toBe(outcome)
  })
})
