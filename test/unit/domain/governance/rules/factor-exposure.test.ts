import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { lendingOf } from '#domain/governance/lending.js'
import type { BetaReading } from '#domain/governance/readings.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { specsOf } from '#domain/instrument/registry.js'
import { lentRows } from '#domain/optimise/lent-rows.js'
import { instrumentId } from '#units/ids.js'
import { DAY_MS, later } from '#units/time.js'
import { byId, NOW, type PlanCase, shareSpec, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const NAMES = ['AAA', 'BBB', 'CCC', 'DDD']
const specs = specsOf(NAMES.map((name) => shareSpec(name, { shortable: true })))
const prices = { AAA: '100', BBB: '10', CCC: '10', DDD: '10' }
const cash: Omit<PlanCase, 'targets'> = { cash: '10000', prices, specs }

/** AAA goes twice as far as the market, BBB as far, CCC the other way; nothing is known of DDD. */
const READ: BetaReading = {
  asOf: NOW,
  factors: ['Mkt-RF', 'SMB'],
  betas: byId({ AAA: [2, 0.5], BBB: [1, 0], CCC: [-1, 0] }),
}
const seen = (context: RuleContext, betas: BetaReading | null = READ): RuleContext =>
  betas === null ? context : { ...context, betas }
const judge = (context: RuleContext, params: object = { max: 1 }) =>
  govern(context, [{ name: 'factor-exposure', params: { ...params } }], simpleCosts)
const left = (context: RuleContext, params?: object) =>
  Object.fromEntries(judge(context, params).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const says = (context: RuleContext) =>
  judge(context).judgements.map((row) => `${row.leg ?? 'plan'} ${row.verdict}: ${row.reason}`)
const sellsFirst = (context: RuleContext): RuleContext => ({
  ...context,
  occasion: { ...context.occasion, sellsFirst: true },
})

describe('the limit on a factor', () => {
  it('lets the portfolio reach exactly the limit', () => {
    expect(left(seen(contextOf(cash, { AAA: '40', BBB: '200' })))).toEqual({ 'buy-AAA': 40, 'buy-BBB': 200 })
  })

  it('cuts pro rata what would add past it', () => {
    const context = seen(contextOf(cash, { AAA: '50', BBB: '500' }))
    expect(left(context)).toEqual({ 'buy-AAA': 33, 'buy-BBB': 333 })
    expect(says(context)).toEqual([
      'buy-AAA resize: beta to Mkt-RF would be 1.50, more than 1',
      'buy-BBB resize: beta to Mkt-RF would be 1.50, more than 1',
    ])
    expect(left(context, { max: 1.5, perFactor: { SMB: 0.1 } })).toEqual({ 'buy-AAA': 20, 'buy-BBB': 500 })
  })

  it('credits no hedge that may not come about, and keeps the other side of the limit as well', () => {
    expect(left(seen(contextOf(cash, { AAA: '60', CCC: '500' })))).toEqual({ 'buy-AAA': 50, 'buy-CCC': 500 })
    expect(left(seen(contextOf(cash, { BBB: '-1200' })))).toEqual({ 'sell-BBB': 1000 })
    expect(says(seen(contextOf(cash, { BBB: '-1200' })))).toEqual([
      'sell-BBB resize: negative beta to Mkt-RF would be 1.20, more than 1',
    ])
  })

  const held = { ...cash, cash: '6000', positions: { AAA: ['40', '100'] as const } }

  it('credits a sale only where it is done before the buys are judged again', () => {
    const swap = seen(contextOf(held, { AAA: '-20', BBB: '400' }))
    expect(left(swap)).toEqual({ 'sell-AAA': 20, 'buy-BBB': 200 })
    expect(left(sellsFirst(swap))).toEqual({ 'sell-AAA': 20, 'buy-BBB': 400 })
  })

  it('lets a hedge be sold, and cuts what would then be too much', () => {
    const hedged = { ...cash, cash: '1000', positions: { AAA: ['50', '100'] as const, CCC: ['400', '10'] as const } }
    const context = seen(contextOf(hedged, { CCC: '-400', BBB: '10' }))
    expect(left(context)).toEqual({ 'sell-CCC': 400 })
  })

  it('refuses what opens or adds without betas, with betas too old, of a name without them or beside one; what reduces passes', () => {
    const context = contextOf(held, { AAA: '-5', BBB: '1' })
    expect(left(seen(context, null))).toEqual({ 'sell-AAA': 5 })
    expect(says(seen(context, null))).toEqual(['buy-BBB reject: no betas have been read'])
    const old = { ...READ, asOf: later(NOW, -140 * DAY_MS) }
    expect(says(seen(context, old))).toEqual(['buy-BBB reject: betas are 100 sessions old, more than 63'])
    expect(says(seen(contextOf(cash, { DDD: '1', BBB: '1' })))).toEqual(['buy-DDD reject: no betas are known of DDD'])
    const blind = { ...cash, cash: '9000', positions: { DDD: ['100', '10'] as const } }
    const beside = seen(contextOf(blind, { DDD: '-50', BBB: '1' }))
    expect(left(beside)).toEqual({ 'sell-DDD': 50 })
    expect(says(beside)).toEqual(['buy-BBB reject: no betas are known of DDD, which is held'])
  })

  it('lends the optimiser a row a factor, with betas for coefficients, where it can bind', () => {
    const lent = (max: number) =>
      lendingOf([{ name: 'factor-exposure', params: { max, perFactor: { SMB: 0.6 } } }], {
        ...{ universe: Object.values(specs), held: {}, betas: READ },
      })
    const room = (lower: number) => ({
      instruments: ['AAA', 'BBB', 'CCC'].map(instrumentId),
      lower: Float64Array.of(lower, lower, lower),
      upper: Float64Array.of(0.5, 0.5, 0.5),
      cash: { lower: 0, upper: 1 },
    })
    const market = { name: 'factor-exposure:Mkt-RF', coefficients: Float64Array.of(2, 1, -1) }
    // Longs alone: at most 0.5·2 + 0.5·1, at least −0.5.
    expect(lentRows(room(0), lent(0.9)).groups).toEqual([{ ...market, upper: 0.9 }])
    expect(lentRows(room(-0.5), lent(1.9)).groups).toEqual([{ ...market, lower: -1.9, upper: 1.9 }])
    expect(lentRows(room(-0.5), lent(2))).toEqual({})
  })
})
