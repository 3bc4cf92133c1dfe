import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkedConfig, PAPER_DEFAULTS, type PaperConfig } from '#adapters/gateway/paper/config.js'
import { filledWith, isWholeLots, match, pieces } from '#adapters/gateway/paper/matching.js'
import type { OrderBody } from '#domain/order.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { instrumentId, type OrderId, orderId } from '#units/ids.js'
import { money, price, quantity, total } from '#units/money.js'
import { instant } from '#units/time.js'
import { orderFor } from '../../../contract/gateway-parts.js'
import { barsOf } from '../../../support/prices.js'

const ID = orderId('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
const ids = fc.stringMatching(/^[A-Z2-7]{26}$/).map((text) => orderId(text))

/** The executions of one order in AAA against a close. */
function trade(close: string, changes: Partial<OrderBody>, config: Partial<PaperConfig> = {}, id: OrderId = ID) {
  const body = { ...orderFor(1).body, ...changes }
  return match(id, body, barsOf('2020-01-06', { AAA: close }), checkedConfig(config))
}

describe('matching against a bar', () => {
  it('trades at the close plus 5 bps, rounded to the tick against the trader', () => {
    // 123.45 × 1.0005 = 123.511725, × 0.9995 = 123.388275
    const high = price('130')
    expect(trade('123.45', { limit: high })[0]!.price.toString()).toBe('123.52')
    expect(trade('123.45', { side: 'sell', limit: price('120') })[0]!.price.toString()).toBe('123.38')
    expect(trade('123.45', { limit: high }, { halfSpreadBps: 0, slippageBps: 0 })[0]!.price.toString()).toBe('123.45')
    const nickel = { id: instrumentId('AAA'), tick: price('0.05'), lot: quantity('1'), multiplier: '1' }
    expect(trade('123.45', { limit: high }, { instruments: [nickel] })[0]!.price.toString()).toBe('123.55')
  })

  it('trades at exactly the limit and not a tick beyond it', () => {
    expect(trade('123.45', { limit: price('123.52') }).length).toBeGreaterThan(0)
    expect(trade('123.45', { limit: price('123.51') })).toEqual([])
    expect(trade('123.45', { side: 'sell', limit: price('123.38') }).length).toBeGreaterThan(0)
    expect(trade('123.45', { side: 'sell', limit: price('123.39') })).toEqual([])
  })

  it('does not sell below one tick, nor trade without a usable close', () => {
    const sell = { side: 'sell' as const, limit: price('0.001') }
    expect(trade('0.009', sell)).toEqual([])
    for (const close of ['0', '-1', 'NaN', '', '1e3']) expect(trade(close, {})).toEqual([])
    expect(trade('100', { instrument: instrumentId('BBB') })).toEqual([])
  })

  it('makes the same executions again, to the byte, whenever it is asked', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 1_000_000 }), (id, units) => {
        const once = () => encode(trade('100', { quantity: quantity(String(units)) }, { feeBps: 3 }, id))
        expect(once()).toBe(once())
      }),
      { seed: 20200106 },
    )
  })

  it('charges the fee of the whole order in cents, its minimum at least, spread over the executions', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 50 }), (id, units, feeBps) => {
        const config = { feeBps, minFee: money('1.25'), maxPieces: 7, halfSpreadBps: 0, slippageBps: 0 }
        const fills = trade('101.37', { quantity: quantity(String(units)) }, config, id)
        // Oracle in whole numbers: cents of value × bps, half up.
        const exact = (BigInt(units) * 10_137n * BigInt(feeBps) + 5_000n) / 10_000n
        const cents = exact > 125n ? exact : 125n
        expect(
          total(fills.map((fill) => fill.fee))
            .times(100)
            .toString(),
        ).toBe(cents.toString())
        for (const { fee } of fills) expect(fee.gte(0) && fee.decimalPlaces() <= 2).toBe(true)
      }),
      { seed: 20200107 },
    )
  })

  it('numbers executions from 1 behind the order id and dates them with the bar', () => {
    const fills = trade('100', { quantity: quantity('500') }, { maxPieces: 20 })
    expect(fills.map((fill) => fill.id)).toEqual(fills.map((_, index) => `${ID}-${index + 1}`))
    expect(new Set(fills.map((fill) => `${fill.at} ${fill.session} ${fill.venue}`))).toEqual(
      new Set([`${Date.parse('2020-01-06T21:00:00Z')} 2020-01-06 paper`]),
    )
  })
})

