import { describe, expect, it } from 'vitest'
import { govern } from '#domain/governance/govern.js'
import { ask } from '#domain/governance/judge.js'
import type { Judgement, Rule, RuleContext } from '#domain/governance/rule.js'
import { dailyLossLimit } from '#domain/governance/rules/daily-loss.js'
import { drawdownLimit } from '#domain/governance/rules/drawdown.js'
import { DAY_MS, later } from '#units/time.js'
import { simpleCosts } from '../../../../support/books.js'
import { contextOf } from '../cases.js'

const PRICES = { AAA: '100', BBB: '50' }

/** 100,000 of equity at these prices; legs toward these weights, at a drawdown that counts. */
function context(
  positions: Readonly<Record<string, readonly [string, string]>>,
  trades: Readonly<Record<string, string>>,
  target: Readonly<Record<string, number>>,
  counted?: number,
  sized = 1,
): RuleContext {
  const held = Object.values(positions).reduce((sum, [units, paid]) => sum + Number(units) * Number(paid), 0)
  const plain = contextOf({ cash: String(100_000 - held), positions, prices: PRICES }, trades)
  const legs = plain.plan.legs.map((leg) => ({ ...leg, targetWeight: target[leg.instrument] ?? 0 }))
  const drawdown = counted === undefined ? {} : { drawdown: { counted, sized, asOf: plain.at } }
  return { ...plain, plan: { ...plain.plan, legs }, ...drawdown }
}
const judge = (given: RuleContext, params: object = {}): readonly Judgement[] =>
  ask(drawdownLimit as Rule<unknown>, drawdownLimit.schema.parse(params), given)

describe('drawdown', () => {
  it('leaves all of a target up to a quarter of its limit, and less and less beyond it', () => {
    const buys = (counted: number) => judge(context({}, { AAA: '400' }, { AAA: 0.4 }, counted))
    expect(buys(0.05)).toMatchObject([{ verdict: 'allow' }])
    expect(buys(0.1)).toMatchObject([{ leg: 'buy-AAA', verdict: 'resize', multiplier: 0.75 }])
    expect(buys(0.1)[0]?.reason).toBe('AAA would weigh 40.0 %, more than the 30.0 % that a drawdown of 10.0 % leaves')
    expect(buys(0.15)).toMatchObject([{ multiplier: 0.5 }])
  })

  it('adds no risk from its limit on, however little is held, and says why', () => {
    const [row] = judge(context({ AAA: ['10', '100'] }, { AAA: '5' }, { AAA: 0.4 }, 0.2))
    expect(row).toMatchObject({ leg: 'buy-AAA', verdict: 'reject', evidence: { drawdown: 0.2, max: 0.2 } })
    expect(row?.reason).toBe('the drawdown is 20.0 %, its limit 20.0 %')
    expect(judge(context({}, { AAA: '-5' }, { AAA: -0.4 }, 0.5))).toMatchObject([
      { leg: 'sell-AAA', verdict: 'reject' },
    ])
  })

  it('lets sales and covers pass always, and of a trade through zero that part', () => {
    for (const counted of [0.1, 0.2, 0.6, undefined]) {
      expect(judge(context({ AAA: ['300', '100'] }, { AAA: '-300' }, {}, counted))).toMatchObject([
        { verdict: 'allow' },
      ])
      expect(judge(context({ AAA: ['-30', '100'] }, { AAA: '30' }, {}, counted))).toMatchObject([{ verdict: 'allow' }])
    }
    const through = context({ AAA: ['100', '100'] }, { AAA: '-400' }, { AAA: -0.3 }, 0.2)
    expect(judge(through)).toMatchObject([{ leg: 'sell-AAA', verdict: 'resize', multiplier: 0.25 }])
  })

  it('lets targets pass that the same drawdown, or a tighter hand, has sized already', () => {
    expect(judge(context({}, { AAA: '300' }, { AAA: 0.3 }, 0.1, 0.75))).toMatchObject([{ verdict: 'allow' }])
    expect(judge(context({}, { AAA: '200' }, { AAA: 0.2 }, 0.1, 0.5))).toMatchObject([{ verdict: 'allow' }])
    expect(judge(context({}, { AAA: '300' }, { AAA: 0.3 }, 0.1014, 0.75))).toMatchObject([{ verdict: 'allow' }])
    expect(judge(context({}, { AAA: '300' }, { AAA: 0.3 }, 0.15, 0.75))).toMatchObject([
      { verdict: 'resize', multiplier: expect.closeTo(2 / 3, 2) },
    ])
  })

  it('rejects what would add risk where the drawdown is missing, no number, too old, or nothing is worth anything', () => {
    const buy = (counted?: number) => context({}, { AAA: '400' }, { AAA: 0.4 }, counted)
    const old = { ...buy(0), at: later(buy(0).at, 4 * DAY_MS + 1) }
    for (const given of [buy(), buy(Number.NaN), old, { ...buy(0), equity: buy(0).equity.times(0) as never }])
      expect(judge(given)).toMatchObject([{ leg: 'buy-AAA', verdict: 'reject' }])
    expect(judge({ ...old, at: later(old.at, -1) })).toMatchObject([{ verdict: 'allow' }])
    expect(judge(old)[0]?.reason).toBe('the drawdown was measured 4.0 days ago, longer than 4')
  })
})

