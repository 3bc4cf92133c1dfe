import { describe, expect, it } from 'vitest'
import { ask } from '#domain/governance/judge.js'
import { lendingOf } from '#domain/governance/lending.js'
import type { Rule, RuleContext } from '#domain/governance/rule.js'
import { liquidityAdjusted } from '#domain/governance/rules/liquidity-adjusted.js'
import type { Known } from '#domain/liquidity/liquidity.js'
import { instrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import { DAY_MS, later } from '#units/time.js'
import { byId, NOW, shareSpec } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const figures = (adv: string, more: Partial<Known> = {}): Known => ({
  ...{ adv: money(adv), spread: null, at: NOW, declared: false },
  ...more,
})

/** 1,000,000 of equity, every price 100. */
function context(
  positions: Readonly<Record<string, string>>,
  trades: Readonly<Record<string, string>>,
  known: Readonly<Record<string, Known>> | undefined,
): RuleContext {
  const names = [...new Set([...Object.keys(positions), ...Object.keys(trades)])]
  const held = Object.values(positions).reduce((sum, units) => sum + Number(units) * 100, 0)
  const plain = contextOf(
    {
      cash: String(1_000_000 - held),
      positions: Object.fromEntries(Object.entries(positions).map(([name, units]) => [name, [units, '100']])),
      prices: Object.fromEntries(names.map((name) => [name, '100'])),
    },
    trades,
  )
  return { ...plain, ...(known !== undefined && { liquidity: byId(known) }) }
}
const judge = (given: RuleContext, params: Readonly<Record<string, unknown>> = {}) =>
  ask(liquidityAdjusted as Rule<unknown>, liquidityAdjusted.schema.parse(params), given)
const allow = [{ verdict: 'allow' }]

describe('liquidity-adjusted', () => {
  it('lets an order be 5 % of what its name trades a day, exactly, and the rest waits for later runs', () => {
    expect(judge(context({}, { AAA: '1000' }, { AAA: figures('2000000') }))).toMatchObject(allow)
    const [row] = judge(context({}, { AAA: '1001' }, { AAA: figures('2000000') }))
    expect(row).toMatchObject({ leg: 'buy-AAA', verdict: 'resize', waits: true })
    expect(row!.multiplier * 1001).toBeCloseTo(1000, 6)
    expect(row!.reason).toBe('buy-AAA takes what the run trades of AAA to 5.0 % of the 2000000 a day, more than 5.0 %')
    expect(judge(context({ AAA: '3000' }, { AAA: '-3000' }, { AAA: figures('2000000') }))).toMatchObject([
      { leg: 'sell-AAA', verdict: 'resize', multiplier: expect.closeTo(1 / 3, 9), waits: true },
    ])
  })

  it('orders nothing of a name that does not trade at all, and leaves the others alone', () => {
    const known = { AAA: figures('0'), BBB: figures('2000000') }
    const rows = judge(context({}, { AAA: '10', BBB: '10' }, known))
    expect(rows.map(({ leg }) => leg)).toEqual(['buy-AAA'])
    expect(rows[0]).toMatchObject({ verdict: 'resize', multiplier: 0 })
    expect(rows[0]).not.toHaveProperty('waits')
    expect(rows[0]!.reason).toBe('buy-AAA takes what the run trades of AAA to more than the 0 a day, more than 5.0 %')
  })

  it('counts what earlier orders of the run have traded of the name, and still lets the rest wait', () => {
    const given = context({}, { AAA: '500', BBB: '500' }, { AAA: figures('2000000'), BBB: figures('2000000') })
    const having = (traded: string) =>
      judge({ ...given, occasion: { ...given.occasion, tradedOf: byId({ AAA: money(traded) }) } })
    expect(having('50000')).toMatchObject(allow)
    expect(having('80000')).toMatchObject([{ leg: 'buy-AAA', multiplier: 0.4, waits: true }])
    expect(having('100000')).toMatchObject([{ leg: 'buy-AAA', multiplier: 0, waits: true }])
  })

  it('lets a liquidation through with a warning, and drops less than a lot for good', () => {
    const all = context({ AAA: '3000' }, { AAA: '-3000' }, { AAA: figures('2000000') })
    expect(judge({ ...all, occasion: { ...all.occasion, type: 'liquidate' } })).toMatchObject([{ verdict: 'warn' }])
    const [row] = judge(context({}, { AAA: '10' }, { AAA: figures('1900') }), { minAdv: '0' })
    expect(row).toMatchObject({ verdict: 'resize', multiplier: 0 })
    expect(row).not.toHaveProperty('waits')
  })

  it('keeps names that trade less than 500,000 a day within 2 % of equity, and lets them be sold', () => {
    const rows = judge(context({}, { AAA: '240' }, { AAA: figures('499999', { declared: true }) }))
    expect(rows).toMatchObject([{ leg: 'buy-AAA', verdict: 'resize', multiplier: expect.closeTo(200 / 240, 9) }])
    expect(rows[0]!.reason).toBe(
      'AAA would weigh 2.4 %, more than 2.0 %: it trades 499999 (declared) a day, less than 500000',
    )
    expect(rows[0]).not.toHaveProperty('waits')
    expect(judge(context({}, { AAA: '240' }, { AAA: figures('500000') }))).toMatchObject(allow)
    expect(judge(context({ AAA: '300' }, { AAA: '-100' }, { AAA: figures('400000') }))).toMatchObject(allow)
    expect(judge(context({ AAA: '300' }, { AAA: '10' }, { AAA: figures('400000') }))).toMatchObject([{ multiplier: 0 }])
    expect(
      judge(context({ AAA: '100' }, { AAA: '-400' }, { AAA: figures('800000') }), { minAdv: '900000' }),
    ).toMatchObject([{ leg: 'sell-AAA', multiplier: expect.closeTo(300 / 400, 9) }])
  })

  it('takes what nobody knows for illiquid, and what is too old or makes no sense', () => {
    const buys = (known: Readonly<Record<string, Known>>) => judge(context({}, { AAA: '250' }, known))[0]!
    expect(buys({})).toMatchObject({ verdict: 'resize', multiplier: 0.8 })
    expect(buys({}).reason).toContain('it has no known liquidity')
    const old = later(NOW, -5 * DAY_MS - 1)
    expect(buys({ AAA: figures('9e9', { at: old }) }).reason).toContain(
      'it has figures of 2024-02-25, older than 5 days',
    )
    expect(buys({ AAA: figures('9e9', { at: later(old, 1) }) })).toMatchObject({ verdict: 'allow' })
    expect(buys({ AAA: figures('9e9', { at: old, declared: true }) })).toMatchObject({ verdict: 'allow' })
    const long = later(NOW, -93 * DAY_MS)
    expect(buys({ AAA: figures('9e9', { at: long, declared: true }) }).reason).toContain(
      'declared on 2023-11-29, older than 92',
    )
    expect(buys({ AAA: figures('NaN') }).reason).toContain('has an ADV of NaN')
    expect(buys({ AAA: figures('9e9', { spread: 0.2 }) }).reason).toContain(
      'it has a spread of 20.0 %, more than 10.0 %',
    )
    expect(buys({ AAA: figures('9e9', { spread: 0.1 }) })).toMatchObject({ verdict: 'allow' })
  })

  it('holds an order to old figures too where there are no others', () => {
    const old = { AAA: figures('100000', { at: later(NOW, -30 * DAY_MS) }) }
    expect(judge(context({ AAA: '1000' }, { AAA: '-1000' }, old))).toMatchObject([
      { leg: 'sell-AAA', multiplier: 0.05 },
    ])
  })

  it('warns of an illiquid holding past its limit that is not traded, and refuses without its input or equity', () => {
    const given = context({ AAA: '300' }, { BBB: '1' }, { BBB: figures('9e9') })
    expect(judge(given)).toMatchObject([
      { leg: null, verdict: 'warn', reason: expect.stringContaining('AAA weighs 3.0 %') },
    ])
    expect(judge(context({}, { AAA: '1' }, undefined))).toMatchObject([
      { leg: null, verdict: 'reject', reason: 'the policy has no section liquidity' },
    ])
    expect(judge({ ...given, equity: money('0') })).toMatchObject([{ leg: 'buy-BBB', verdict: 'reject' }])
    expect(judge({ ...given, specs: {} })).toMatchObject([{ leg: 'buy-BBB', verdict: 'reject' }])
  })

  it('lends the optimiser what an order can reach from what is held, and what an illiquid name may weigh', () => {
    const universe = ['AAA', 'BBB', 'CCC', 'DDD'].map((name) => shareSpec(name))
    const known = byId({ AAA: figures('1000000'), BBB: figures('100000'), CCC: figures('9e12') })
    const held = byId({ AAA: 0.1, BBB: 0.03 })
    const scope = { universe, held, liquidity: { known, equity: money('1000000'), at: NOW } }
    const { weights } = lendingOf([{ name: 'liquidity-adjusted', params: {} }], scope)
    const of = (name: string) => weights.find(({ instrument }) => instrument === instrumentId(name))
    expect(of('AAA')).toMatchObject({ lower: expect.closeTo(0.05, 12), upper: expect.closeTo(0.15, 12) })
    expect(of('BBB')).toMatchObject({ lower: expect.closeTo(0.025, 12), upper: 0.03 })
    expect(of('CCC')).toMatchObject({ upper: 450_000 })
    expect(of('DDD')).toMatchObject({ lower: -0.02, upper: 0.02 })
    expect(lendingOf([{ name: 'liquidity-adjusted', params: {} }], { universe, held }).weights).toEqual([])
  })
})
