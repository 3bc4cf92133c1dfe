import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { lenderOf, lendingOf } from '#domain/governance/lending.js'
import type { ScenarioReading } from '#domain/governance/readings.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { returnsIn, scenarioReading } from '#domain/governance/scenario-reading.js'
import { specsOf } from '#domain/instrument/registry.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { instrumentId } from '#units/ids.js'
import { DAY_MS, later } from '#units/time.js'
import { policy } from '../../../../machine/fixtures.js'
import { NOW, type PlanCase, shareSpec, simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const NAMES = ['AAA', 'BBB', 'CCC', 'DDD']
const specs = specsOf(NAMES.map((name) => shareSpec(name, { shortable: true })))
const prices = { AAA: '100', BBB: '10', CCC: '10', DDD: '10' }
const cash: Omit<PlanCase, 'targets'> = { cash: '10000', prices, specs }
const NONE = scenarioSet({ instruments: [], sessions: [], minimum: 1, maximum: 1 })

/** Twenty days, of which the worst decides: AAA loses a tenth on it, BBB a twentieth, and CCC gains a tenth. */
const READ: ScenarioReading = scenarioReading(
  {
    ...NONE,
    instruments: ['AAA', 'BBB', 'CCC'].map(instrumentId),
    rows: 20,
    returns: Float64Array.from([...[-0.1, -0.05, 0.1], ...Array.from({ length: 57 }, () => 0.001)]),
  },
  NOW,
)
const seen = (context: RuleContext, scenarios: ScenarioReading | null = READ): RuleContext =>
  scenarios === null ? context : { ...context, scenarios }
const chosen = (params: object = {}) => [{ name: 'cvar-limit', params: { ...params } }]
const judge = (context: RuleContext, params?: object) => govern(context, chosen(params), simpleCosts)
const left = (context: RuleContext, params?: object) =>
  Object.fromEntries(judge(context, params).legs.map((leg) => [leg.id, leg.quantity.toNumber()]))
const says = (context: RuleContext) =>
  judge(context).judgements.map((row) => `${row.leg ?? 'plan'} ${row.verdict}: ${row.reason}`)

describe('the limit on CVaR', () => {
  it('lets the portfolio reach exactly the limit', () => {
    expect(says(seen(contextOf(cash, { AAA: '40' })))).toEqual(['plan allow: no objection'])
  })

  it('asks people about what opens past it, and drops that while nobody has agreed', () => {
    const context = seen(contextOf(cash, { AAA: '50', BBB: '40' }))
    expect(says(context)).toEqual([
      'buy-AAA approve: CVaR of a day could be 5.2 % of equity, more than 4.0 %',
      'buy-BBB approve: CVaR of a day could be 5.2 % of equity, more than 4.0 %',
    ])
    expect(left(context)).toEqual({})
    const agreed = govern(context, chosen(), simpleCosts, [], () => true)
    expect(agreed.legs.map(({ id }) => id)).toEqual(['buy-AAA', 'buy-BBB'])
    expect(left(context, { max: 0.06 })).toEqual({ 'buy-AAA': 50, 'buy-BBB': 40 })
  })

  it('counts no hedge that may not come about', () => {
    const context = seen(contextOf(cash, { AAA: '50', CCC: '300' }))
    expect(judge(context).judgements[0]).toMatchObject({ verdict: 'approve', evidence: { found: 'at every corner' } })
  })

  const held = { ...cash, cash: '6000', positions: { AAA: ['40', '100'] as const } }

  it('credits a sale only where it is done before the buys are judged again', () => {
    const swap = seen(contextOf(held, { AAA: '-20', BBB: '300' }))
    expect(left(swap)).toEqual({ 'sell-AAA': 20 })
    const first = { ...swap, occasion: { ...swap.occasion, sellsFirst: true } }
    expect(left(first)).toEqual({ 'sell-AAA': 20, 'buy-BBB': 300 })
  })

  it('warns of a portfolio past it that a plan does not make worse', () => {
    const over = { ...cash, cash: '5000', positions: { AAA: ['50', '100'] as const } }
    expect(says(seen(contextOf(over, { AAA: '-5', CCC: '10' })))).toEqual([
      'plan warn: CVaR of a day is 5.0 % of equity already, more than 4.0 %',
    ])
    expect(left(seen(contextOf(over, { AAA: '-5', CCC: '10' })))).toEqual({ 'sell-AAA': 5, 'buy-CCC': 10 })
    expect(left(seen(contextOf(over, { AAA: '-5', BBB: '10' })))).toEqual({ 'sell-AAA': 5 })
  })

  it('rejects what opens or adds without scenarios, with ones too old, or of a name without them or beside one', () => {
    const context = contextOf(held, { AAA: '-5', BBB: '1' })
    expect(left(seen(context, null))).toEqual({ 'sell-AAA': 5 })
    expect(says(seen(context, null))).toEqual(['buy-BBB reject: no scenarios have been read'])
    const old = { ...READ, asOf: later(NOW, -14 * DAY_MS) }
    expect(says(seen(context, old))).toEqual(['buy-BBB reject: scenarios are 10 sessions old, more than 5'])
    expect(says(seen(contextOf(cash, { DDD: '1', BBB: '1' })))).toEqual([
      'buy-DDD reject: no scenarios are known of DDD',
    ])
    const blind = { ...cash, cash: '9000', positions: { DDD: ['100', '10'] as const } }
    expect(left(seen(contextOf(blind, { DDD: '-50', BBB: '1' })))).toEqual({ 'sell-DDD': 50 })
    const stale = { ...held, old: { AAA: 2 } }
    expect(left(seen(contextOf(stale, { AAA: '-1', BBB: '1' })))).toEqual({ 'sell-AAA': 1 })
  })

  it('lends the optimiser its limit at its confidence', () => {
    const lending = lendingOf(chosen({ max: 0.03 }), { universe: Object.values(specs), held: {} })
    expect(lending.cvar).toEqual({ most: 0.03, confidence: 0.95, by: 'cvar-limit' })
    expect(lenderOf('maximumCvar', lending, policy().optimiser)).toBe('cvar-limit')
  })
})

describe('scenarios in a journal', () => {
  it('are returns to a thousandth of a percent', () => {
    const returns = Float64Array.of(0, 0.1, -0.25, 0.123456, -1, 1.3, 2, -2)
    const reading = scenarioReading({ ...NONE, instruments: ['AAA', 'BBB'].map(instrumentId), rows: 4, returns }, NOW)
    expect(reading.returns).toHaveLength(24)
    const back = returnsIn(reading)
    for (const [at, value] of [0, 0.1, -0.25, 0.12346, -1, 1.3, 1.31071, -1.31072].entries())
      expect(back[at]).toBeCloseTo(value, 12)
    expect(() => returnsIn({ ...reading, rows: 5 })).toThrow(/scenario-reading/)
  })
})
