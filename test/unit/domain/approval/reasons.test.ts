import { describe, expect, it } from 'vitest'
import { approvalReasons, type Proposal } from '#domain/approval/reasons.js'
import type { Judgement } from '#domain/governance/rule.js'
import type { Leg } from '#domain/plan/plan.js'
import type { ApprovalPolicy } from '#domain/policy.js'
import { instrumentId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'

const leg = (id: string, value: string): Leg => {
  const [side, instrument] = id.split('-') as ['buy' | 'sell', string]
  return {
    ...{ id, side, instrument: instrumentId(instrument), value: money(value), quantity: quantity('1') },
    ...{ arrival: price(value), limit: price(value), heldWeight: 0, targetWeight: 0 },
  } as unknown as Leg
}
const policy = (approval?: Partial<ApprovalPolicy>, mode: 'paper' | 'live' = 'paper'): Proposal['policy'] => ({
  ...{ mode, currency: 'USD' },
  ...(approval && {
    approval: {
      ...{ turnover: null, notional: null, symbols: [], firstLiveRun: false, approvers: 1, expiresAfterMs: 1 },
      ...approval,
    },
  }),
})
const judged = (leg: string | null, verdict: Judgement['verdict'] = 'approve'): Judgement => ({
  ...{ rule: 'cvar-limit', leg, verdict, multiplier: 1 },
  ...{ reason: 'CVaR would be 5.00 %', evidence: { cvar: 0.05, max: 0.04 } },
})
const reasons = (changes: Partial<Proposal>) =>
  approvalReasons({
    ...{ legs: [leg('sell-AAA', '1000'), leg('buy-BBB', '600'), leg('buy-CCC', '300')], judgements: [] },
    ...{ equity: money('10000'), policy: policy(), traded: false },
    ...changes,
  })
const codes = (changes: Partial<Proposal>) => reasons(changes).map(({ code }) => code)

describe('a plan', () => {
  it('waits for nobody where nothing says so', () => {
    expect(reasons({})).toEqual([])
    expect(reasons({ policy: policy({}) })).toEqual([])
  })

  it('waits above its limit of one-way turnover, not at it', () => {
    expect(codes({ policy: policy({ turnover: 0.1 }) })).toEqual([])
    expect(reasons({ policy: policy({ turnover: 0.0999 }) })).toEqual([
      {
        code: 'turnover',
        reason: 'turnover 10.00 % is more than 9.99 %',
        figures: { turnover: 0.1, limit: 0.0999 },
      },
    ])
    expect(codes({ policy: policy({ turnover: 0 }) })).toEqual(['turnover'])
  })

  it('measures the larger side, and knows ties that floats cannot tell', () => {
    const legs = [leg('buy-AAA', '300'), leg('sell-BBB', '100')]
    const at = (turnover: number) => codes({ legs, equity: money('1000'), policy: policy({ turnover }) })
    expect([at(0.3), at(0.29999999)]).toEqual([[], ['turnover']])
    const tie = { legs: [leg('buy-AAA', '0.3')], equity: money('1'), policy: policy({ turnover: 0.1 + 0.2 }) }
    expect(codes(tie)).toEqual([])
  })

  it('waits above its limit of value, both sides together, not at it', () => {
    expect(codes({ policy: policy({ notional: money('1900') }) })).toEqual([])
    expect(reasons({ policy: policy({ notional: money('1899.99') }) })).toEqual([
      {
        code: 'notional',
        reason: 'trades of 1,900.00 USD are more than 1,899.99',
        figures: { notional: '1900.00', limit: '1899.99' },
      },
    ])
  })

  it('waits when a watched name trades, and names it', () => {
    const watched = (...names: string[]) => policy({ symbols: names.map(instrumentId) })
    expect(reasons({ policy: watched('CCC', 'ZZZ') })).toEqual([
      { code: 'symbol', reason: 'CCC trades only when a person agrees', figures: { symbols: 'CCC' } },
    ])
    expect(reasons({ policy: watched('CCC', 'AAA') })[0]?.reason).toBe('AAA and CCC trade only when a person agrees')
    expect(codes({ policy: watched('ZZZ') })).toEqual([])
  })

  it('waits in mode live until it has traded once, and never in paper', () => {
    const first = (mode: 'paper' | 'live', traded: boolean) =>
      codes({ policy: policy({ firstLiveRun: true }, mode), traded })
    expect([first('live', false), first('live', true), first('paper', false)]).toEqual([['first-live-run'], [], []])
    expect(codes({ policy: policy({ firstLiveRun: false }, 'live') })).toEqual([])
  })

  it('waits when a rule says approve, of the plan or of a leg that would trade, with the figures of the rule', () => {
    const [reason] = reasons({ judgements: [judged(null)] })
    expect(reason).toEqual({
      code: 'rule',
      reason: 'cvar-limit: CVaR would be 5.00 %',
      figures: { cvar: 0.05, max: 0.04 },
      by: { rule: 'cvar-limit', leg: null },
    })
    expect(codes({ judgements: [judged('buy-BBB'), judged('buy-ZZZ')] })).toEqual(['rule'])
    for (const verdict of ['allow', 'warn', 'resize', 'reject'] as const)
      expect(codes({ judgements: [judged(null, verdict)] })).toEqual([])
  })

  it('gives every reason there is, and none where nothing would trade', () => {
    const all = {
      policy: policy({ turnover: 0, notional: money('0'), symbols: [instrumentId('AAA')], firstLiveRun: true }, 'live'),
      judgements: [judged(null)],
    }
    expect(codes(all)).toEqual(['turnover', 'notional', 'symbol', 'first-live-run', 'rule'])
    expect(codes({ ...all, legs: [] })).toEqual([])
  })
})
