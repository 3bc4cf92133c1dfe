import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  LARGEST_MULTIPLIER,
  type RegimeReading,
  SIZING_TERMS,
  SMALLEST_MULTIPLIER,
  sizingOf,
} from '#domain/regime/multiplier.js'
import { REGIME_SIZING_MULTIPLIERS, REGIMES } from '#domain/regime/regime.js'
import { headroom, type Room, scaledTargets } from '#domain/regime/scale.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { instant } from '#units/time.js'

const NOW = instant(1_000_000_000_000)
const DAY = 86_400_000
const reading = (changes: Partial<RegimeReading> = {}): RegimeReading => ({
  regime: 'CHOPPY',
  confidence: 0.9,
  at: NOW,
  ...changes,
})

describe('the sizing multiplier', () => {
  it.each(REGIMES.map((regime) => [regime, REGIME_SIZING_MULTIPLIERS[regime]] as const))(
    'of a sure and fresh %s is %d',
    (regime, multiplier) => {
      expect(sizingOf(reading({ regime }), 1, NOW)).toEqual({ multiplier, because: 'regime' })
    },
  )

  it('follows a confidence of exactly 0.6 and none below', () => {
    expect(sizingOf(reading({ confidence: 0.6 }), 1.2, NOW)).toEqual({ multiplier: 0.7, because: 'regime' })
    expect(sizingOf(reading({ confidence: 0.6 - 1e-9 }), 1.2, NOW)).toEqual({ multiplier: 1, because: 'unsure' })
    expect(sizingOf(reading({ confidence: Number.NaN }), 0.5, NOW)).toEqual({ multiplier: 0.5, because: 'unsure' })
  })

  it('follows a reading of exactly the maximum age and none older', () => {
    const { maxAgeMs } = SIZING_TERMS
    expect(sizingOf(reading({ at: instant(NOW - maxAgeMs) }), 1.2, NOW).because).toBe('regime')
    expect(sizingOf(reading({ at: instant(NOW - maxAgeMs - 1) }), 1.2, NOW)).toEqual({
      multiplier: 1,
      because: 'stale',
    })
  })

  it('neither takes back what was reduced nor adds when the detector is lost', () => {
    expect(sizingOf(null, 0.5, NOW)).toEqual({ multiplier: 0.5, because: 'missing' })
    expect(sizingOf(null, 1.2, NOW)).toEqual({ multiplier: 1, because: 'missing' })
    expect(sizingOf(reading({ regime: 'TRENDING', at: instant(NOW - 9 * DAY) }), 0.7, NOW).multiplier).toBe(0.7)
  })

  it('stays within [0.3, 1.5] whatever the table says, and within 1 without a reading to follow', () => {
    const odd = fc.oneof(fc.double(), fc.constantFrom(-1, 0, 0.3, 1.5, 99, Number.NaN, Number.POSITIVE_INFINITY))
    fc.assert(
      fc.property(
        odd,
        odd,
        odd,
        fc.integer({ min: -10, max: 10 }),
        fc.boolean(),
        (last, table, confidence, days, has) => {
          const multipliers = Object.fromEntries(
            REGIMES.map((regime) => [regime, table]),
          ) as typeof REGIME_SIZING_MULTIPLIERS
          const said = has ? reading({ confidence, at: instant(NOW - days * DAY) }) : null
          const { multiplier, because } = sizingOf(said, last, NOW, { ...SIZING_TERMS, multipliers })
          expect(multiplier).toBeGreaterThanOrEqual(SMALLEST_MULTIPLIER)
          expect(multiplier).toBeLessThanOrEqual(because === 'regime' ? LARGEST_MULTIPLIER : 1)
          if (because !== 'regime' && last >= SMALLEST_MULTIPLIER) expect(multiplier).toBe(Math.min(last, 1))
        },
      ),
    )
  })
})

const [A, B, C] = [instrumentId('A'), instrumentId('B'), instrumentId('C')]
const within = (lower: number, upper: number, cash = 0, sums: Room['sums'] = []): Room => ({
  ...{ bounds: () => [lower, upper], cash, sums },
})

