import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RegimeReading, SIZING_TERMS, sizingOf } from '#domain/regime/multiplier.js'
import { REGIMES } from '#domain/regime/regime.js'
import {
  isNews,
  NO_REGIME,
  type RegimeNews,
  type RegimeStanding,
  standingAfter,
  standsUntil,
} from '#domain/regime/standing.js'
import { instant, later } from '#units/time.js'

const T0 = instant(1_700_000_000_000)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const { maxAgeMs } = SIZING_TERMS

const reading = (regime: RegimeReading['regime'], hours = 0, confidence = 0.9) =>
  ({ regime, confidence, at: later(T0, hours * HOUR), source: 'bus' }) as const
const following = (before: RegimeStanding, news: RegimeNews, hours: number) =>
  standingAfter(before, news, later(T0, hours * HOUR), SIZING_TERMS)
const override = (regime: RegimeReading['regime'], hours: number) => ({
  override: { regime, until: later(T0, hours * HOUR), actor: 'ann', reason: 'r' },
})

describe('what stands of the regime', () => {
  it('is the newest reading, until it is older than it may be', () => {
    const choppy = following(NO_REGIME, { reading: reading('CHOPPY') }, 0)
    expect(choppy).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7, because: 'regime' })
    expect(standsUntil(choppy, SIZING_TERMS)).toBe(T0 + maxAgeMs + 1)
    const still = standingAfter(choppy, {}, later(T0, maxAgeMs), SIZING_TERMS)
    expect(still).toMatchObject({ multiplier: 0.7, because: 'regime' })
    const old = standingAfter(choppy, {}, later(T0, maxAgeMs + 1), SIZING_TERMS)
    expect(old).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7, because: 'stale' })
    expect(standsUntil(old, SIZING_TERMS)).toBeNull()
  })

  it('takes back what was enlarged when the readings stop, and not what was reduced', () => {
    const trending = following(NO_REGIME, { reading: reading('TRENDING') }, 0)
    expect(trending.multiplier).toBe(1.2)
    expect(following(trending, {}, 24 * 9)).toMatchObject({ multiplier: 1, because: 'stale' })
    const unsure = following(trending, { reading: reading('CHOPPY', 1, 0.5) }, 1)
    expect(unsure).toMatchObject({ regime: 'CHOPPY', multiplier: 1, because: 'unsure' })
    // Once given up, it is not enlarged again before a reading is sure.
    expect(following(unsure, { reading: reading('TRENDING', 2, 0.5) }, 2).multiplier).toBe(1)
    expect(following(unsure, { reading: reading('TRENDING', 2, 0.6) }, 2).multiplier).toBe(1.2)
  })

  it('does not go back to an older reading', () => {
    const now = following(NO_REGIME, { reading: reading('CHOPPY', 5) }, 5)
    expect(following(now, { reading: reading('TRENDING', 4) }, 6)).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7 })
  })

  it('is what a person says while that lasts, and the readings again when it ends or is taken back', () => {
    const read = following(NO_REGIME, { reading: reading('TRENDING') }, 0)
    const set = following(read, override('QUIET_CHOPPY', 10), 1)
    expect(set).toMatchObject({ regime: 'QUIET_CHOPPY', multiplier: 0.5, because: 'override' })
    expect(standsUntil(set, SIZING_TERMS)).toBe(T0 + 10 * HOUR)
    const meanwhile = following(set, { reading: reading('CHOPPY', 5) }, 5)
    expect(meanwhile).toMatchObject({ regime: 'QUIET_CHOPPY', multiplier: 0.5, because: 'override' })
    expect(following(meanwhile, {}, 10)).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7, override: null })
    expect(following(meanwhile, { override: null }, 6)).toMatchObject({
      regime: 'CHOPPY',
      multiplier: 0.7,
      override: null,
    })
  })

  it('forgets an override that is over before it begins', () => {
    expect(following(NO_REGIME, override('CHOPPY', 1), 1)).toMatchObject({
      override: null,
      multiplier: 1,
      because: 'missing',
    })
  })

  it('never enlarges without a sure and fresh reading or a person, whatever happened before', () => {
    const hour = fc.nat(400)
    const regime = fc.constantFrom(...REGIMES)
    const news = fc.oneof(
      fc.record({ reading: fc.tuple(regime, fc.constantFrom(0.2, 0.59, 0.6, 1)) }),
      fc.record({ override: fc.option(fc.tuple(regime, fc.nat(50)), { nil: null }) }),
      fc.constant({}),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(hour, news), { maxLength: 20 }), (steps) => {
        let standing = NO_REGIME
        let now = 0
        for (const [wait, said] of steps) {
          now += wait
          const last = standing
          const asNews: RegimeNews =
            'reading' in said
              ? { reading: reading(said.reading[0], now, said.reading[1]) }
              : 'override' in said
                ? said.override === null
                  ? { override: null }
                  : override(said.override[0], now + said.override[1])
                : {}
          standing = following(standing, asNews, now)
          const at = later(T0, now * HOUR)
          expect(standing.read).toBe(sizingOf(standing.reading, last.read, at).multiplier)
          if (standing.because === 'override') expect(standing.override!.until).toBeGreaterThan(at)
          else expect(standing.multiplier).toBe(standing.read)
          if (standing.because !== 'override' && standing.because !== 'regime')
            expect(standing.multiplier).toBeLessThanOrEqual(1)
          if (standing.because === 'regime') {
            expect(standing.reading!.confidence).toBeGreaterThanOrEqual(0.6)
            expect(at - standing.reading!.at).toBeLessThanOrEqual(maxAgeMs)
          }
          // Time alone changes nothing before the instant it says.
          const until = standsUntil(standing, SIZING_TERMS)
          const just = until === null ? later(at, 50 * DAY) : instant(until - 1)
          expect({ ...standingAfter(standing, {}, just, SIZING_TERMS), read: 0 }).toEqual({ ...standing, read: 0 })
        }
      }),
    )
  })
})

describe('a reading is news', () => {
  const known = following(NO_REGIME, { reading: reading('CHOPPY') }, 0)

  it.each([
    ['the first', NO_REGIME, reading('CHOPPY'), true],
    ['another regime', known, reading('TRENDING', 1), true],
    ['the same again', known, reading('CHOPPY', 1, 0.8), false],
    ['one that is no longer sure', known, reading('CHOPPY', 1, 0.59), true],
    ['one that renews half of its time', known, reading('CHOPPY', 48), true],
    ['one that does not yet', known, reading('CHOPPY', 47.9), false],
    ['one that is not newer', known, reading('TRENDING', 0), false],
    ['one of another source', known, { ...reading('CHOPPY', 1), source: 'detector' } as const, true],
  ])('%s', (_, before, said, expected) => {
    expect(isNews(before, said, SIZING_TERMS)).toBe(expected)
  })
})
