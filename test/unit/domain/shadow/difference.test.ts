import { describe, expect, it } from 'vitest'
import { differenceOf, isSame } from '#domain/shadow/difference.js'
import { targetsOf } from '../../../support/books.js'
import { leg, side } from './records.js'

const judged = (rule: string, verdict: 'allow' | 'warn' | 'resize' | 'reject', on: string | null = null) => ({
  ...{ rule, leg: on, verdict, reason: `${rule} says ${verdict}` },
})

describe('what a candidate does otherwise', () => {
  it('is in its targets: how much of equity is elsewhere, and which names, the largest gap first', () => {
    const live = side({ targets: targetsOf({ AAA: 0.5, BBB: 0.3, CCC: 0.1 }) })
    const shadow = side({ targets: targetsOf({ AAA: 0.35, BBB: 0.3, DDD: 0.1 }) })
    const { distance, targets } = differenceOf(live, shadow)
    expect(distance).toBeCloseTo((0.15 + 0.1 + 0.1 + 0.15) / 2, 12)
    expect(targets.map(({ name }) => name)).toEqual(['CASH', 'AAA', 'CCC', 'DDD'])
    expect(targets[1]).toEqual({ name: 'AAA', live: 0.5, shadow: 0.35 })
    expect(targets[3]).toEqual({ name: 'DDD', live: 0, shadow: 0.1 })
  })

  it('is not in targets that one side does not have', () => {
    const { distance, targets } = differenceOf(side({ targets: targetsOf({ AAA: 0.5 }) }), side())
    expect([distance, targets]).toEqual([null, []])
  })

  it('is in trades of one side only, and in other quantities of both; what nothing was left of is no trade', () => {
    const live = side({ legs: [leg('sell-AAA', '10'), leg('buy-BBB', '5'), leg('buy-CCC', '0', '7')] })
    const shadow = side({ legs: [leg('sell-AAA', '12'), leg('buy-CCC', '7'), leg('buy-BBB', '0', '5')] })
    expect(differenceOf(live, shadow)).toMatchObject({
      onlyLive: ['buy-BBB'],
      onlyShadow: ['buy-CCC'],
      resized: [{ leg: 'sell-AAA', live: '10', shadow: '12' }],
    })
  })

  it('is in the most severe verdict of a rule, and in turnover and cost, candidate less live', () => {
    const live = side({ judgements: [judged('a', 'allow'), judged('b', 'resize', 'x'), judged('b', 'warn')] })
    const shadow = side({ judgements: [judged('a', 'allow'), judged('b', 'reject'), judged('c', 'warn')] })
    const found = differenceOf({ ...live, turnover: 0.25, cost: '12.50' }, { ...shadow, turnover: 0.125, cost: '2.25' })
    expect(found.verdicts).toEqual([
      { rule: 'b', live: 'resize', shadow: 'reject' },
      { rule: 'c', live: null, shadow: 'warn' },
    ])
    expect([found.turnover, found.cost]).toEqual([-0.125, '-10.25'])
  })

  it('is nothing between equal sides, and one plan that ends otherwise is not the same', () => {
    const live = side({ plan: 'abc', targets: targetsOf({ AAA: 0.5 }), legs: [leg('buy-AAA', '5')] })
    expect(isSame(live, live, differenceOf(live, live))).toBe(true)
    const others = [
      { ...live, status: 'AWAITING_APPROVAL' as const },
      { ...live, plan: 'abd' },
      { ...live, legs: [leg('buy-AAA', '4', '5')] },
      { ...live, targets: targetsOf({ AAA: 0.5000001 }) },
      { ...live, judgements: [judged('a', 'warn')] },
    ]
    for (const shadow of others) expect(isSame(live, shadow, differenceOf(live, shadow))).toBe(false)
  })
})
