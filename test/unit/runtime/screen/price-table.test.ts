import { describe, expect, it } from 'vitest'
import type { MarketView } from '#domain/market.js'
import { CASH, PriceTable } from '#runtime/screen/price-table.js'
import { instant } from '#units/time.js'
import { byId, id } from '../../domain/targets/fixtures.js'
import { market, NOW } from '../../domain/trigger/fixtures.js'

/** One market, the very same prices but for some. */
const base = market()
const but = (prices: Record<string, string>): MarketView => {
  const other = market(prices).quotes
  return {
    ...base,
    quotes: { ...base.quotes, ...byId(Object.fromEntries(Object.keys(prices).map((k) => [k, other[id(k)]!]))) },
  }
}

function looked() {
  const table = new PriceTable()
  table.look(base, () => undefined)
  const [goog, msft] = [table.numberOf(id('GOOG')), table.numberOf(id('MSFT'))]
  const changes = (view: MarketView): number[] => {
    const found: number[] = []
    table.look(view, (number) => found.push(number))
    return found
  }
  return { table, goog, msft, changes }
}

describe('prices by number', () => {
  it('value cash at one, a known name at its price and an unknown one at none', () => {
    const { table, goog } = looked()
    expect([table.prices[CASH], table.prices[goog], table.prices[table.numberOf(id('HAL'))]]).toEqual([
      1,
      1,
      Number.NaN,
    ])
  })

  it('say which names have another price, not which are shown as they were', () => {
    const { table, goog, changes } = looked()
    expect(changes({ ...base, at: instant(NOW + 1) })).toEqual([])
    expect(changes(but({ GOOG: '1.5' }))).toEqual([goog])
    expect(table.prices[goog]).toBe(1.5)
    // A float does not tell these apart, an exact answer may.
    expect(changes(but({ GOOG: '1.50000000000000000001' }))).toEqual([goog])
  })

  it('have none that may not be used, for its age too, though nothing of it is new', () => {
    const { table, goog, msft, changes } = looked()
    expect(changes(but({ GOOG: '0' }))).toEqual([goog])
    expect(table.prices[goog]).toBeNaN()
    const old = { ...base, at: instant(NOW + 5 * 86_400_000) }
    expect(changes(old)).toEqual([goog, msft])
    expect(table.prices[msft]).toBeNaN()
    expect(changes(base)).toEqual([goog, msft])
    expect(table.prices[msft]).toBe(1)
  })

  it('are kept when more names come than there was room for', () => {
    const { table, goog } = looked()
    for (let at = 0; at < 500; at += 1) expect(table.numberOf(id(`N${at}`))).toBe(at + 3)
    expect([table.prices[CASH], table.prices[goog]]).toEqual([1, 1])
  })
})