describe('targets under a multiplier', () => {
  it('shrink as a whole, and what they shrink by is cash', () => {
    const { weights, cash } = scaledTargets({ weights: { [A]: 0.6, [B]: 0.3 }, cash: 0.1 }, 0.7, within(0, 1))
    expect(weights).toEqual({ [A]: expect.closeTo(0.42, 15), [B]: expect.closeTo(0.21, 15) })
    expect(cash).toBeCloseTo(0.37, 15)
  })

  it('grow by what the tightest bound allows', () => {
    const targets = { weights: { [A]: 0.4, [B]: 0.2 }, cash: 0.4 }
    expect(headroom(targets, within(0, 0.44))).toBeCloseTo(1.1, 12)
    const { weights, cash } = scaledTargets(targets, 1.2, within(0, 0.44))
    expect(weights[A]).toBeCloseTo(0.44, 12)
    expect(weights[B]).toBeCloseTo(0.22, 12)
    expect(cash).toBeCloseTo(0.34, 12)
  })

  it('grow into cash no further than what has to stay', () => {
    expect(scaledTargets({ weights: { [A]: 0.5, [B]: 0.4 }, cash: 0.1 }, 1.2, within(0, 1, 0.02)).cash).toBeCloseTo(
      0.02,
      12,
    )
    expect(headroom({ weights: { [A]: 0.5, [B]: 0.5 }, cash: 0 }, within(0, 1))).toBe(1)
  })

  it('grow until a limit on a sum of absolute weights binds, of some or of all', () => {
    const targets = { weights: { [A]: 0.4, [B]: 0.2, [C]: -0.1 }, cash: 0.5 }
    expect(headroom(targets, within(-1, 1, 0, [{ members: [A, B], most: 0.66 }]))).toBeCloseTo(1.1, 12)
    expect(headroom(targets, within(-1, 1, 0, [{ members: null, most: 0.77 }]))).toBeCloseTo(1.1, 12)
    expect(headroom(targets, within(-1, 1, 0, [{ members: [C], most: 0.05 }]))).toBe(1)
    const coefficients = { [A]: 2, [B]: 1, [C]: 4 }
    expect(headroom(targets, within(-1, 1, 0, [{ members: [A, B, C], coefficients, most: 0.66 }]))).toBeCloseTo(1.1, 12)
    const short = { [A]: -2, [B]: -1, [C]: -4 }
    expect(headroom(targets, within(-1, 1, 0, [{ members: [A, B, C], coefficients: short, most: 0.66 }]))).toBeCloseTo(
      1.1,
      12,
    )
  })

  it('keep their signs, shorts bounded by the lower end', () => {
    const targets = { weights: { [A]: 0.6, [C]: -0.3 }, cash: 0.7 }
    const { weights, cash } = scaledTargets(targets, 0.5, within(-0.3, 1))
    expect(weights).toEqual({ [A]: 0.3, [C]: -0.15 })
    expect(cash).toBeCloseTo(0.85, 15)
    expect(scaledTargets(targets, 1.2, within(-0.3, 1))).toBe(targets)
  })

  it('are cut below a least weight where the market asks for it: size comes before a bound that asks for more', () => {
    expect(scaledTargets({ weights: { [A]: 0.1 }, cash: 0.9 }, 0.5, within(0.08, 1)).weights[A]).toBeCloseTo(0.05, 15)
  })

  it('close their budget, stay in their bounds and keep their signs, for any weights', () => {
    const share = fc.double({ min: -0.5, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(share, { maxLength: 6 }),
        fc.double({ min: 0.3, max: 1.5, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (shares, multiplier, floor) => {
          const gross = Math.max(1, shares.reduce((sum, one) => sum + Math.abs(one), 0) / (1 - floor))
          const weights = Object.fromEntries(shares.map((one, at) => [`N${at}`, one / gross])) as Record<
            InstrumentId,
            number
          >
          const targets = {
            weights,
            cash: 1 - Object.values(weights as Record<string, number>).reduce((sum, one) => sum + one, 0),
          }
          const room = within(-0.6, 0.8, floor)
          const scaled = scaledTargets(targets, multiplier, room)
          const entries = Object.entries(scaled.weights as Record<string, number>)
          expect(entries.reduce((sum, [, one]) => sum + one, scaled.cash)).toBeCloseTo(1, 9)
          expect(scaled.cash).toBeGreaterThanOrEqual(Math.min(floor, targets.cash) - 1e-12)
          for (const [id, one] of entries) {
            const was = weights[id as InstrumentId]!
            expect(one * was).toBeGreaterThanOrEqual(0)
            if (Math.abs(was) > 1e-12) expect(Math.abs(one / was)).toBeLessThanOrEqual(Math.max(1, multiplier) + 1e-12)
            if (was <= 0.8 && was >= -0.6) expect(one <= 0.8 + 1e-12 && one >= -0.6 - 1e-12).toBe(true)
          }
        },
      ),
    )
  })
})
