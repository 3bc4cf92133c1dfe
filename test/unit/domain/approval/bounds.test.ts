import { describe, expect, it } from 'vitest'
import { approvalBounds, heldBounds } from '#domain/approval/bounds.js'
import { keptOf } from '#domain/governance/multiplier.js'
import type { Leg } from '#domain/plan/plan.js'
import type { Run } from '#domain/run.js'
import { instrumentId } from '#units/ids.js'
import { quantity } from '#units/money.js'
import { bookOf, shareSpec } from '../../../support/books.js'

const leg = (id: string, units: string, targetWeight = 0): Leg =>
  ({
    id,
    targetWeight,
    side: id.split('-')[0],
    instrument: instrumentId(id.split('-')[1]!),
    quantity: quantity(units),
  }) as Leg
const run = (approved: readonly Leg[], ordered: readonly (readonly [string, string])[] = [], waits = true): Run =>
  ({
    id: 'R-1',
    approved,
    orders: Object.fromEntries(ordered.map(([of, n], i) => [i, { body: { leg: of, quantity: quantity(n) } }])),
    ...(waits && { approval: {} }),
  }) as unknown as Run

describe('what an approval leaves of later legs', () => {
  const approved = [leg('buy-AAA', '100'), leg('buy-BBB', '30')]

  it('is all of them where nobody had to approve', () => {
    expect(approvalBounds(run(approved, [], false), [leg('buy-AAA', '500'), leg('buy-ZZZ', '1')], false)).toEqual([])
  })

  it('is as much as was weighed where a plan might have had to wait', () => {
    const [cut, other] = approvalBounds(run(approved, [], false), [leg('buy-AAA', '101'), leg('buy-ZZZ', '1')], true)
    expect(cut?.reason).toBe('buy-AAA needed no approval at 100')
    expect(other?.reason).toBe('buy-ZZZ is not in the plan that needed no approval')
  })

  it('is as much as was approved, to the lot, and nothing of another name', () => {
    expect(approvalBounds(run(approved), [leg('buy-AAA', '100'), leg('buy-BBB', '29')], true)).toEqual([])
    const [more, other] = approvalBounds(run(approved), [leg('buy-BBB', '31'), leg('buy-ZZZ', '1')], false)
    expect(more).toMatchObject({ rule: 'approval', leg: 'buy-BBB', verdict: 'resize' })
    expect(more).toMatchObject({ reason: 'buy-BBB was approved for 30', evidence: { approved: '30', planned: '31' } })
    expect(keptOf(quantity('31'), more!.multiplier, quantity('1')).toFixed()).toBe('30')
    expect(other).toMatchObject({ verdict: 'reject', reason: 'buy-ZZZ is not in the plan that was approved' })
  })

  it('is less by all that was ordered before, filled or not', () => {
    const later = run(approved, [
      ['buy-AAA', '90'],
      ['buy-AAA', '7'],
      ['buy-BBB', '30'],
    ])
    const [some, none] = approvalBounds(later, [leg('buy-AAA', '12'), leg('buy-BBB', '1')], true)
    expect(some?.reason).toBe('buy-AAA was approved for 100, 97 of it ordered already')
    expect(keptOf(quantity('12'), some!.multiplier, quantity('1')).toFixed()).toBe('3')
    expect([none?.verdict, none?.multiplier]).toEqual(['resize', 0])
    expect(approvalBounds(later, [leg('buy-AAA', '3')], true)).toEqual([])
  })
})

describe('what is still there of sells that were approved', () => {
  const universe = [shareSpec('AAA'), shareSpec('BBB', { shortable: true })]
  const book = bookOf('1000', { AAA: ['40', '10'] })

  it('is what is held, unless the name is wanted short: that it may be is not enough', () => {
    const [cut, ...rest] = heldBounds({ book }, universe, [
      leg('sell-AAA', '50'),
      leg('sell-BBB', '5', -0.1),
      leg('buy-AAA', '9'),
    ])
    expect(rest).toEqual([])
    expect(cut).toMatchObject({ rule: 'approval', leg: 'sell-AAA', reason: '40 AAA are held by now' })
    expect(keptOf(quantity('50'), cut!.multiplier, quantity('1')).toFixed()).toBe('40')
    expect(heldBounds({ book }, universe, [leg('sell-AAA', '40')])).toEqual([])
    expect(heldBounds({ book }, universe, [leg('sell-BBB', '5', 0.1)])[0]?.reason).toBe('0 BBB are held by now')
  })
})
