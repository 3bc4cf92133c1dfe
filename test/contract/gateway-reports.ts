import { expect, it } from 'vitest'
import { encode } from '#units/canonical.js'
import { instrumentId, orderId } from '#units/ids.js'
import { money, price, quantity, total, worth } from '#units/money.js'
import { barsOf } from '../support/prices.js'
import { FIRST, type GatewayHarness, MAIN, orderFor, RecordingSink, SECOND, until } from './gateway-parts.js'

/** What a gateway tells unasked. */
export function reporting(
  harness: () => GatewayHarness,
  sink: () => RecordingSink,
  settled: () => Promise<void>,
): void {
  const gateway = () => harness().gateway()

  it('reports the executions of an order, which sum to it, and then its end', async () => {
    for (let leg = 1; leg <= 8; leg += 1) await gateway().submit(orderFor(leg), 1)
    await settled()
    for (let leg = 1; leg <= 8; leg += 1) {
      const { id, body } = orderFor(leg)
      const fills = sink().executions.filter((execution) => execution.orderId === id)
      expect(fills.reduce((sum, fill) => sum + fill.quantity.toNumber(), 0)).toBe(30)
      expect(fills.every((fill) => fill.price.lte(body.limit) && fill.instrument === body.instrument)).toBe(true)
      const own = sink().attempts.filter((attempt) => attempt.startsWith(id))
      expect(own).toEqual([...fills.map((fill) => fill.id), `${id} filled`])
    }
    expect(new Set(sink().executions.map((fill) => fill.id)).size).toBe(sink().executions.length)
  })

  it('repeats a report until it is taken, one at a time, with pauses in between', async () => {
    const refused: string[] = []
    sink().refuses = (attempt) => {
      if (refused.length < 3) refused.push(attempt)
      return refused.length < 3
    }
    await gateway().submit(orderFor(1), 1)
    await until(() => harness().clock.waiting === 1)
    expect(sink().attempts.length).toBe(1)
    expect(gateway().idle(), 'only the clock can go on').toBe(true)
    harness().clock.advance(500)
    await until(() => harness().clock.waiting === 1)
    harness().clock.advance(500)
    expect(sink().attempts.length).toBe(2)
    harness().clock.advance(500)
    await settled()
    const [first] = sink().attempts
    expect(sink().attempts.slice(0, 3)).toEqual([first, first, first])
    expect(sink().attempts.filter((attempt) => attempt === first).length).toBe(3)
    expect(sink().orders.map((report) => report.status)).toEqual(['filled'])
  })

  it('fills orders sent together in the order they were sent', async () => {
    const orders = [3, 1, 2].map((leg) => orderFor(leg))
    await Promise.all(orders.map((order) => gateway().submit(order, 1)))
    await settled()
    expect(sink().orders.map((report) => report.orderId)).toEqual(orders.map((order) => order.id))
  })

  it('expires what did not trade when its session ends', async () => {
    const low = orderFor(1, { limit: price('90') })
    await gateway().submit(low, 1)
    await settled()
    expect(await gateway().query(MAIN, low.id)).toMatchObject({ kind: 'known', report: { status: 'accepted' } })
    expect(sink().attempts).toEqual([])
    harness().bars(barsOf(SECOND.session, { AAA: '80.00' }))
    await settled()
    expect(sink().orders.map(({ orderId, status, cumulative }) => [orderId, status, cumulative.toString()])).toEqual([
      [low.id, 'expired', '0'],
    ])
    expect(sink().executions).toEqual([])
  })

  it('fills what it accepted before the session changed, though it had no time to yet', async () => {
    const order = orderFor(1)
    const accepted = gateway().submit(order, 1)
    harness().bars(SECOND)
    expect(await accepted).toEqual({ kind: 'accepted' })
    await settled()
    expect(sink().orders.map((report) => report.status)).toEqual(['filled'])
    expect(sink().executions.every((fill) => fill.session === FIRST.session)).toBe(true)
  })

  it('cancels an order that rests, and leaves a filled or unknown one alone', async () => {
    const resting = orderFor(1, { limit: price('90') })
    const filled = orderFor(2)
    await gateway().submit(resting, 1)
    await gateway().submit(filled, 1)
    await settled()
    await gateway().cancel(MAIN, resting.id, 1)
    await gateway().cancel(MAIN, filled.id, 1)
    await gateway().cancel(MAIN, orderId('A'.repeat(26)), 1)
    await settled()
    expect(sink().orders.map((report) => [report.orderId, report.status])).toEqual([
      [filled.id, 'filled'],
      [resting.id, 'cancelled'],
    ])
    harness().bars(SECOND)
    await settled()
    expect(sink().orders.length).toBe(2)
  })
}

