import { describe, expect, it } from 'vitest'
import { conflate } from '#adapters/feed/conflate.js'
import { sessionMarket } from '#daemon/session-market.js'
import { freshPrice } from '#domain/market.js'
import { PLAIN_SANITY, type Trust, trustAfter } from '#domain/price-sanity.js'
import { instrumentId } from '#units/ids.js'
import { price } from '#units/money.js'
import { addDays, sessionDate } from '#units/time.js'
import { barsOf } from '../../support/prices.js'

const [A, B] = ['AAA', 'BBB'].map(instrumentId) as [ReturnType<typeof instrumentId>, ReturnType<typeof instrumentId>]
const START = sessionDate('2026-03-02')
const day = (k: number): string => addDays(START, k)

/** The trusted prices after each of some prices, `?` behind those that are in doubt. */
function trusted(...prices: readonly string[]): readonly string[] {
  let trust: Trust | undefined
  return prices.map((text) => {
    trust = trustAfter(trust, price(text), PLAIN_SANITY)
    return `${trust.price.toFixed()}${trust.doubted === null ? '' : '?'}`
  })
}

describe('trust in a price', () => {
  it('follows it within the factor, the factor itself included, both ways', () => {
    expect(trusted('10', '30', '10', '3.334')).toEqual(['10', '30', '10', '3.334'])
    expect(trusted('10', '30.01')).toEqual(['10', '10?'])
    expect(trusted('10', '3.33')).toEqual(['10', '10?'])
  })

  it('comes back when the price does, and with as many further bars as are asked for', () => {
    expect(trusted('10', '1000', '10.1', '11')).toEqual(['10', '10?', '10.1', '11'])
    expect(trusted('10', '1000', '1010', '990', '1000')).toEqual(['10', '10?', '10?', '990', '1000'])
  })

  it('starts to count anew when the doubted price jumps again', () => {
    expect(trusted('10', '1000', '1000', '0.1', '0.1', '1000', '1000', '1000')).toEqual([
      ...['10', '10?', '10?', '10?', '10?', '10?', '10?'],
      '1000',
    ])
  })
})

describe('a feed with a bad price', () => {
  const good = { AAA: '10', BBB: '20' }
  it.each([
    ['NaN', 'NaN', 'price_stale', 2],
    ['infinite', 'inf', 'price_stale', 2],
    ['zero', '0', 'price_stale', 2],
    ['negative', '-3', 'price_stale', 2],
    ['missing', undefined, 'price_stale', 2],
    ['100 times the last', '1000', 'price_doubted', 1],
    ['a hundredth of the last', '0.1', 'price_doubted', 1],
  ])('that is %s blocks the one instrument and no other', (_name, bad, code, sessions) => {
    const slots = conflate('1d')
    slots.apply(barsOf(day(0), good))
    for (let k = 1; k <= sessions; k += 1) {
      const drops = slots.apply(barsOf(day(k), bad === undefined ? { BBB: '20' } : { AAA: bad, BBB: '20' }))
      expect(drops.length).toBe(bad === undefined ? 0 : 1)
    }
    const view = slots.view(barsOf(day(sessions), good).at)
    expect(freshPrice(view, A)).toMatchObject({ ok: false, refusal: { code } })
    expect(freshPrice(view, B)).toMatchObject({ ok: true })
    expect(view.quotes[A]!.price.toFixed()).toBe('10')
  })

  it('says what it does not believe, counts it, and believes it after two further bars', () => {
    const slots = conflate('1d')
    slots.apply(barsOf(day(0), good))
    slots.apply(barsOf(day(1), { AAA: '1000', BBB: '20' }))
    const told = freshPrice(slots.view(barsOf(day(1), good).at), A)
    expect(told).toMatchObject({ refusal: { message: expect.stringMatching(/AAA jumped to 1000.*2 further bars/) } })
    slots.apply(barsOf(day(2), { AAA: '1001', BBB: '20' }))
    // The same session again confirms nothing further.
    slots.apply(barsOf(day(2), { AAA: '1001', BBB: '20' }))
    expect(slots.drops()).toEqual({ jump: 3 })
    expect(freshPrice(slots.view(barsOf(day(2), good).at), A).ok).toBe(false)
    slots.apply(barsOf(day(3), { AAA: '1002', BBB: '20' }))
    const view = slots.view(barsOf(day(3), good).at)
    expect(freshPrice(view, A)).toMatchObject({ ok: true })
    expect(view.quotes[A]!.price.toFixed()).toBe('1002')
  })

  it('keeps a doubted close out of the history, and puts it back once confirmed', () => {
    const play = (...closes: readonly string[]) => {
      const market = sessionMarket({ barSize: '1d', instruments: [A, B] })
      for (const [k, close] of closes.entries()) market.advance(barsOf(day(k), { AAA: close, BBB: '20' }))
      return market.sessions(barsOf(day(closes.length), good).at, 99).map(({ closes: shown }) => shown[A] ?? null)
    }
    expect(play('10', '1000', '10')).toEqual(['10', null, '10'])
    expect(play('10', '1000', '1001')).toEqual(['10', null, null])
    expect(play('10', '1000', '1001', '1002')).toEqual(['10', '1000', '1001', '1002'])
  })
})
