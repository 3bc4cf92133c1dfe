import { describe, expect, it } from 'vitest'
import { conflate } from '#adapters/feed/conflate.js'
import { freshPrice } from '#domain/market.js'
import { instrumentId } from '#units/ids.js'
import { instant } from '#units/time.js'
import { barsOf } from '../../../support/prices.js'

const A = instrumentId('AAA')
const B = instrumentId('BBB')

describe('conflation', () => {
  it('shows the latest price of each instrument with the time it was made', () => {
    const slots = conflate('1d')
    slots.apply(barsOf('2020-01-02', { AAA: '10', BBB: '20' }))
    const second = barsOf('2020-01-03', { AAA: '11.5', BBB: '21' })
    slots.apply(second)
    const view = slots.view(second.at)
    expect([view.session, view.barSize, view.at]).toEqual(['2020-01-03', '1d', second.at])
    expect(view.quotes[A]).toMatchObject({ at: second.at, sessionsOld: 0 })
    expect(view.quotes[A]!.price.toString()).toBe('11.5')
  })

  it('shows the very same quotes until bars come, and then others, those seen before left as they were', () => {
    const slots = conflate('1d')
    slots.apply(barsOf('2020-01-02', { AAA: '10' }))
    const first = slots.view(instant(1)).quotes
    expect(slots.view(instant(2)).quotes).toBe(first)
    slots.apply(barsOf('2020-01-03', { BBB: '20' }))
    const second = slots.view(instant(3)).quotes
    expect([first[A]!.sessionsOld, second[A]!.sessionsOld, B in first]).toEqual([0, 1, false])
  })

  it('counts the sessions an instrument has gone without a price, and one too many makes it stale', () => {
    const slots = conflate('1d')
    slots.apply(barsOf('2020-01-02', { AAA: '10', BBB: '20' }))
    for (const [session, age] of [
      ['2020-01-03', 1],
      ['2020-01-06', 2],
    ] as const) {
      const bars = barsOf(session, { AAA: '10' })
      slots.apply(bars)
      const view = slots.view(bars.at)
      expect(view.quotes[A]!.sessionsOld).toBe(0)
      expect(view.quotes[B]!.sessionsOld).toBe(age)
      expect(freshPrice(view, B).ok).toBe(age === 1)
    }
    slots.apply(barsOf('2020-01-07', { BBB: '21' }))
    expect(slots.view(instant(0)).quotes[B]!.sessionsOld).toBe(0)
  })

  it('keeps the last good price when a bad one comes, and counts the bad ones by reason', () => {
    const slots = conflate('1d')
    slots.apply(barsOf('2020-01-02', { AAA: '10', BBB: '20' }))
    const dropped = slots.apply(barsOf('2020-01-03', { AAA: '0', BBB: 'NaN' }))
    expect(dropped).toEqual([
      { reason: 'not_positive', where: '2020-01-03 AAA' },
      { reason: 'not_a_number', where: '2020-01-03 BBB' },
    ])
    slots.apply(barsOf('2020-01-06', { AAA: '-1', BBB: '' }))
    const quote = slots.view(instant(0)).quotes[A]!
    expect([quote.price.toString(), quote.sessionsOld]).toEqual(['10', 2])
    expect(slots.drops()).toEqual({ not_positive: 2, not_a_number: 1, empty: 1 })
  })

  it('replaces the prices of the present session without ageing the others, and drops an earlier one whole', () => {
    const slots = conflate('1d')
    slots.apply(barsOf('2020-01-03', { AAA: '10', BBB: '20' }))
    slots.apply(barsOf('2020-01-03', { AAA: '12' }))
    expect(slots.apply(barsOf('2020-01-02', { AAA: '9' }))[0]!.reason).toBe('out_of_order')
    const view = slots.view(instant(0))
    expect([view.session, view.quotes[A]!.price.toString(), view.quotes[B]!.sessionsOld]).toEqual([
      '2020-01-03',
      '12',
      0,
    ])
  })

  it('doubts a jump of a name too that its session lacked the first time', () => {
    const slots = conflate('1d')
    slots.apply(barsOf('2020-01-02', { AAA: '10', BBB: '20' }))
    slots.apply(barsOf('2020-01-03', { BBB: '20' }))
    for (let times = 0; times < 3; times += 1) {
      const dropped = slots.apply(barsOf('2020-01-03', { AAA: '1000', BBB: '20' }))
      expect(dropped).toEqual([{ reason: 'jump', where: '2020-01-03 AAA' }])
    }
    const quote = slots.view(instant(0)).quotes[A]!
    expect([quote.price.toString(), quote.sessionsOld, quote.doubt === undefined]).toEqual(['10', 1, false])
  })

  it('holds no more than its universe', () => {
    const slots = conflate('1d', [A])
    slots.apply(barsOf('2020-01-02', { AAA: '10', BBB: 'x' }))
    expect(Object.keys(slots.view(instant(0)).quotes)).toEqual(['AAA'])
    expect(slots.drops()).toEqual({})
  })

  it('is empty before the first bars, and a view once taken does not change', () => {
    const slots = conflate('1d')
    const at = barsOf('2020-01-02', {}).at
    const before = slots.view(at)
    expect([before.session, Object.keys(before.quotes)]).toEqual(['2020-01-02', []])
    slots.apply(barsOf('2020-01-03', { AAA: '10' }))
    expect(Object.keys(before.quotes)).toEqual([])
  })
})