describe('size-dependent impact', () => {
  it('moves the price linearly with the value that trades, against the trader', () => {
    const impact = { impactBpsPerMillion: 1_000, halfSpreadBps: 0, slippageBps: 0 }
    // 3,000 of value is 3 bps, 30,000 is 30 bps.
    const at = (changes: Partial<OrderBody>) => trade('100', changes, impact)[0]?.price.toString()
    expect(at({ quantity: quantity('30') })).toBe('100.03')
    expect(at({ quantity: quantity('300') })).toBe('100.3')
    expect(at({ quantity: quantity('300'), side: 'sell', limit: price('90') })).toBe('99.7')
    expect(at({ quantity: quantity('6000') }), 'beyond its limit of 105').toBeUndefined()
    const future = { id: instrumentId('AAA'), tick: price('0.01'), lot: quantity('1'), multiplier: '10' }
    expect(trade('100', {}, { ...impact, instruments: [future] })[0]!.price.toString()).toBe('100.3')
  })
})

describe('a partial fill', () => {
  const bar = (close: string, minute: number) => ({
    ...barsOf('2020-01-06', { AAA: close }),
    at: instant(Date.parse('2020-01-06T20:00:00Z') + minute * 60_000),
  })
  const config = checkedConfig({ partialRatio: 1, feeBps: 10, minFee: money('2.00'), maxPieces: 5 })

  it('trades a tenth to nine tenths, then the rest with a later bar only, under one fee', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 2, max: 100_000 }), (id, units) => {
        const body = { ...orderFor(1).body, quantity: quantity(String(units)) }
        const first = match(id, body, bar('100', 0), config)
        const part = filledWith({ body }, first, bar('100', 0).at, config)
        expect(part.quantity.gte(1) && part.quantity.lt(units)).toBe(true)
        expect(part.quantity.lte(Math.max(1, 0.9 * units))).toBe(true)
        expect(match(id, body, bar('99', 0), config, part)).toEqual([])
        const rest = match(id, body, bar('101', 1), config, part)
        const all = [...first, ...rest]
        expect(all.map((fill) => fill.id)).toEqual(all.map((_, index) => `${id}-${index + 1}`))
        expect(filledWith({ body, part }, rest, bar('101', 1).at, config).quantity.toNumber()).toBe(units)
        const value = all.reduce((sum, fill) => sum.plus(fill.quantity.times(fill.price)), new Decimal('0'))
        const fee = Decimal.max(value.times('0.001').toDecimalPlaces(2, Decimal.ROUND_HALF_UP), '2')
        expect(total(all.map((row) => row.fee)).toString()).toBe(fee.toString())
      }),
    )
  })

  it('does not split a single lot', () => {
    const body = { ...orderFor(1).body, quantity: quantity('1') }
    expect(match(ID, body, bar('100', 0), config).map((fill) => fill.quantity.toString())).toEqual(['1'])
  })
})

describe('splitting an order', () => {
  it('gives one to the most pieces, each of whole lots, that sum to the order exactly', () => {
    const lots = fc.constantFrom('1', '100', '0.00000001', '0.5')
    fc.assert(
      fc.property(
        ids,
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        lots,
        fc.integer({ min: 1, max: 9 }),
        (id, n, lot, most) => {
          const whole = quantity(new Decimal(n.toString()).times(lot))
          const sizes = pieces(id, whole, quantity(lot), most)
          expect(sizes.length).toBeGreaterThanOrEqual(1)
          expect(sizes.length).toBeLessThanOrEqual(most)
          for (const size of sizes) expect(isWholeLots(size, quantity(lot))).toBe(true)
          expect(sizes.reduce((sum, size) => sum.plus(size), new Decimal('0')).toString()).toBe(whole.toString())
        },
      ),
      { seed: 20200108 },
    )
  })

  it('uses every number of pieces about equally often', () => {
    const counts = [0, 0, 0]
    for (let leg = 0; leg < 300; leg += 1) {
      const sizes = pieces(orderFor(leg).id, quantity('90'), quantity('1'), PAPER_DEFAULTS.maxPieces)
      counts[sizes.length - 1]! += 1
    }
    // 300 draws of three: 100 each, standard deviation 8.2; five of them.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(41)
  })
})

describe('the paper configuration', () => {
  it.each([
    [{ maxPieces: 0 }],
    [{ maxPieces: 1.5 }],
    [{ halfSpreadBps: -1 }],
    [{ slippageBps: Number.NaN }],
    [{ halfSpreadBps: 9_000, slippageBps: 1_000 }],
    [{ feeBps: Number.POSITIVE_INFINITY }],
    [{ minFee: money('-0.01') }],
    [{ latencyMs: -1 }],
    [{ latencySpreadMs: Number.NaN }],
    [{ impactBpsPerMillion: -1 }],
    [{ partialRatio: 1.1 }],
    [{ rejectRatio: -0.1 }],
    [{ silenceRatio: Number.NaN }],
    [{ duplicateRatio: 2 }],
    [{ reorderRatio: -1 }],
    [{ bustRatio: 1.5 }],
  ])('refuses %j', (config) => {
    expect(() => checkedConfig(config)).toThrow(RangeError)
  })
})