describe('daily-loss', () => {
  const at = (made: number | null, params: object = {}) => {
    const given = context({}, { AAA: '100' }, { AAA: 0.1 })
    const seen = { ...given, session: { made, asOf: given.at } }
    return { seen, rows: ask(dailyLossLimit as Rule<unknown>, dailyLossLimit.schema.parse(params), seen) }
  }

  it('warns from one loss on and refuses from another, exactly', () => {
    expect(at(-0.0299).rows).toMatchObject([{ verdict: 'allow' }])
    expect(at(-0.03).rows).toMatchObject([{ leg: null, verdict: 'warn' }])
    expect(at(-0.05).rows).toMatchObject([{ leg: null, verdict: 'halt' }])
    expect(at(-0.05).rows[0]?.reason).toBe('the session has lost 5.00 % (halt at 5.00 %)')
    expect(at(-0.02, { max: 0.02 }).rows).toMatchObject([{ verdict: 'halt' }])
  })

  it('trades nothing of a plan past it, and all of one whose session nobody has closed before', () => {
    const chosen = [{ name: 'daily-loss', params: {} }]
    expect(govern(at(-0.06).seen, chosen, simpleCosts)).toMatchObject({ legs: [], verdict: 'halt' })
    expect(govern(at(null).seen, chosen, simpleCosts).legs).toHaveLength(1)
  })

  const says = (given: RuleContext) => ask(dailyLossLimit as Rule<unknown>, dailyLossLimit.schema.parse({}), given)
  const liquidating = (given: RuleContext): RuleContext => ({
    ...given,
    occasion: { ...given.occasion, type: 'liquidate' },
  })

  it('rejects what adds where the figure is missing, no number or too old, and lets what reduces pass', () => {
    const { seen } = at(-0.01)
    const { session: _, ...without } = seen
    const selling = context({ AAA: ['300', '100'] }, { AAA: '-100' }, { AAA: 0.2 })
    const through = context({ AAA: ['100', '100'] }, { AAA: '-400' }, { AAA: -0.3 })
    const oldest = { ...seen, at: later(seen.at, 4 * DAY_MS) }
    expect(says(oldest)).toMatchObject([{ verdict: 'allow' }])
    for (const given of [without, at(Number.NaN).seen, { ...oldest, at: later(oldest.at, 1) }]) {
      expect(says(given)).toMatchObject([{ leg: 'buy-AAA', verdict: 'reject' }])
      const seeing = ({ book, plan }: RuleContext): RuleContext => ({ ...given, book, plan })
      expect(says(seeing(selling))).toMatchObject([{ leg: null, verdict: 'warn' }])
      expect(says(seeing(through))).toMatchObject([{ leg: 'sell-AAA', verdict: 'resize', multiplier: 0.25 }])
      expect(says(liquidating(given))).toMatchObject([{ leg: null, verdict: 'warn' }])
    }
  })

  it('does not hold a liquidation to it, and says so', () => {
    const [row] = says(liquidating(at(-0.06).seen))
    expect(row).toMatchObject({ leg: null, verdict: 'warn' })
    expect(row?.reason).toBe('the session has lost 6.00 % (halt at 5.00 %); a liquidation is not held to it')
  })
})
