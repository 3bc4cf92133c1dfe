import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { lendingOf } from '#domain/governance/lending.js'
import type { ClusterReading } from '#domain/governance/readings.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { specsOf } from '#domain/instrument/registry.js'
import { instrumentId } from '#units/ids.js'
import { DAY_MS, later } from '#units/time.js'
import { NOW, type PlanCase, shareSpec, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const NAMES = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE']
const specs = specsOf(NAMES.map((name) => shareSpec(name, { shortable: true })))
const prices = { AAA: '100', BBB: '30', CCC: '10', DDD: '10', EEE: '10' }
const cash: Omit<PlanCase, 'targets'> = { cash: '10000', prices, specs }

const reading = (...clusters: readonly (readonly string[])[]): ClusterReading => ({
  asOf: NOW,
  least: 0.7,
  clusters: clusters.map((members) => members.map(instrumentId)),
})
/** AAA and BBB move together, CCC and DDD each on its own; nothing is known of EEE. */
const READ = reading(['AAA', 'BBB'], ['CCC'], ['DDD'])

const seen = (context: RuleContext, clusters: ClusterReading | null = READ): RuleContext =>
  clusters === null ? context : { ...context, clusters }
const judge = (context: RuleContext, params: object = {}) =>
  govern(context, [{ name: 'correlation-cluster', params: { ...params } }], simpleCosts)
const left = (context: RuleContext, params?: object) =>
  Object.fromEntries(judge(context, params).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const says = (context: RuleContext) =>
  judge(context).judgements.map((row) => `${row.leg ?? 'plan'} ${row.verdict}: ${row.reason}`)

describe('the limit on names that move together', () => {
  it('lets a cluster reach exactly the limit', () => {
    expect(left(seen(contextOf(cash, { AAA: '25', BBB: '50' })))).toEqual({ 'buy-AAA': 25, 'buy-BBB': 50 })
  })

  it('cuts the buys of a cluster pro rata to whole lots, and no other’s', () => {
    const context = seen(contextOf(cash, { AAA: '50', BBB: '100', CCC: '300' }))
    expect(left(context)).toEqual({ 'buy-AAA': 25, 'buy-BBB': 50, 'buy-CCC': 300 })
    expect(says(context)).toEqual([
      'buy-AAA resize: exposure to the cluster of AAA and 1 more would be 80.0 % of equity, more than 40.0 %',
      'buy-BBB resize: exposure to the cluster of AAA and 1 more would be 80.0 % of equity, more than 40.0 %',
    ])
  })

  it('takes a name alone as a cluster of one', () => {
    expect(left(seen(contextOf(cash, { CCC: '500' })))).toEqual({ 'buy-CCC': 400 })
  })

  it('caps longs and shorts each on their own', () => {
    expect(left(seen(contextOf(cash, { AAA: '40', BBB: '-150' })))).toEqual({ 'buy-AAA': 40, 'sell-BBB': 133 })
  })

  it('refuses what opens or adds to a name it knows nothing of, not what reduces it', () => {
    const held = { ...cash, cash: '9000', positions: { EEE: ['100', '10'] as const } }
    const context = seen(contextOf(held, { EEE: '-50', CCC: '10' }))
    expect(left(context)).toEqual({ 'sell-EEE': 50, 'buy-CCC': 10 })
    expect(says(seen(contextOf(held, { EEE: '1', CCC: '10' })))).toEqual([
      'buy-EEE reject: no correlations are known of EEE',
    ])
  })

  it('counts a holding it knows nothing of to every cluster, and a buy that it refuses to none', () => {
    const held = { ...cash, cash: '7000', positions: { EEE: ['300', '10'] as const } }
    expect(left(seen(contextOf(held, { CCC: '200', DDD: '50', EEE: '500' })))).toEqual({
      'buy-CCC': 100,
      'buy-DDD': 50,
    })
  })

  it('refuses all that opens or adds without a reading, with one too old or for another threshold; what reduces passes', () => {
    const held = { ...cash, cash: '9000', positions: { AAA: ['10', '100'] as const } }
    const context = contextOf(held, { AAA: '-5', BBB: '1' })
    expect(left(seen(context, null))).toEqual({ 'sell-AAA': 5 })
    expect(says(seen(context, null))).toEqual(['buy-BBB reject: no correlations have been read'])
    const weeks = (count: number) => seen(context, { ...READ, asOf: later(NOW, -count * 7 * DAY_MS) })
    expect(left(weeks(1))).toEqual({ 'sell-AAA': 5, 'buy-BBB': 1 })
    expect(left(weeks(2))).toEqual({ 'sell-AAA': 5 })
    expect(says(weeks(2))).toEqual(['buy-BBB reject: correlations are 10 sessions old, more than 5'])
    expect(left(weeks(2), { maxAge: 10 })).toEqual({ 'sell-AAA': 5, 'buy-BBB': 1 })
    expect(left(seen(context), { correlation: 0.5 })).toEqual({ 'sell-AAA': 5 })
  })

  it('lends the optimiser a row a cluster, and a bound for a name alone', () => {
    const scope = { universe: Object.values(specs), held: {}, clusters: READ }
    const chosen = [{ name: 'correlation-cluster', params: { max: 0.3 } }]
    const { groups, weights } = lendingOf(chosen, scope)
    const by = 'correlation-cluster'
    expect(groups).toEqual([{ label: 'AAA and 1 more', members: ['AAA', 'BBB'], lower: -0.3, upper: 0.3, by }])
    expect(weights).toEqual(['CCC', 'DDD'].map((instrument) => ({ instrument, lower: -0.3, upper: 0.3, by })))
    expect(lendingOf(chosen, { universe: scope.universe, held: {} }).groups).toEqual([])
  })
})
