import { expect, it } from 'vitest'
import type { TradingTerms } from '#ports/gateway.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { price, quantity } from '#units/money.js'
import { later } from '#units/time.js'
import { FIRST, faultCode, type GatewayHarness, MAIN, orderFor } from './gateway-parts.js'

/** What a gateway answers to what it is asked. */
export function submitting(harness: () => GatewayHarness, settled: () => Promise<void>): void {
  const gateway = () => harness().gateway()

  it('accepts an order, then fills it, and never before it has answered', async () => {
    const order = orderFor(1)
    expect(await gateway().query(MAIN, order.id)).toEqual({ kind: 'unknown' })
    const answer = gateway().submit(order, 1)
    expect(gateway().idle()).toBe(false)
    expect(await answer).toEqual({ kind: 'accepted' })
    await settled()
    const known = await gateway().query(MAIN, order.id)
    expect(known).toMatchObject({ kind: 'known', report: { orderId: order.id, status: 'filled', reason: '' } })
    expect(known.kind === 'known' && known.report.cumulative.toString()).toBe('30')
  })

  it('accepts an id once, however often it is sent, at once or later', async () => {
    const order = orderFor(1)
    const answers = await Promise.all([gateway().submit(order, 1), gateway().submit(order, 1)])
    expect(answers.map((answer) => answer.kind)).toEqual(['accepted', 'duplicate'])
    await settled()
    const again = await gateway().submit(order, 1)
    expect(again).toMatchObject({ kind: 'duplicate', report: { status: 'filled' } })
    await settled()
    expect(harness().acceptances()).toEqual([{ orderId: order.id, times: 1 }])
    expect((await gateway().holdings(MAIN)).positions[order.body.instrument]?.toString()).toBe('30')
  })

  it('rejects a known id with another body, and the first order goes on', async () => {
    const order = orderFor(1)
    const forged = orderFor(1, { quantity: quantity('31') })
    expect(forged.id).toBe(order.id)
    await gateway().submit(order, 1)
    expect(await gateway().submit(forged, 1)).toEqual({ kind: 'rejected', reason: 'body_mismatch' })
    await settled()
    expect((await gateway().holdings(MAIN)).positions[order.body.instrument]?.toString()).toBe('30')
  })

  it('promises never to accept an id it has not seen, and keeps the promise after a restart', async () => {
    const order = orderFor(1)
    expect(await gateway().never(MAIN, order.id, 1)).toEqual({ kind: 'promised' })
    expect(await gateway().submit(order, 1)).toEqual({ kind: 'rejected', reason: 'tombstoned' })
    await harness().reopen()
    harness().bars(FIRST)
    expect(await gateway().submit(order, 1)).toEqual({ kind: 'rejected', reason: 'tombstoned' })
    expect(await gateway().never(MAIN, order.id, 1)).toEqual({ kind: 'promised' })
    expect(await gateway().query(MAIN, order.id)).toEqual({ kind: 'unknown' })
    expect(harness().acceptances()).toEqual([])
  })

  it('answers what became of an id it has seen when asked never to accept it', async () => {
    const order = orderFor(1)
    const [, promise] = await Promise.all([gateway().submit(order, 1), gateway().never(MAIN, order.id, 1)])
    expect(promise).toMatchObject({ kind: 'known', report: { orderId: order.id } })
    await settled()
    expect(await gateway().never(MAIN, order.id, 1)).toMatchObject({ kind: 'known', report: { status: 'filled' } })
  })

  it('keeps one portfolio\u2019s orders from another', async () => {
    const other = portfolioId('other')
    const order = orderFor(1)
    await gateway().submit(order, 1)
    await settled()
    expect(await gateway().query(other, order.id)).toEqual({ kind: 'unknown' })
    expect((await gateway().holdings(other)).positions).toEqual({})
    expect(await gateway().executions(other, '')).toEqual([])
  })
}