/** What a gateway still knows after a restart. */
export function remembering(
  harness: () => GatewayHarness,
  sink: () => RecordingSink,
  settled: () => Promise<void>,
): void {
  const gateway = () => harness().gateway()

  it('holds what its executions add up to, and lists them from any mark', async () => {
    await gateway().submit(orderFor(1), 1)
    await gateway().submit(orderFor(2, { side: 'sell', quantity: quantity('12') }), 1)
    await gateway().submit(orderFor(3, { instrument: instrumentId('BBB') }), 1)
    await gateway().submit(orderFor(4, { instrument: instrumentId('CCC') }), 1)
    await gateway().submit(orderFor(5, { side: 'sell', instrument: instrumentId('CCC') }), 1)
    await settled()
    const check = async () => {
      const all = await gateway().executions(MAIN, '')
      expect(encode(all.map((row) => row.execution))).toBe(encode(sink().executions))
      const held: Record<string, number> = {}
      for (const { execution } of all)
        held[execution.instrument] =
          (held[execution.instrument] ?? 0) + execution.quantity.toNumber() * (execution.side === 'buy' ? 1 : -1)
      expect(held).toEqual({ AAA: 18, BBB: 30, CCC: 0 })
      const positions = Object.entries((await gateway().holdings(MAIN)).positions)
      expect(positions.map(([name, units]) => [name, units.toNumber()])).toEqual([
        ['AAA', 18],
        ['BBB', 30],
      ])
      expect(encode((await gateway().holdings(MAIN)).fees)).toBe(encode(total(all.map((row) => row.execution.fee))))
      for (const [index, { mark }] of all.entries())
        expect(await gateway().executions(MAIN, mark)).toEqual(all.slice(index + 1))
      return all
    }
    const before = await check()
    await harness().reopen()
    expect(encode(await check())).toBe(encode(before))
  })

  it('sends the same executions again to a new sink when the old one never took them', async () => {
    sink().refuses = (attempt) => attempt.endsWith('-2') || attempt.endsWith('filled')
    // Enough orders that some of them fill in several executions.
    for (let leg = 1; leg <= 6; leg += 1) await gateway().submit(orderFor(leg), 1)
    await until(() => harness().clock.waiting === 1)
    const taken = [...sink().executions]
    const promised = await gateway().executions(MAIN, '')
    await harness().reopen()
    harness().bars(FIRST)
    const fresh = new RecordingSink()
    gateway().connect(fresh)
    await settled()
    expect(fresh.executions.length).toBeGreaterThan(0)
    const union = new Map([...taken, ...fresh.executions].map((execution) => [execution.id, encode(execution)]))
    expect([...union.values()]).toEqual(promised.map((row) => encode(row.execution)))
    for (const repeated of fresh.executions.filter((fill) => taken.some((old) => old.id === fill.id)))
      expect(encode(repeated)).toBe(encode(taken.find((old) => old.id === repeated.id)))
    expect(fresh.orders.length).toBe(6)
  })

  it('takes an execution back: what it holds is as if it had never been, and the listing says so, after a restart too', async () => {
    for (let leg = 1; leg <= 4; leg += 1) await gateway().submit(orderFor(leg), 1)
    await settled()
    const before = await gateway().holdings(MAIN)
    const [first, second] = sink().executions
    await harness().bust(first!.id)
    await settled()
    const told = { executionId: first!.id, orderId: first!.orderId, reason: 'erroneous' }
    expect(sink().busts).toMatchObject([told])
    const check = async () => {
      const all = await gateway().executions(MAIN, '')
      expect(encode(all.map((row) => row.execution))).toBe(encode(sink().executions))
      expect(all.map((row) => row.bust?.executionId)).toEqual([first!.id, ...all.slice(1).map(() => undefined)])
      expect(all[0]!.bust).toMatchObject(told)
      const held = await gateway().holdings(MAIN)
      const cost = worth(first!.quantity, first!.price)
      expect(held.positions[first!.instrument]!.eq(before.positions[first!.instrument]!.minus(first!.quantity))).toBe(
        true,
      )
      expect(held.cash.eq(before.cash.plus(cost).plus(first!.fee))).toBe(true)
      expect(held.fees.eq(before.fees.minus(first!.fee))).toBe(true)
      const answer = await gateway().query(MAIN, first!.orderId)
      const filled = quantity('30').minus(first!.quantity).toFixed()
      expect(answer.kind === 'known' && [answer.report.status, answer.report.cumulative.toFixed()]).toEqual([
        'filled',
        filled,
      ])
    }
    await check()
    await harness().reopen()
    await check()
    harness().bars(FIRST)
    const fresh = new RecordingSink()
    gateway().connect(fresh)
    await harness().bust(second!.id)
    await settled()
    expect(fresh.attempts).toEqual([`bust ${second!.id}`])
  })

  it('does not repeat after a restart what was taken before', async () => {
    await gateway().submit(orderFor(1), 1)
    await settled()
    await harness().reopen()
    harness().bars(FIRST)
    const fresh = new RecordingSink()
    gateway().connect(fresh)
    await settled()
    expect(fresh.attempts).toEqual([])
  })

  it('expires after a restart what was resting in a session now past, and trades on in one that is not', async () => {
    const low = orderFor(1, { limit: price('90') })
    await gateway().submit(low, 1)
    await settled()
    await harness().reopen()
    const fresh = new RecordingSink()
    gateway().connect(fresh)
    harness().bars(FIRST)
    await settled()
    expect(fresh.attempts).toEqual([])
    await harness().reopen()
    gateway().connect(fresh)
    harness().bars(barsOf(SECOND.session, { AAA: '50.00' }))
    await settled()
    expect(fresh.attempts).toEqual([`${low.id} expired`])
    expect(encode((await gateway().holdings(MAIN)).fees)).toBe(encode(money('0')))
  })
}
