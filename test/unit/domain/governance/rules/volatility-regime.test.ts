import { describe, expect, it } from 'vitest'
import { ask } from '#domain/governance/judge.js'
import type { Rule, RuleContext } from '#domain/governance/rule.js'
import { volatilityRegime } from '#domain/governance/rules/volatility-regime.js'
import { later } from '#units/time.js'
import { NOW } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const DAY = 86_400_000
type Volatility = NonNullable<RuleContext['volatility']>

/** 100,000 of equity, AAA at 100; legs toward 40 %. */
function judge(held: string, trade: string, volatility: Volatility | undefined) {
  const positions = held === '0' ? {} : ({ AAA: [held, '100'] } as const)
  const plain = contextOf(
    { cash: String(100_000 - 100 * Number(held)), positions, prices: { AAA: '100' } },
    { AAA: trade },
  )
  const legs = plain.plan.legs.map((leg) => ({ ...leg, targetWeight: 0.4 }))
  const context = { ...plain, plan: { ...plain.plan, legs }, ...(volatility && { volatility }) }
  return ask(volatilityRegime as Rule<unknown>, {}, context)
}
const at = (multiplier: number, changes: Partial<Volatility> = {}): Volatility => ({
  reading: { level: 30, multiplier, asOf: NOW },
  ...{ sized: 1, maxAgeMs: 4 * DAY },
  ...changes,
})
const missing: Volatility = { reading: null, sized: 1, maxAgeMs: 4 * DAY }

describe('volatility-regime', () => {
  it('leaves of plain targets what the index does, and says at which level', () => {
    expect(judge('0', '400', at(0.75))).toEqual([
      {
        ...{ rule: 'volatility-regime', leg: 'buy-AAA', verdict: 'resize', multiplier: 0.75 },
        reason: 'AAA would weigh 40.0 %, more than the 30.0 % that volatility at 30.00 leaves',
        evidence: { after: 0.4, limit: 0.3, multiplier: 0.75, sized: 1, level: 30 },
      },
    ])
    expect(judge('0', '400', at(0.75, { sized: 0.75 }))).toMatchObject([{ verdict: 'allow' }])
    expect(judge('0', '400', at(0.75, { sized: 0.5 }))).toMatchObject([{ verdict: 'allow' }])
  })

  it('says nothing where the policy does not ask, or at a calm level', () => {
    expect(judge('0', '400', undefined)).toMatchObject([{ verdict: 'allow' }])
    expect(judge('0', '400', at(1))).toMatchObject([{ verdict: 'allow' }])
  })

  it('lets nothing add risk before the first reading, and everything reduce it', () => {
    const [row] = judge('100', '300', missing)
    expect(row).toMatchObject({ verdict: 'resize', multiplier: 0 })
    expect(row?.reason).toContain('a missing volatility leaves')
    expect(judge('100', '-60', missing)).toMatchObject([{ verdict: 'allow' }])
    expect(judge('100', '-150', missing)).toMatchObject([{ verdict: 'resize', multiplier: expect.closeTo(2 / 3, 9) }])
    expect(judge('100', '300', at(Number.NaN))).toMatchObject([{ verdict: 'resize', multiplier: 0 }])
  })

  it('keeps what a stale reading reduced, and warns', () => {
    const asOf = later(NOW, -4 * DAY)
    expect(judge('0', '400', at(0.75, { reading: { level: 30, multiplier: 0.75, asOf } }))).toHaveLength(1)
    const old = at(0.75, { reading: { level: 30, multiplier: 0.75, asOf: later(asOf, -1) } })
    expect(judge('0', '400', old)).toMatchObject([
      { verdict: 'resize', multiplier: 0.75 },
      { leg: null, verdict: 'warn', reason: expect.stringMatching(/^volatility was last read at 2024-02-26/) },
    ])
  })
})
