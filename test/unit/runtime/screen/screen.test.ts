import { describe, expect, it } from 'vitest'
import type { MarketView } from '#domain/market.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { due, NOTHING_DUE } from '#domain/trigger.js'
import { Screen } from '#runtime/screen/screen.js'
import { portfolioId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'
import { byId, equity, id } from '../../domain/targets/fixtures.js'
import { market, NOW, portfolio } from '../../domain/trigger/fixtures.js'

const CORE = portfolioId('core')

/** A screen that has looked at a view, been asked about a state and been told what was exactly due. */
function asked(state: PortfolioState, view: MarketView = market()) {
  const screen = new Screen()
  screen.look(view)
  const known = screen.known(CORE, state)
  const truth = due(state, view)
  if (known === null) screen.learn(CORE, state, truth)
  const again = (next: MarketView, changed: PortfolioState = state) => {
    screen.look(next)
    return screen.known(CORE, changed)
  }
  return { screen, known, truth, again }
}

describe('what a screen knows', () => {
  it('is that nothing is due for a portfolio inside its bands', () => {
    expect(asked(portfolio()).known).toBe(NOTHING_DUE)
  })

  it('is nothing before the first view', () => {
    expect(new Screen().known(CORE, portfolio())).toBeNull()
  })

  it('is nothing at a limit and within 1e-9 of it', () => {
    // 55 % against 50 % is a breach; a hundred-millionth of a percent less is none.
    const { known, truth } = asked(portfolio({ shares: { GOOG: '550', MSFT: '250' }, cash: '200' }))
    expect(known).toBeNull()
    expect(truth.trigger?.kind).toBe('drift')
    const close = asked(portfolio({ shares: { GOOG: '549.9999999', MSFT: '250' }, cash: '200.0000001' }))
    expect(close.truth).toEqual(NOTHING_DUE)
    expect(close.known).toBeNull()
  })

  it('follows prices, one instrument at a time, and their age', () => {
    const { again } = asked(portfolio())
    expect(again(market({ GOOG: '1.3' }))).toBeNull()
    expect(again(market())).toBe(NOTHING_DUE)
    expect(again(market({ XOM: '' }))).toBe(NOTHING_DUE)
    expect(again(market({ MSFT: '' }))).toBeNull()
    const aged = market()
    expect(again({ ...aged, at: instant(NOW + 5 * 86_400_000) })).toBeNull()
  })

  it('follows what a portfolio holds, aims at and is ruled by', () => {
    const { again } = asked(portfolio())
    expect(again(market(), portfolio({ shares: { GOOG: '600', MSFT: '250' }, cash: '150' }))).toBeNull()
    expect(again(market(), portfolio())).toBe(NOTHING_DUE)
    expect(again(market(), portfolio({ effective: { weights: byId({ GOOG: 0.9 }), cash: 0.1 } }))).toBeNull()
    expect(again(market(), portfolio({ memory: { targetsChanged: true } }))).toBeNull()
    expect(again(market(), portfolio({ memory: { depositPending: true } }))).toBeNull()
  })

  it('says nothing of a session that the calendar is due in', () => {
    const { again } = asked(portfolio())
    expect(again(market({}, NOW, sessionDate('2008-10-01')))).toBeNull()
    expect(again(market({}, NOW, sessionDate('2008-09-12')))).toBe(NOTHING_DUE)
  })

  it('is no weight that floats cannot tell: a book worth next to nothing between long and short', () => {
    const shares = { GOOG: '10000000.1', MSFT: '-10000000' }
    const weights = byId({ GOOG: 10000000.1 / 0.0001 / 0.95, MSFT: -1e11 })
    const drift = { type: 'relative', band: 0.05, relativeFloor: 0.01, perInstrument: {}, includeCash: false } as const
    const { known, truth } = asked(
      portfolio({ shares, cash: '-0.0999', effective: { weights, cash: 0 }, triggers: { drift } }),
    )
    expect(truth.trigger?.kind).toBe('drift')
    expect(known).toBeNull()
  })
})

describe('an answer a screen was told', () => {
  const cooling = portfolio({
    shares: { GOOG: '600', MSFT: '250' },
    cash: '150',
    memory: { cooldownUntil: sessionDate('2008-12-01') },
  })
  const first = market()
  const later = (ms: number): MarketView => ({ ...first, at: instant(NOW + ms) })
  const but = (name: string, text: string): MarketView => ({
    ...first,
    quotes: { ...first.quotes, ...byId({ [name]: market({ [name]: text }).quotes[id(name)]! }) },
  })

  it('stands as long as state, prices and session do', () => {
    const { truth, again } = asked(cooling, first)
    expect(truth.blocked.map(({ code }) => code)).toEqual(['cooldown'])
    expect(again(later(1_000))).toBe(truth)
    expect(again(later(2_000), { ...cooling })).toBeNull()
  })

  it('falls with a price of its portfolio, not with another', () => {
    const { truth, again } = asked(cooling, first)
    expect(again(but('XOM', '2'))).toBe(truth)
    expect(again(but('MSFT', '1.0000000001'))).toBeNull()
  })

  it('falls with the session and with the size of its bars', () => {
    expect(asked(cooling, first).again({ ...first, session: sessionDate('2008-12-02') })).toBeNull()
    expect(asked(cooling, first).again({ ...first, barSize: '1mo' })).toBeNull()
  })

  it('is forgotten when time goes back: the view may be one that a run was triggered on', () => {
    const seen = { ...cooling, memory: { ...cooling.memory, lastViewAt: instant(NOW - 1_000) } }
    const { truth, again } = asked(seen, first)
    expect(again(later(1))).toBe(truth)
    expect(due(seen, later(-1_000))).toEqual(NOTHING_DUE)
    expect(again(later(-1_000))).toBeNull()
  })

  it('is not kept of a view that is not newer than the last run: a newer one may be due', () => {
    const drifted = { ...cooling, memory: { ...cooling.memory, cooldownUntil: null, lastViewAt: NOW } }
    const { known, truth, again } = asked(drifted, first)
    expect([known, truth]).toEqual([null, NOTHING_DUE])
    expect(again(later(1_000))).toBeNull()
  })

  it('is not kept when it tells the age of a price, nor a trigger', () => {
    const unpriced = but('MSFT', '')
    const stale = asked(portfolio(), unpriced)
    expect(stale.truth.blocked.map(({ code }) => code)).toEqual(['stale_price'])
    expect(stale.again({ ...unpriced, at: instant(NOW + 1) })).toBeNull()
    const drifted = asked(portfolio({ shares: { GOOG: '600', MSFT: '250' }, cash: '150' }), first)
    expect(drifted.again(later(1))).toBeNull()
  })

  it('is not kept of a portfolio whose row has nothing of its universe: any price of that may make it due', () => {
    const state = portfolio({
      policy: { universe: [equity('XOM')] },
      memory: { cooldownUntil: sessionDate('2008-12-01') },
      shares: { GOOG: '600', MSFT: '250' },
      cash: '150',
    })
    const { truth, again } = asked(state, first)
    expect(truth.blocked).toHaveLength(1)
    expect(again(later(1))).toBeNull()
  })
})
