import fc from 'fast-check'
import type { Execution } from '#domain/book/events.js'
import { bodyHash, type OrderBody } from '#domain/order.js'
import type { OrderReport, OrderTicket, VenueStatus } from '#ports/gateway.js'
import { executionId, instrumentId, orderId, portfolioId, runId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { instant, sessionDate, toIso } from '#units/time.js'

const digits = (from: number, to: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: from, maxLength: to, size: 'max' })

/** Decimal text as it is read from a price file: up to 30 digits on each side of the point. */
const plain = fc
  .tuple(digits(1, 30), digits(0, 30))
  .map(([whole, fraction]) => (fraction === '' ? whole : `${whole}.${fraction}`))
const name = (alphabet: string, most: number) =>
  fc
    .string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: most, size: 'max' })
    .filter((text) => !(text in Object.prototype))
const word = 'ABCXYZabcxyz019_-'
const printable = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).join('')

const id = fc.string({ unit: fc.constantFrom(...'ABCXYZ234567'), minLength: 26, maxLength: 26 }).map(orderId)
const at = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') }).map(instant)
const instrument = name(`${word}.`, 32).map(instrumentId)
const side = fc.constantFrom('buy' as const, 'sell' as const)
const positive = plain.filter((text) => /[1-9]/.test(text))

/** Every order body an engine may send. */
export const orderBodies: fc.Arbitrary<OrderBody> = fc.record({
  portfolio: name(word, 32).map(portfolioId),
  run: fc.integer({ min: 1, max: 999_999_999_999 }).map(runId),
  leg: name(printable, 64),
  attempt: fc.nat(),
  instrument,
  side,
  quantity: positive.map((text) => quantity(text)),
  type: fc.constant('limit' as const),
  limit: plain.map((text) => price(text)),
  arrival: plain.map((text) => price(text)),
  timeInForce: fc.constant('day' as const),
  notAfter: at,
})

/** Every ticket, its hash right. */
export const tickets: fc.Arbitrary<OrderTicket> = fc
  .tuple(id, orderBodies)
  .map(([known, body]) => ({ id: known, body, bodyHash: bodyHash(body) }))

/** Every execution a venue may report. */
export const executions: fc.Arbitrary<Execution> = fc.record({
  id: name(printable, 64).map(executionId),
  orderId: id,
  instrument,
  side,
  quantity: positive.map((text) => quantity(text)),
  price: positive.map((text) => price(text)),
  fee: plain.map((text) => money(text)),
  at,
  session: at.map((when) => sessionDate(toIso(when).slice(0, 10))),
  venue: name(printable, 32),
})

/** Every word on an order a venue may report. */
export const reports: fc.Arbitrary<OrderReport> = fc.record({
  orderId: id,
  status: fc.constantFrom<VenueStatus>('accepted', 'filled', 'cancelled', 'rejected', 'expired'),
  cumulative: plain.map((text) => quantity(text)),
  reason: fc.string({ unit: 'binary', maxLength: 200, size: 'max' }).filter((text) => text.length <= 200),
  at,
})
