import { describe, expect, it } from 'vitest'
import type { BarSize, MarketView } from '#domain/market.js'
import { due } from '#domain/trigger.js'
import { adjustmentNeeded, unusable } from '#domain/unusable.js'
import { instrumentId } from '#units/ids.js'
import { later } from '#units/time.js'
import { type Given, market, NOW, portfolio } from './trigger/fixtures.js'

const DAY = 86_400_000
const MSFT = instrumentId('MSFT')

/** A view in which MSFT was last priced so many days and sessions ago. */
function silent(days: number, sessionsOld = Math.round(days), barSize: BarSize = '1d'): MarketView {
  const view = market()
  const quote = { ...view.quotes[MSFT]!, at: later(NOW, -days * DAY), sessionsOld }
  return { ...view, barSize, quotes: { ...view.quotes, [MSFT]: quote } }
}

describe('a name that has stopped trading', () => {
  const drifted: Given = { shares: { GOOG: '500', MSFT: '400' }, cash: '100' }

  it('is one without a price for a week while sessions went on', () => {
    expect(unusable(portfolio(), silent(7))).toEqual([MSFT])
    expect(unusable(portfolio(), silent(7 - 1 / 1440))).toEqual([])
    expect(unusable(portfolio(), silent(7, 9, '1m'))).toEqual([MSFT])
    expect(unusable(portfolio(), silent(40, 2, '1mo'))).toEqual([])
    expect(unusable(portfolio(), silent(70, 2, '1mo'))).toEqual([MSFT])
  })

  it('is none while its whole market is closed', () => {
    expect(unusable(portfolio(), silent(12, 1))).toEqual([])
  })

  it('is of no concern where it is neither held nor wanted', () => {
    expect(unusable(portfolio({ shares: { GOOG: '500' }, cash: '500' }), silent(9))).toEqual([MSFT]) // wanted
    const other = { shares: { GOOG: '500' }, effective: { weights: { [instrumentId('GOOG')]: 0.5 }, cash: 0.5 } }
    expect(unusable(portfolio(other), silent(9))).toEqual([])
  })

  it('stops runs by targets, calendar and drift, and tells a person what to change', () => {
    const given = { ...drifted, memory: { targetsChanged: true, calendarPeriod: '2008-08' } }
    const { trigger, blocked } = due(portfolio(given), silent(8.5))
    expect(trigger).toBeNull()
    expect(blocked.map(({ kind, code }) => `${kind} ${code}`)).toEqual([
      'targets needs_adjustment',
      'calendar needs_adjustment',
      'drift needs_adjustment',
    ])
    for (const { reason, about } of blocked) {
      expect(reason).toBe(
        'no price of MSFT for 8 days: take it out of the targets and of the books (reconcile), or mend the feed',
      )
      expect(about).toEqual([MSFT])
    }
    expect(due(portfolio(given), silent(6)).blocked.map(({ code }) => code)).toContain('stale_price')
  })

  it('is over when it is neither held nor wanted any more', () => {
    const gone = { shares: { GOOG: '600' }, effective: { weights: { [instrumentId('GOOG')]: 0.5 }, cash: 0.5 } }
    expect(due(portfolio({ ...gone, cash: '400' }), silent(30)).trigger).toMatchObject({ kind: 'drift' })
  })

  it('stands in the way of new targets where it is held, not where it was only wanted', () => {
    const memory = { targetsChanged: true }
    expect(due(portfolio({ shares: { GOOG: '500' }, cash: '500', memory }), silent(9)).trigger?.kind).toBe('targets')
    expect(due(portfolio({ memory }), silent(9)).trigger).toBeNull()
    // A name that is wanted and late, but not dead, holds them back as before.
    expect(due(portfolio({ shares: { GOOG: '500' }, cash: '500', memory }), silent(5)).trigger).toBeNull()
  })

  it('says nothing when there is none, and each name with its own days', () => {
    expect(adjustmentNeeded([], market())).toBe('')
    const view = silent(9)
    const both = { ...view, quotes: { ...view.quotes, [instrumentId('GOOG')]: view.quotes[MSFT]! } }
    expect(adjustmentNeeded(unusable(portfolio(), both), both)).toBe(
      'no price of GOOG for 9 days, of MSFT for 9 days: take them out of the targets and of the books (reconcile), or mend the feed',
    )
  })
})
