import { describe, expect, it } from 'vitest'
import { ask } from '#domain/governance/judge.js'
import type { Rule, RuleContext } from '#domain/governance/rule.js'
import { orderRate } from '#domain/governance/rules/order-rate.js'
import type { Sent } from '#domain/governance/sent.js'
import { money } from '#units/money.js'
import { contextOf } from '../cases.js'

const nothing: Sent = { orders: { own: 0, firm: 0 }, value: { own: money('0'), firm: money('0') }, names: {} }
const sent = (orders: Partial<Sent['orders']>, value: Readonly<Record<string, string>> = {}): Sent => ({
  ...nothing,
  orders: { ...nothing.orders, ...orders },
  value: { own: money(value.own ?? '0'), firm: money(value.firm ?? '0') },
})

/** 100,000 of equity, AAA held; every price 100. */
function context(trades: Readonly<Record<string, string>>, before: Sent | undefined = nothing): RuleContext {
  const prices = { AAA: '100', BBB: '100', CCC: '100', DDD: '100' }
  const plain = contextOf({ cash: '50000', positions: { AAA: ['500', '100'] }, prices }, trades)
  return { ...plain, ...(before !== undefined && { sent: before }) }
}
const judge = (given: RuleContext, params: Readonly<Record<string, unknown>> = {}) =>
  ask(orderRate as Rule<unknown>, orderRate.schema.parse(params), given)
const rejected = (rows: ReturnType<typeof judge>) =>
  rows.filter(({ verdict }) => verdict === 'reject').map(({ leg }) => leg)

const TRADES = { AAA: '-100', BBB: '30', CCC: '50', DDD: '40' }

describe('order-rate', () => {
  it('lets through what stays within every limit, exactly at them too', () => {
    const limits = {
      maxOrdersPerMinute: 6,
      maxFirmOrdersPerMinute: 9,
      maxValuePerDay: 0.3,
      maxFirmValuePerDay: '50000',
    }
    const before = sent({ own: 2, firm: 5 }, { own: '8000', firm: '28000' })
    expect(judge(context(TRADES, before), limits)).toMatchObject([{ verdict: 'allow' }])
  })

  it('rejects what comes after the last order of a minute, sells first, then the largest; the rest waits', () => {
    const rows = judge(context(TRADES, sent({ own: 3 })), { maxOrdersPerMinute: 5 })
    expect(rejected(rows)).toEqual(['buy-DDD', 'buy-BBB'])
    expect(rows.every(({ waits }) => waits === true)).toBe(true)
    expect(rows[0]!.reason).toBe('orders in a minute would be 7 with this plan, more than 5')
    expect(rejected(judge(context(TRADES, sent({ own: 0, firm: 7 })), { maxFirmOrdersPerMinute: 8 }))).toEqual([
      'buy-CCC',
      'buy-DDD',
      'buy-BBB',
    ])
  })

  it('counts value by the day, its own against equity and that of all portfolios against a sum', () => {
    expect(rejected(judge(context(TRADES, sent({}, { own: '81001' })), { maxValuePerDay: 1 }))).toEqual([
      'buy-DDD',
      'buy-BBB',
    ])
    const rows = judge(context(TRADES, sent({}, { firm: '981001' })), { maxFirmValuePerDay: '1000000' })
    expect(rejected(rows)).toEqual(['buy-DDD', 'buy-BBB'])
    expect(rows[0]!.reason).toBe('orders of all portfolios this day would be 1003001 with this plan, more than 1000000')
    expect(rejected(judge(context({ AAA: '-100' }, sent({}, { own: '200001' }))))).toEqual(['sell-AAA'])
  })

  it('rejects an order too large to be true for good, whatever else there is room for', () => {
    const rows = judge(context({ BBB: '501', CCC: '10' }))
    expect(rows).toMatchObject([
      { leg: 'buy-BBB', verdict: 'reject', reason: 'buy-BBB is worth 50100.00, more than 50.0 % of equity' },
    ])
    expect(rows[0]).not.toHaveProperty('waits')
    expect(judge(context({ BBB: '500' }))).toMatchObject([{ verdict: 'allow' }])
    expect(rejected(judge(context({ BBB: '90', CCC: '10' }), { maxOrderValue: '8999.99' }))).toEqual(['buy-BBB'])
  })

  it('cuts a sale too large to the largest order there may be, and the rest waits', () => {
    const [row] = judge(context({ AAA: '-400' }), { maxOrder: 0.15 })
    expect(row).toMatchObject({ leg: 'sell-AAA', verdict: 'resize', waits: true, multiplier: 150 / 400 })
    expect(row!.reason).toBe('sell-AAA is worth 40000.00, more than 15.0 % of equity')
    expect(judge(context({ AAA: '-400' }), { maxOrderValue: '12345' })).toMatchObject([
      { verdict: 'resize', multiplier: 123 / 400, reason: 'sell-AAA is worth 40000.00, more than 12345' },
    ])
    const [lot] = judge(context({ AAA: '-400' }), { maxOrderValue: '99' })
    expect(lot).toMatchObject({ verdict: 'resize', multiplier: 0 })
    expect(lot).not.toHaveProperty('waits')
    // Beyond zero it would open: nobody can mean that.
    expect(rejected(judge(context({ AAA: '-501' }), { maxOrder: 0.15 }))).toEqual(['sell-AAA'])
  })

  it('refuses the plan where nobody counts, or equity is not positive, and lets a liquidation through', () => {
    const blind: RuleContext = { ...context(TRADES) }
    delete (blind as { sent?: Sent }).sent
    expect(judge(blind)).toMatchObject([
      { leg: null, verdict: 'reject', reason: 'what has been sent before is not known' },
    ])
    const poor = { ...context(TRADES), equity: money('0') }
    expect(rejected(judge(poor))).toEqual(['buy-CCC', 'buy-DDD', 'buy-BBB'])
    expect(rejected(judge(poor, { maxOrdersPerMinute: 1 })).filter((leg) => leg === 'sell-AAA')).toEqual([])
    expect(rejected(judge({ ...poor, sent: sent({ own: 5 }) }, { maxOrdersPerMinute: 5 }))).toContain('sell-AAA')
    const given = context(TRADES, sent({ own: 999 }))
    expect(judge({ ...given, occasion: { ...given.occasion, type: 'liquidate' } })).toMatchObject([
      { verdict: 'allow' },
    ])
  })
})
