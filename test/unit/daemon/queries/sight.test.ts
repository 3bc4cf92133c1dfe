import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { daemonSight, knownPortfolio } from '#daemon/queries/sight.js'
import { portfolioId } from '#units/ids.js'
import { START, viewAt } from '../../../machine/fixtures.js'

const [ALFA, BRAVO] = [portfolioId('alfa'), portfolioId('bravo')]

/** A daemon that runs alfa; what it has taken over and what prices it has heard may differ. */
function sight({ owned = true, prices = true } = {}) {
  const snapshot = () => ({ value: { ownership: 'ready' } }) as never
  const view = prices ? viewAt(START) : { ...viewAt(START), quotes: {} }
  return daemonSight({
    engine: { host: { snapshot } as never, portfolios: [ALFA], isReady: () => owned },
    journal: { portfolios: () => [BRAVO, ALFA] } as never,
    market: { view: () => view, sessions: () => [] },
    clock: virtualClock(START),
    solver: {} as never,
    configured: () => [],
  })
}

describe("a daemon's sight", () => {
  it('calls ready only what it runs and has taken over in this life', () => {
    expect(sight().ready(ALFA)).toBe(true)
    expect(sight().ready(BRAVO)).toBe(false)
    expect(sight({ owned: false }).ready(ALFA)).toBe(false)
  })

  it('shows no market before the first price', () => {
    expect(sight().market(ALFA).view.session).toBe('2024-01-02')
    expect(() => sight({ prices: false }).market(ALFA)).toThrow(expect.objectContaining({ code: 'NOT_STARTED' }))
  })

  it('names the portfolios there are when asked for another', () => {
    expect(knownPortfolio(sight(), 'bravo')).toBe(BRAVO)
    expect(() => knownPortfolio(sight(), 'charlie')).toThrow('no portfolio is called charlie; there are alfa, bravo')
  })
})
