import { describe, expect, it } from 'vitest'
import { collarPrice, legOf, resizedLeg } from '#domain/plan/leg.js'
import { planRebalance } from '#domain/plan/rebalance.js'
import { reservationFor } from '#domain/plan/reservation.js'
import { instrumentId } from '#units/ids.js'
import { price, quantity } from '#units/money.js'
import { planInput, shareSpec, simpleCosts } from '../../../support/books.js'

describe('a collared limit price', () => {
  it.each([
    ['buy', '100', '0.01', '102'],
    ['sell', '100', '0.01', '98'],
    ['buy', '33.33', '0.05', '33.95'], // 33.9966 down
    ['sell', '33.33', '0.05', '32.7'], // 32.6634 up
  ] as const)(
    'of a %s at %s on a tick of %s is %s, on the tick and inside the collar',
    (side, arrival, tick, limit) => {
      expect(collarPrice(side, price(arrival), 0.02, price(tick)).toFixed()).toBe(limit)
    },
  )

  it('keeps an instrument priced below one tick out of the plan', () => {
    const plan = planRebalance(planInput({ cash: '10', prices: { AAA: '0.004' }, targets: { AAA: 0.5 } }))
    expect(plan.skipped.map((leg) => [leg.reason, leg.detail])).toEqual([
      ['frozen', 'AAA is priced below one tick of 0.01'],
    ])
  })
})

const spec = shareSpec('AAA')
const trade = {
  instrument: instrumentId('AAA'),
  side: 'buy',
  quantity: quantity('10'),
  arrival: price('100'),
  heldWeight: 0,
  targetWeight: 0.1,
} as const

describe('a leg', () => {
  it('carries value and cost at the arrival price', () => {
    const leg = legOf(trade, spec, 0.02, simpleCosts)
    expect([leg.id, leg.value.toFixed(), leg.cost.total.toFixed()]).toEqual(['buy-AAA', '1000', '1'])
  })

  it('is priced anew for another quantity, at the same limit', () => {
    const leg = resizedLeg(legOf(trade, spec, 0.02, simpleCosts), quantity('4'), spec, simpleCosts)
    expect([leg.quantity.toFixed(), leg.limit.toFixed(), leg.value.toFixed(), leg.cost.total.toFixed()]).toEqual([
      '4',
      '102',
      '400',
      '0.4',
    ])
  })
})

describe('a reservation', () => {
  it('is quantity × limit and the cost of it for a buy, nothing for a sell', () => {
    const leg = legOf(trade, spec, 0.02, simpleCosts)
    expect(reservationFor(leg, spec, simpleCosts).toFixed()).toBe('1021.02')
    expect(reservationFor({ ...leg, side: 'sell' }, spec, simpleCosts).toFixed()).toBe('0')
  })
})
