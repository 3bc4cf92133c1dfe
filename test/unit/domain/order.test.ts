import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Execution } from '#domain/book/events.js'
import { bodyHash, clientOrderId, isComplete, type Order, type OrderBody } from '#domain/order.js'
import { slippageBps, unfilled, withBust, withFill, withStatus } from '#domain/order-life.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { executionId, incarnation, instrumentId, portfolioId, runId } from '#units/ids.js'
import { money, noMoney, price, quantity } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'

const body: OrderBody = {
  portfolio: portfolioId('core'),
  run: runId(7),
  leg: 'buy-AAA',
  attempt: 1,
  instrument: instrumentId('AAA'),
  side: 'buy',
  quantity: quantity('10'),
  type: 'limit',
  limit: price('102'),
  arrival: price('100'),
  timeInForce: 'day',
  notAfter: instant(60_000),
}
const first = incarnation('incarnation1')

describe('order ids', () => {
  it('are 26 base32 characters, the same for the same leg however it is priced', () => {
    const id = clientOrderId(body, first)
    expect(id).toMatch(/^[A-Z2-7]{26}$/)
    expect(clientOrderId({ ...body, limit: price('99'), quantity: quantity('1'), notAfter: instant(1) }, first)).toBe(
      id,
    )
  })

  it('differ by portfolio, incarnation, run, leg and attempt', () => {
    const others = [
      clientOrderId({ ...body, portfolio: portfolioId('other') }, first),
      clientOrderId(body, incarnation('incarnation2')),
      clientOrderId({ ...body, run: runId(8) }, first),
      clientOrderId({ ...body, leg: 'sell-AAA' }, first),
      clientOrderId({ ...body, attempt: 2 }, first),
    ]
    expect(new Set([clientOrderId(body, first), ...others]).size).toBe(6)
  })

  it('do not confuse fields that join to the same text', () => {
    const parts = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', '-', '1', '"', ',') })
    fc.assert(
      fc.property(parts, parts, parts, parts, (a, b, c, d) => {
        const one = clientOrderId({ ...body, run: a as never, leg: b }, first)
        const two = clientOrderId({ ...body, run: c as never, leg: d }, first)
        expect(one === two).toBe(a === c && b === d)
      }),
    )
  })
})

describe('body hashes', () => {
  it('cover every field, the deadline included', () => {
    const changes: readonly Partial<OrderBody>[] = [
      { portfolio: portfolioId('other') },
      { run: runId(8) },
      { leg: 'x' },
      { attempt: 2 },
      { instrument: instrumentId('BBB') },
      { side: 'sell' },
      { quantity: quantity('11') },
      { limit: price('102.01') },
      { arrival: price('100.01') },
      { notAfter: instant(60_001) },
    ]
    const hashes = changes.map((change) => bodyHash({ ...body, ...change }))
    expect(new Set([bodyHash(body), ...hashes]).size).toBe(changes.length + 1)
    expect(Object.keys(JSON.parse(encode(body)) as object)).toHaveLength(12)
  })

  it('do not depend on how a number is written', () => {
    expect(bodyHash({ ...body, quantity: quantity('10.00') })).toBe(bodyHash(body))
  })
})

describe('slippage', () => {
  const order = {
    ...unfilled,
    id: clientOrderId(body, first),
    body,
    bodyHash: bodyHash(body),
    status: 'filled' as const,
    intendedAt: instant(0),
  }

  it('is positive when it cost money, on either side', () => {
    const bought = { ...order, cumulative: quantity('10'), value: money('1010') }
    expect(slippageBps(bought, new Decimal('1'))).toBe(100)
    expect(slippageBps({ ...bought, body: { ...body, side: 'sell' } }, new Decimal('1'))).toBe(-100)
    expect(slippageBps({ ...bought, value: money('50500') }, new Decimal('50'))).toBe(100)
  })

  it('is nothing before the first fill', () => {
    expect(slippageBps(order, new Decimal('1'))).toBe(0)
  })
})

describe('an order of 10 of which the venue takes 4 back', () => {
  const ONE = new Decimal(1)
  const fill = (units: string): Execution => ({
    ...{ id: executionId(units), orderId: clientOrderId(body, first) },
    ...{ instrument: body.instrument, side: 'buy', quantity: quantity(units), price: price('100'), fee: noMoney },
    ...{ at: instant(1), session: sessionDate('2024-01-02'), venue: 'paper' },
  })
  const opened = {
    ...{ id: clientOrderId(body, first), body, bodyHash: bodyHash(body), status: 'accepted', intendedAt: instant(0) },
    ...unfilled,
  } as unknown as Parameters<typeof withFill>[0]
  const filled = (order: typeof opened, units: string) => withFill(order, fill(units), ONE)
  const taken = (order: typeof opened) => withBust(order, fill('4'), ONE, 'erroneous')
  const reports = (order: typeof opened, units: string, status: 'filled' | 'cancelled' = 'filled') =>
    withStatus(order, status, instant(1), { reported: quantity(units) })

  it.each([
    ['before', '10'],
    ['after', '6'],
  ])('waits for all of the rest where it was reported filled %s that', (_, reported) => {
    const early = taken(filled(reports(opened, reported), '4'))
    expect([early.reported?.toFixed(), isComplete(early)]).toEqual(['6', false])
    expect(isComplete(filled(early, '5'))).toBe(false)
    expect(isComplete(filled(filled(early, '5'), '1'))).toBe(true)
  })

  it('waits for nothing where nothing was awaited any more: a person had settled it', () => {
    const settled = { ...filled(reports(opened, '10'), '6'), reported: quantity('6') } as typeof opened
    expect(isComplete(taken(settled))).toBe(true)
  })

  it('waits for what a cancelled one reported, less that', () => {
    const early: Order = taken(filled(reports(opened, '7', 'cancelled'), '4'))
    expect([early.reported?.toFixed(), isComplete(early)]).toEqual(['3', false])
  })
})
