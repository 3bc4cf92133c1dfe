import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { approvedOrder, govern } from '#domain/governance/govern.js'
import { ask } from '#domain/governance/judge.js'
import { fractionKept, keptOf } from '#domain/governance/multiplier.js'
import type { Judgement, Rule } from '#domain/governance/rule.js'
import type { Order } from '#domain/order.js'
import { price, quantity } from '#units/money.js'
import { simpleCosts } from '../../../support/books.js'
import { contextOf } from './cases.js'

const context = contextOf({ cash: '10000', prices: { AAA: '100', BBB: '10' } }, { AAA: '50', BBB: '100' })
const limit = (max: number) => ({ name: 'position-limit', params: { max } })

describe('governing a plan', () => {
  it('passes it untouched when no rule objects, and records that each ran', () => {
    const rules = [limit(0.6), { name: 'minimum-trade', params: {} }, { name: 'price-collar', params: {} }]
    const governed = govern(context, rules, simpleCosts)
    expect(governed.legs).toEqual(context.plan.legs)
    expect([governed.verdict, governed.refused, governed.dropped]).toEqual(['allow', null, []])
    expect(governed.judgements.map((row) => `${row.rule} ${row.verdict}`)).toEqual([
      'minimum-trade allow',
      'position-limit allow',
      'price-collar allow',
    ])
  })

  it('takes the smallest multiplier, and prices the rest anew', () => {
    const governed = govern(context, [limit(0.4), limit(0.2), limit(0.3)], simpleCosts)
    expect(governed.legs[0]).toMatchObject({ id: 'buy-AAA' })
    expect(governed.legs.map((leg) => [leg.quantity, leg.value, leg.cost.total].map((n) => n.toFixed()))).toEqual([
      ['20', '2000', '2'],
      ['100', '1000', '1'],
    ])
    expect(governed.verdict).toBe('resize')
  })

  it.each([
    [{ name: 'full-moon', params: {} }, 'full-moon: no rule is called full-moon'],
    [{ name: 'toString', params: {} }, 'toString: no rule is called toString'],
    [{ name: 'position-limit', params: { max: -1 } }, 'position-limit: max:'],
    [{ name: 'position-limit', params: { maximum: 0.2 } }, 'position-limit:'],
  ])('refuses the whole plan on the rule %j', (rule, reason) => {
    const governed = govern(context, [limit(0.9), rule], simpleCosts)
    expect(governed.refused).toContain(reason)
    expect([governed.legs, governed.verdict]).toEqual([[], 'reject'])
    expect(governed.dropped.map((leg) => leg.instrument)).toEqual(['AAA', 'BBB'])
  })

  it('names the same reason for a refusal in whatever order the rules are asked', () => {
    const [a, b] = [
      { name: 'eclipse', params: {} },
      { name: 'full-moon', params: {} },
    ]
    expect(govern(context, [b, a], simpleCosts).refused).toBe('eclipse: no rule is called eclipse')
    expect(govern(context, [a, b], simpleCosts).refused).toBe('eclipse: no rule is called eclipse')
  })

  it('refuses the whole plan when a rule throws', () => {
    const broken = { ...context, view: null as unknown as typeof context.view }
    const governed = govern(broken, [{ name: 'price-collar', params: {} }], simpleCosts)
    expect(governed.refused).toContain('price-collar: the rule failed:')
    expect(governed.legs).toEqual([])
  })

  it('approves everything only when there is no rule to ask', () => {
    expect(govern(context, [], simpleCosts)).toMatchObject({ verdict: 'allow', refused: null, judgements: [] })
  })
})

