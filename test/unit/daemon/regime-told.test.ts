import { describe, expect, it } from 'vitest'
import { announcements } from '#daemon/announcements.js'
import { measuring } from '#daemon/measure.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import { type Labels, noMetrics } from '#ports/metrics.js'
import { Actor } from '#runtime/actor.js'
import { incarnation } from '#units/ids.js'
import { type Instant, later } from '#units/time.js'
import { policy, START } from '../../machine/fixtures.js'
import { regimeByBus } from '../../support/regime-policy.js'

const DAY = 86_400_000

/** A portfolio that asks for the regime or not; what is announced of each step, and what is measured of all. */
function asking(asks = true) {
  const own = policy(asks ? { regime: regimeByBus() } : {})
  const actor = new Actor(own.id)
  const shown = new Map<string, number>()
  const counted: string[] = []
  const key = (name: string, { regime, why }: Labels): string => [name, regime ?? why].filter(Boolean).join(' ')
  const measure = measuring({
    ...noMetrics,
    count: (name: string, labels: Labels = {}) => void (name.includes('regime') && counted.push(labels.regime ?? '')),
    gauge: (name: string, value: number, labels: Labels = {}) =>
      void (name.includes('regime') && shown.set(key(name, labels), value)),
  })
  const tell = (fact: PortfolioFact, at: Instant = START) => {
    const staged = actor.stage(fact, at, 'test', { answers: [], inbox: null })
    measure(staged)
    return announcements(staged).filter(({ topic }) => topic === 'regime' || topic === 'alert')
  }
  const read = (regime: MarketRegime, confidence = 0.9, at: Instant = START) =>
    tell({ type: 'regimeRead', source: 'bus', reading: { regime, confidence, at } }, at)
  tell({ type: 'created', policy: own, incarnation: incarnation('announced') })
  return { tell, read, shown, counted }
}

describe('the regime', () => {
  it('is announced when it changes, with what follows', () => {
    const { read } = asking()
    expect(read('CHOPPY')).toEqual([
      { topic: 'regime', body: { from: 'UNKNOWN', to: 'CHOPPY', multiplier: 0.7, because: 'regime', confidence: 0.9 } },
    ])
    expect(read('CHOPPY', 0.8, later(START, DAY))).toEqual([])
  })

  it('is an alert when it is not known well enough any more', () => {
    const { tell, read } = asking()
    read('TRENDING')
    const unsure = read('CHOPPY', 0.5, later(START, DAY))
    expect(unsure.map(({ topic }) => topic)).toEqual(['regime', 'alert'])
    expect(unsure[1]?.body).toMatchObject({ because: 'unsure', multiplier: 1 })
    const stale = tell({ type: 'timedOut', timer: 'regime' }, later(START, 6 * DAY))
    expect(stale[1]?.body).toMatchObject({ because: 'stale', multiplier: 1, regime: 'CHOPPY' })
  })

  it('is measured: which, what it makes of weights, how old, since when it is not followed', () => {
    const { tell, read, shown, counted } = asking()
    expect(shown.get('ballast_regime unknown')).toBe(1)
    expect(shown.get('ballast_regime_unfollowed_since_timestamp_seconds missing')).toBe(START / 1000)
    read('CHOPPY')
    expect(shown.get('ballast_regime choppy')).toBe(1)
    expect(shown.get('ballast_regime unknown')).toBe(0)
    expect(shown.get('ballast_regime_multiplier')).toBe(0.7)
    expect(shown.get('ballast_regime_reading_timestamp_seconds')).toBe(START / 1000)
    expect(shown.get('ballast_regime_unfollowed_since_timestamp_seconds missing')).toBe(0)
    const old = later(START, 4 * DAY + 1)
    tell({ type: 'timedOut', timer: 'regime' }, old)
    expect(shown.get('ballast_regime_unfollowed_since_timestamp_seconds stale')).toBe(old / 1000)
    expect(shown.get('ballast_regime_multiplier')).toBe(0.7)
    read('TRENDING', 0.9, old)
    read('TRENDING', 0.8, later(old, 3 * DAY))
    expect(counted).toEqual(['choppy', 'trending'])
  })

  it('is not measured of a portfolio that does not ask', () => {
    const { read, shown, counted } = asking(false)
    expect(read('CHOPPY')).toEqual([])
    expect([shown.size, counted.length]).toEqual([0, 0])
  })
})
