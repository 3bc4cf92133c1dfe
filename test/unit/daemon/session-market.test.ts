import { describe, expect, it } from 'vitest'
import { sessionMarket } from '#daemon/session-market.js'
import { instrumentId } from '#units/ids.js'
import { later } from '#units/time.js'
import { simulatedPrices } from '../../support/prices.js'

const history = simulatedPrices({ seed: 3, instruments: ['AAA', 'BBB'], sessions: 6 })
const [first, second, third] = history.sessions as [
  (typeof history.sessions)[0],
  (typeof history.sessions)[0],
  (typeof history.sessions)[0],
]
const AAA = instrumentId('AAA')

describe('a replayed market', () => {
  it('shows nothing before it is advanced', () => {
    const market = sessionMarket(history)
    expect(market.view(first.at).quotes).toEqual({})
    expect(market.sessions(history.sessions.at(-1)!.at, 10)).toEqual([])
  })

  it('shows a session at a time, never the next one', () => {
    const market = sessionMarket(history)
    for (const [index, bars] of history.sessions.entries()) {
      market.advance(bars)
      const view = market.view(bars.at)
      expect(view.session).toBe(bars.session)
      expect(view.quotes[AAA]).toMatchObject({ at: bars.at, sessionsOld: 0 })
      expect(view.quotes[AAA]!.price.toFixed(2)).toBe(bars.closes[AAA])
      expect(market.sessions(bars.at, 100)).toEqual(history.sessions.slice(0, index + 1))
    }
  })

  it('gives the last sessions that had closed by an instant', () => {
    const market = sessionMarket(history)
    for (const bars of history.sessions) market.advance(bars)
    expect(market.sessions(third.at, 2)).toEqual([second, third])
    expect(market.sessions(later(third.at, -1), 2)).toEqual([first, second])
    expect(market.sessions(later(first.at, -1), 2)).toEqual([])
    expect(market.sessions(third.at, 0)).toEqual([])
  })

  it('keeps the last good price when a session has none, and says how old it is', () => {
    const market = sessionMarket(history)
    market.advance(first)
    expect(market.advance({ ...second, closes: { ...second.closes, [AAA]: 'NaN' } })).toEqual([
      { reason: 'not_a_number', where: `${second.session} AAA` },
    ])
    expect(market.view(second.at).quotes[AAA]).toMatchObject({ at: first.at, sessionsOld: 1 })
  })
})
