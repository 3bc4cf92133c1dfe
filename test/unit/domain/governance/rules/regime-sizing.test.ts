import { describe, expect, it } from 'vitest'
import { ask } from '#domain/governance/judge.js'
import type { Rule, RuleContext } from '#domain/governance/rule.js'
import { regimeSizing } from '#domain/governance/rules/regime-sizing.js'
import { contextOf } from '../cases.js'

const PRICES = { AAA: '100', BBB: '50' }

/** 100,000 of equity at these prices; legs toward these weights. */
function context(
  positions: Readonly<Record<string, readonly [string, string]>>,
  trades: Readonly<Record<string, string>>,
  target: Readonly<Record<string, number>>,
  regime: RuleContext['regime'],
): RuleContext {
  const held = Object.values(positions).reduce((sum, [units, paid]) => sum + Number(units) * Number(paid), 0)
  const plain = contextOf({ cash: String(100_000 - held), positions, prices: PRICES }, trades)
  const legs = plain.plan.legs.map((leg) => ({ ...leg, targetWeight: target[leg.instrument] ?? 0 }))
  return { ...plain, plan: { ...plain.plan, legs }, ...(regime === undefined ? {} : { regime }) }
}
const judge = (given: RuleContext) => ask(regimeSizing as Rule<unknown>, {}, given)
const now = (multiplier: number, sized = 1) => ({ regime: 'CHOPPY', multiplier, sized })

describe('regime-sizing', () => {
  it('leaves of targets that were not sized min(m, 1), and says why', () => {
    const [row] = judge(context({}, { AAA: '400' }, { AAA: 0.4 }, now(0.7)))
    expect(row).toMatchObject({ leg: 'buy-AAA', verdict: 'resize', multiplier: 0.7 })
    expect(row?.reason).toBe('AAA would weigh 40.0 %, more than the 28.0 % that CHOPPY leaves')
    expect(judge(context({}, { AAA: '400' }, { AAA: 0.4 }, now(1.2)))).toMatchObject([{ verdict: 'allow' }])
  })

  it('lets targets pass that were sized by what is in force, less or more, and takes back what no longer is', () => {
    for (const multiplier of [0.5, 0.7, 1, 1.2])
      expect(judge(context({}, { AAA: '280' }, { AAA: 0.28 }, now(multiplier, multiplier)))).toMatchObject([
        { verdict: 'allow' },
      ])
    expect(judge(context({}, { AAA: '480' }, { AAA: 0.48 }, now(1, 1.2)))).toMatchObject([
      { verdict: 'resize', multiplier: expect.closeTo(400 / 480, 6) },
    ])
    expect(judge(context({}, { AAA: '440' }, { AAA: 0.44 }, now(1.2, 1.1)))).toMatchObject([{ verdict: 'allow' }])
  })

  it('counts what is held: a name at its share or beyond buys nothing more, and is sold freely', () => {
    const held = { AAA: ['300', '100'] as const }
    expect(judge(context(held, { AAA: '100' }, { AAA: 0.4 }, now(0.7)))).toMatchObject([
      { verdict: 'resize', multiplier: 0 },
    ])
    expect(judge(context(held, { AAA: '100' }, { AAA: 0.4 }, now(0.9)))).toMatchObject([
      { verdict: 'resize', multiplier: 0.6 },
    ])
    expect(judge(context(held, { AAA: '-100' }, { AAA: 0.2 }, now(0.5)))).toMatchObject([{ verdict: 'allow' }])
  })

  it('treats shorts as what they are, and cuts a trade through zero to what it may open', () => {
    expect(judge(context({}, { AAA: '-200' }, { AAA: -0.2 }, now(0.5)))).toMatchObject([
      { leg: 'sell-AAA', multiplier: 0.5 },
    ])
    const long = { AAA: ['100', '100'] as const }
    expect(judge(context(long, { AAA: '-300' }, { AAA: -0.2 }, now(0.5)))).toMatchObject([
      { leg: 'sell-AAA', multiplier: expect.closeTo(2 / 3, 9) },
    ])
    const short = { AAA: ['-200', '100'] as const }
    expect(judge(context(short, { AAA: '100' }, { AAA: -0.1 }, now(0.3)))).toMatchObject([{ verdict: 'allow' }])
  })

  it('has nothing against any plan where the policy says nothing of the regime, and rejects where no weight is known', () => {
    expect(judge(context({}, { AAA: '400' }, { AAA: 0.4 }, undefined))).toMatchObject([{ verdict: 'allow' }])
    const { equity } = contextOf({ cash: '0', positions: {}, prices: PRICES }, {})
    const poor = { ...context({}, { AAA: '1' }, { AAA: 0.4 }, now(0.7)), equity }
    expect(judge(poor)).toMatchObject([{ leg: 'buy-AAA', verdict: 'reject' }])
    const selling = context({ AAA: ['10', '100'] }, { AAA: '-5' }, { AAA: 0.01 }, now(0.7))
    expect(judge({ ...selling, equity })).toMatchObject([{ verdict: 'allow' }])
  })
})