/** What a gateway does not take. */
export function refusing(harness: () => GatewayHarness, settled: () => Promise<void>): void {
  const gateway = () => harness().gateway()

  it('rejects an order from its deadline on, and remembers that it did', async () => {
    const onTime = orderFor(1, { notAfter: later(harness().clock.now(), 1) })
    const tooLate = orderFor(2, { notAfter: harness().clock.now() })
    expect(await gateway().submit(onTime, 1)).toEqual({ kind: 'accepted' })
    expect(await gateway().submit(tooLate, 1)).toEqual({ kind: 'rejected', reason: 'too_late' })
    await harness().reopen()
    expect(await gateway().submit(tooLate, 1)).toMatchObject({
      kind: 'duplicate',
      report: { status: 'rejected', reason: 'too_late' },
    })
  })

  it('rejects what it has no price for', async () => {
    const unknown = orderFor(1, { instrument: instrumentId('ZZZ') })
    expect(await gateway().submit(unknown, 1)).toEqual({ kind: 'rejected', reason: 'no_price' })
    await settled()
    expect(await gateway().query(MAIN, unknown.id)).toMatchObject({ kind: 'known', report: { status: 'rejected' } })
  })

  it('refuses epochs below the highest it has seen, per portfolio and after a restart', async () => {
    expect(await gateway().fence(MAIN, 5)).toEqual({ epoch: 5 })
    expect(await gateway().fence(MAIN, 3)).toEqual({ epoch: 5 })
    expect(await faultCode(gateway().submit(orderFor(1), 4))).toBe('STALE_EPOCH never')
    await gateway().submit(orderFor(2), 6)
    await harness().reopen()
    harness().bars(FIRST)
    const calls = [
      gateway().submit(orderFor(3), 5),
      gateway().cancel(MAIN, orderFor(2).id, 5),
      gateway().never(MAIN, orderFor(3).id, 5),
    ]
    expect(await Promise.all(calls.map(faultCode))).toEqual(Array(3).fill('STALE_EPOCH never'))
    const elsewhere = orderFor(4, { portfolio: portfolioId('other') })
    expect(await gateway().submit(elsewhere, 1)).toEqual({ kind: 'accepted' })
    expect(await gateway().query(MAIN, orderFor(1).id)).toEqual({ kind: 'unknown' })
    expect(await gateway().query(MAIN, orderFor(3).id)).toEqual({ kind: 'unknown' })
  })

  it('keeps to what a portfolio may trade, name by name, after a restart too, until newer terms come', async () => {
    const sell = (leg: number) => orderFor(leg, { side: 'sell' })
    const named = (leg: number, name: string) =>
      orderFor(leg, { instrument: instrumentId(name), limit: price('105'), arrival: price('20') })
    const halted = { kind: 'rejected', reason: 'halted' }
    await gateway().submit(orderFor(1), 1)
    await settled()
    const terms = { level: 'active', instruments: { [instrumentId('BBB')]: 'halted' }, reason: 'ann: merger', seq: 7 }
    await gateway().restrain(MAIN, terms as TradingTerms, 2)
    expect(await gateway().submit(named(2, 'BBB'), 2)).toEqual(halted)
    expect(await gateway().submit(named(3, 'CCC'), 2)).toEqual({ kind: 'accepted' })
    await harness().reopen()
    harness().bars(FIRST)
    expect(await gateway().submit(named(4, 'BBB'), 2)).toEqual(halted)
    expect(await gateway().submit(named(2, 'BBB'), 2)).toMatchObject({
      kind: 'duplicate',
      report: { reason: 'halted' },
    })
    await gateway().restrain(MAIN, { level: 'reducing', instruments: {}, reason: '', seq: 8 }, 2)
    expect(await gateway().submit(orderFor(5), 2)).toEqual({ kind: 'rejected', reason: 'reducing' })
    expect(await gateway().submit(sell(6), 2)).toEqual({ kind: 'accepted' })
    expect(await gateway().submit(sell(11), 2), 'more than is held').toEqual({ kind: 'rejected', reason: 'reducing' })
    await gateway().restrain(MAIN, { level: 'halted', instruments: {}, reason: '', seq: 9 }, 2)
    await gateway().restrain(MAIN, { level: 'active', instruments: {}, reason: 'late', seq: 8 }, 2)
    expect(await gateway().submit(sell(7), 2)).toEqual(halted)
    const elsewhere = orderFor(8, { portfolio: portfolioId('other') })
    expect(await gateway().submit(elsewhere, 1)).toEqual({ kind: 'accepted' })
    expect(await gateway().never(MAIN, orderFor(9).id, 2)).toEqual({ kind: 'promised' })
    await gateway().restrain(MAIN, { level: 'active', instruments: {}, reason: '', seq: 2 }, 3)
    expect(await gateway().submit(named(10, 'BBB'), 3)).toEqual({ kind: 'accepted' })
    expect(await faultCode(gateway().restrain(MAIN, { ...terms, seq: 99 } as TradingTerms, 2))).toBe(
      'STALE_EPOCH never',
    )
  })

  it('while reducing takes what brings a holding towards zero, short ones too, and no more than is held', async () => {
    const reducing = { kind: 'rejected', reason: 'reducing' }
    const accepted = { kind: 'accepted' }
    await gateway().submit(orderFor(1, { side: 'sell' }), 1)
    await settled()
    await gateway().restrain(MAIN, { level: 'reducing', instruments: {}, reason: '', seq: 7 }, 1)
    expect(await gateway().submit(orderFor(2, { side: 'sell' }), 1)).toEqual(reducing)
    expect(await gateway().submit(orderFor(3, { quantity: quantity('31') }), 1)).toEqual(reducing)
    const both = [orderFor(4, { quantity: quantity('20') }), orderFor(5, { quantity: quantity('20') })]
    expect(await Promise.all(both.map((order) => gateway().submit(order, 1)))).toEqual([accepted, reducing])
    expect(await gateway().submit(orderFor(6, { quantity: quantity('10') }), 1)).toEqual(accepted)
    await settled()
    expect((await gateway().holdings(MAIN)).positions).toEqual({})
  })

  it('says what kind of account it is', async () => {
    const account = await gateway().account(MAIN)
    expect(['backtest', 'paper', 'live']).toContain(account.mode)
    expect(account.currency).toMatch(/^[A-Z]{3}$/)
  })
}