describe('a rule that wants a person to approve', () => {
  const wants = (leg: string | null): Judgement => ({
    ...{ rule: 'cvar-limit', leg, verdict: 'approve', multiplier: 1 },
    ...{ reason: 'CVaR would be 5 %', evidence: {} },
  })
  const ids = (standing: Judgement, consents?: (judgement: Judgement) => boolean) => {
    const { legs, refused, verdict } = govern(context, [], simpleCosts, [standing], consents)
    return [legs.map(({ id }) => id), refused, verdict]
  }

  it('stops its leg, or the plan, while nobody has been asked', () => {
    expect(ids(wants('buy-AAA'))).toEqual([['buy-BBB'], null, 'approve'])
    expect(ids(wants(null))).toEqual([[], 'cvar-limit: CVaR would be 5 %', 'approve'])
  })

  it('stops nothing that people agree to, and what it says stays on record', () => {
    const agreed = ({ rule, leg }: Judgement): boolean => rule === 'cvar-limit' && leg === 'buy-AAA'
    expect(ids(wants('buy-AAA'), agreed)).toEqual([['buy-AAA', 'buy-BBB'], null, 'approve'])
    expect(ids(wants('buy-BBB'), agreed)).toEqual([['buy-AAA'], null, 'approve'])
    expect(ids(wants(null), agreed)).toEqual([[], 'cvar-limit: CVaR would be 5 %', 'approve'])
    expect(ids({ ...wants('buy-AAA'), verdict: 'reject' }, () => true)[0]).toEqual(['buy-BBB'])
  })
})

describe('asking a rule that is wrong', () => {
  const saying = (change: object): Rule<unknown> => ({
    name: 'wrong',
    summary: 'For tests.',
    schema: z.unknown(),
    judge: () => [
      { rule: 'wrong', leg: 'buy-AAA', verdict: 'resize', multiplier: 0.5, reason: 'half', evidence: {}, ...change },
    ],
  })

  it.each([
    [{ multiplier: 1.5 }, 'the rule gave the multiplier 1.5'],
    [{ multiplier: -0.1 }, 'the rule gave the multiplier -0.1'],
    [{ multiplier: Number.NaN }, 'the rule gave the multiplier NaN'],
    [{ leg: 'buy-ZZZ' }, 'the rule judged buy-ZZZ, which is not planned'],
    [{ verdict: 'shrug' }, 'the rule gave the verdict shrug'],
  ])('rejects the plan on %o', (change, reason) => {
    expect(ask(saying(change), {}, context)).toEqual([
      { rule: 'wrong', leg: null, verdict: 'reject', multiplier: 1, reason, evidence: {} },
    ])
  })

  it('takes a sensible judgement as it is', () => {
    expect(ask(saying({}), {}, context)).toMatchObject([{ leg: 'buy-AAA', multiplier: 0.5 }])
  })
})

describe('multipliers', () => {
  it('lead back to the lots they were made of, for every pair up to 300', () => {
    const lot = quantity('1')
    for (let planned = 1; planned <= 300; planned += 1)
      for (let kept = 0; kept <= planned; kept += 1) {
        const fraction = fractionKept(quantity(String(kept)), quantity(String(planned)))
        expect(keptOf(quantity(String(planned)), fraction, lot).toNumber()).toBe(kept)
      }
  })

  it('stay within [0, 1]', () => {
    expect(fractionKept(quantity('3'), quantity('2'))).toBe(1)
    expect(fractionKept(quantity('0'), quantity('0'))).toBe(0)
    expect(keptOf(quantity('7'), 2, quantity('1')).toNumber()).toBe(7)
    expect(keptOf(quantity('7'), -1, quantity('1')).toNumber()).toBe(0)
  })
})

describe('an approved order', () => {
  const leg = govern(context, [], simpleCosts).legs[0]!
  const order = (change: object): Order => ({ id: 'X', body: { ...leg, leg: leg.id, ...change } }) as unknown as Order

  it('is one for the approved leg, or for part of it', () => {
    expect(approvedOrder(leg, order({ quantity: quantity('49') })).id).toBe('X')
  })

  it.each([
    [{ quantity: quantity('51') }, 'larger'],
    [{ limit: price('103') }, 'not the approved'],
    [{ side: 'sell' }, 'not the approved'],
    [{ leg: 'buy-BBB' }, 'not the approved'],
  ])('is refused with %o', (change, message) => {
    expect(() => approvedOrder(leg, order(change))).toThrow(message)
  })
})
