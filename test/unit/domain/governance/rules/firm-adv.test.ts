import { describe, expect, it } from 'vitest'
import { ask } from '#domain/governance/judge.js'
import type { Rule, RuleContext } from '#domain/governance/rule.js'
import { firmAdv } from '#domain/governance/rules/firm-adv.js'
import type { Known } from '#domain/liquidity/liquidity.js'
import { money } from '#units/money.js'
import { DAY_MS, later } from '#units/time.js'
import { byId, NOW } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const figures = (adv: string, more: Partial<Known> = {}): Known => ({
  ...{ adv: money(adv), spread: null, at: NOW, declared: false },
  ...more,
})

/** 1,000,000 of equity, 1,000 AAA held; every price 100. `ordered` is what all portfolios ordered this day, by name. */
function context(
  trades: Readonly<Record<string, string>>,
  known: Readonly<Record<string, Known>>,
  ordered: Readonly<Record<string, string>> = {},
): RuleContext {
  const prices = { AAA: '100', BBB: '100' }
  const plain = contextOf({ cash: '900000', positions: { AAA: ['1000', '100'] }, prices }, trades)
  const names = Object.fromEntries(Object.entries(ordered).map(([name, value]) => [name, money(value)]))
  const value = { own: money('0'), firm: money('0') }
  const sent = { orders: { own: 0, firm: 0 }, value, names: byId(names) }
  return { ...plain, liquidity: byId(known), sent }
}
const judge = (given: RuleContext) => ask(firmAdv as Rule<unknown>, firmAdv.schema.parse({}), given)

describe('firm-adv', () => {
  it('lets all portfolios order a tenth of what a name trades a day, exactly, and the rest waits', () => {
    const known = { BBB: figures('2000000') }
    expect(judge(context({ BBB: '500' }, known, { BBB: '150000' }))).toMatchObject([{ verdict: 'allow' }])
    const [row] = judge(context({ BBB: '500' }, known, { BBB: '160000' }))
    expect(row).toMatchObject({ leg: 'buy-BBB', verdict: 'resize', multiplier: 0.8, waits: true })
    expect(row!.reason).toBe('all portfolios would order 10.5 % of the 2000000 that BBB trades a day, more than 10.0 %')
    expect(judge(context({ BBB: '500' }, known, { BBB: '300000' }))).toMatchObject([{ multiplier: 0, waits: true }])
  })

  it('opens nothing of a name whose ADV nobody knows or is too old, and lets it be sold', () => {
    expect(judge(context({ BBB: '1' }, {}))).toMatchObject([
      { leg: 'buy-BBB', verdict: 'reject', reason: 'BBB has no known liquidity' },
    ])
    expect(judge(context({ AAA: '-1000' }, {}))).toMatchObject([{ leg: 'sell-AAA', verdict: 'warn' }])
    expect(judge(context({ AAA: '-1250' }, {}))).toMatchObject([
      { leg: 'sell-AAA', verdict: 'resize', multiplier: 0.8 },
    ])
    const old = { AAA: figures('500000', { at: later(NOW, -6 * DAY_MS) }) }
    expect(judge(context({ AAA: '-1000' }, old)).map(({ verdict }) => verdict)).toEqual(['warn', 'resize'])
    expect(judge(context({ BBB: '1' }, { BBB: figures('NaN') }))).toMatchObject([{ verdict: 'reject' }])
  })

  it('lets a liquidation through with a warning', () => {
    const given = context({ AAA: '-1000' }, { AAA: figures('10000') })
    expect(judge({ ...given, occasion: { ...given.occasion, type: 'liquidate' } })).toMatchObject([{ verdict: 'warn' }])
  })

  it('drops for good what is less than a lot, and refuses without its inputs', () => {
    const [row] = judge(context({ BBB: '5' }, { BBB: figures('900') }))
    expect(row).toMatchObject({ verdict: 'resize', multiplier: 0 })
    expect(row).not.toHaveProperty('waits')
    const { liquidity: _, ...blind } = context({ BBB: '5' }, {})
    expect(judge(blind)).toMatchObject([
      { leg: null, verdict: 'reject', reason: 'the policy has no section liquidity' },
    ])
    const { sent: __, ...uncounted } = context({ BBB: '5' }, {})
    expect(judge(uncounted)).toMatchObject([
      { leg: null, verdict: 'reject', reason: 'what has been sent before is not known' },
    ])
  })
})
