import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { simpleCosts, viewOf } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const judge = (context: RuleContext) => govern(context, [{ name: 'price-collar', params: {} }], simpleCosts)
const at = (collar: number, units = '10'): RuleContext =>
  contextOf({ cash: '10000', prices: { AAA: '100' }, terms: { shortable: true }, orders: { collar } }, { AAA: units })

describe('the price collar', () => {
  it('passes a limit exactly 5 % away on either side, and rejects the next cent', () => {
    expect(judge(at(0.05)).legs).toHaveLength(1)
    expect(judge(at(0.0501)).legs).toHaveLength(0)
    expect(judge(at(0.05, '-10')).legs).toHaveLength(1)
    expect(judge(at(0.0501, '-10')).legs).toHaveLength(0)
  })

  it('rejects the leg, not the plan, and shows the figures', () => {
    const governed = judge(at(0.06))
    expect(governed.refused).toBeNull()
    expect(governed.verdict).toBe('reject')
    expect(governed.judgements[0]).toMatchObject({
      leg: 'buy-AAA',
      reason: 'buy-AAA has a limit 6.00 % from the last price',
      evidence: { limit: '106', last: '100', maxDeviation: 0.05 },
    })
  })

  it('rejects a leg whose price has gone stale or missing', () => {
    const stale = judge({ ...at(0.02), view: viewOf({ AAA: '100' }, { AAA: 2 }) })
    expect(stale.judgements[0]).toMatchObject({ verdict: 'reject', evidence: { code: 'price_stale' } })
    const missing = judge({ ...at(0.02), view: viewOf({}) })
    expect(missing.judgements[0]).toMatchObject({ verdict: 'reject', evidence: { code: 'price_missing' } })
    expect([...stale.legs, ...missing.legs]).toEqual([])
  })
})
