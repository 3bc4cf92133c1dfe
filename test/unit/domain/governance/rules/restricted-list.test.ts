import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { restrictedList } from '#domain/governance/rules/restricted-list.js'
import { byId, type PlanCase, shareSpec, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const base: Omit<PlanCase, 'targets'> = {
  ...{ cash: '10000', prices: { AAA: '10', BBB: '10' }, terms: { shortable: true } },
  positions: { AAA: ['20', '10'], BBB: ['-20', '10'] },
}
const judge = (trades: Readonly<Record<string, string>>, params: object) =>
  govern(contextOf(base, trades), [{ name: 'restricted-list', params: { ...params } }], simpleCosts)
const left = (trades: Readonly<Record<string, string>>, params: object = {}) =>
  Object.fromEntries(judge(trades, params).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))

describe('the restricted list', () => {
  it('lets a name that may not be traded neither be bought nor sold', () => {
    expect(left({ AAA: '-5', BBB: '5' }, { noTrade: ['AAA'] })).toEqual({ 'buy-BBB': 5 })
    expect(judge({ AAA: '5' }, { noTrade: ['AAA'] }).judgements[0]!.reason).toBe('AAA may not be traded')
  })

  it('lets a name that may not be bought be sold, and a short in it be bought back', () => {
    expect(left({ AAA: '5' }, { noBuy: ['AAA'] })).toEqual({})
    expect(left({ AAA: '-5' }, { noBuy: ['AAA'] })).toEqual({ 'sell-AAA': 5 })
    expect(left({ BBB: '50' }, { noBuy: ['BBB'] })).toEqual({ 'buy-BBB': 20 })
  })

  it('lets a name that may not be shorted be sold down to nothing, whatever has been located', () => {
    expect(left({ AAA: '-50' }, { noShort: ['AAA'], locates: { AAA: '100' } })).toEqual({ 'sell-AAA': 20 })
    expect(left({ BBB: '-1' }, { noShort: ['BBB'] })).toEqual({})
  })

  it('keeps a short within what has been located, unless nobody asks for that', () => {
    expect(left({ AAA: '-50' }, { locates: { AAA: '10' } })).toEqual({ 'sell-AAA': 30 })
    expect(judge({ AAA: '-50' }, { locates: { AAA: '10' } }).judgements[0]!.reason).toBe(
      'AAA may be short by 10 located units at most',
    )
    expect(left({ BBB: '-50' }, { locates: { BBB: '60' } })).toEqual({ 'sell-BBB': 40 })
    expect(left({ AAA: '-50' })).toEqual({ 'sell-AAA': 20 })
    expect(left({ AAA: '-50' }, { requireLocate: false })).toEqual({ 'sell-AAA': 50 })
  })

  it('tells the optimiser how far each name may go from what is held', () => {
    const universe = ['AAA', 'BBB', 'CCC'].map((name) => shareSpec(name))
    const limits = (params: object) =>
      restrictedList.constraints!(restrictedList.schema.parse(params), {
        universe,
        held: byId({ AAA: 0.2, BBB: -0.1 }),
      })
    expect(limits({ noTrade: ['AAA'], noBuy: ['AAA', 'CCC'], locates: { CCC: '5' } }).perInstrument).toEqual({
      AAA: { lower: 0.2, upper: 0.2 },
      BBB: { lower: -0.1 },
      CCC: { upper: 0 },
    })
    expect(limits({ requireLocate: false }).perInstrument).toEqual({})
  })
})
