import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const limit = (max: number) => ({ name: 'position-limit', params: { max } })
const minimum = (minValue: string) => ({ name: 'minimum-trade', params: { minValue } })
const context = contextOf({ cash: '1000', prices: { AAA: '10', BBB: '1' } }, { AAA: '30', BBB: '5' })

describe('the minimum trade', () => {
  it('drops a leg under it and keeps one of exactly it', () => {
    expect(govern(context, [minimum('5')], simpleCosts).legs.map((leg) => leg.id)).toEqual(['buy-AAA', 'buy-BBB'])
    const governed = govern(context, [minimum('5.01')], simpleCosts)
    expect(governed.legs.map((leg) => leg.id)).toEqual(['buy-AAA'])
    expect(governed.dropped[0]!.detail).toBe('minimum-trade: buy-BBB is worth 5.00, less than 5.01')
  })

  it('is a dollar by default', () => {
    const cents = contextOf({ cash: '1000', prices: { AAA: '0.99', BBB: '1' } }, { AAA: '1', BBB: '1' })
    expect(govern(cents, [{ name: 'minimum-trade', params: {} }], simpleCosts).legs.map((leg) => leg.id)).toEqual([
      'buy-BBB',
    ])
  })

  it('also drops what another rule has cut to less, whatever their order, in its own name', () => {
    for (const rules of [
      [limit(0.05), minimum('100')],
      [minimum('100'), limit(0.05)],
    ]) {
      const governed = govern(context, rules, simpleCosts)
      expect(governed.legs).toEqual([])
      expect(governed.judgements.filter((row) => row.rule === 'minimum-trade' && row.leg === 'buy-AAA')).toMatchObject([
        { verdict: 'resize', multiplier: 0, reason: 'buy-AAA is worth 50.00 after other rules, less than 100' },
      ])
    }
  })
})
