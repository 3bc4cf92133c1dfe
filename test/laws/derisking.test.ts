import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askedSizing } from '#domain/derisk/asked.js'
import { countedAfter, drawdownMultiplier } from '#domain/derisk/drawdown.js'
import { plainHeld } from '#domain/derisk/plain-held.js'
import { govern } from '#domain/governance/govern.js'
import type { Chosen } from '#domain/policy.js'
import { NO_REGIME } from '#domain/regime/standing.js'
import type { Weights } from '#domain/targets/target-set.js'
import { instant } from '#units/time.js'
import { policy } from '../machine/fixtures.js'
import { byId, simpleCosts } from '../support/books.js'
import { regimeByBus } from '../support/regime-policy.js'
import { contextOf } from '../unit/domain/governance/cases.js'
import { CASES } from './plan-worlds.js'

const loss = fc.integer({ min: 0, max: 600 }).map((thousandths) => thousandths / 1000)
const limit = fc.integer({ min: 1, max: 60 }).map((percent) => percent / 100)
const band = fc.integer({ min: 0, max: 50 }).map((thousandths) => thousandths / 1000)
const path = fc.array(loss, { minLength: 1, maxLength: 30 })

/** What counts after each of some looks. */
const along = (losses: readonly number[], width: number): readonly number[] => {
  let counted = 0
  return losses.map((now) => {
    counted = countedAfter(counted, now, width)
    return counted
  })
}

describe('the drawdown that counts', () => {
  it('is never less than the drawdown, never more than a band above it, and looking again changes nothing', () => {
    fc.assert(
      fc.property(path, band, (losses, width) => {
        for (const [place, counted] of along(losses, width).entries()) {
          const now = losses[place]!
          expect(counted >= now && counted <= now + width).toBe(true)
          expect(countedAfter(counted, now, width)).toBe(counted)
        }
      }),
      CASES,
    )
  })

  it('stays where it is while a unit swings by no more than the band below it', () => {
    fc.assert(
      fc.property(path, loss, band, (swings, deepest, width) => {
        const counted = along([deepest], width)[0]!
        const within = swings.map((swing) => Math.max(0, deepest - width * (swing / 0.6)))
        for (const after of along([deepest, ...within], width)) expect(after).toBeCloseTo(counted, 12)
      }),
      CASES,
    )
  })

  it('goes up again after a recovery of more than the band only, and by what is beyond it', () => {
    const falls = [0, 0.04, 0.12, 0.11, 0.105, 0.12, 0.1, 0.08, 0.09, 0.03, 0]
    const counts = [0, 0.04, 0.12, 0.12, 0.12, 0.12, 0.12, 0.1, 0.1, 0.05, 0.02]
    for (const [place, counted] of along(falls, 0.02).entries()) expect(counted).toBeCloseTo(counts[place]!, 12)
    const left = counts.map((counted) => drawdownMultiplier(counted, 0.2))
    const should = [1, 1, 0.65, 0.65, 0.65, 0.65, 0.65, 0.75, 0.75, 1, 1]
    for (const [place, multiplier] of left.entries()) expect(multiplier).toBeCloseTo(should[place]!, 12)
  })

  it('deepens with every loss, whatever came before: of two paths the deeper one counts more', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(loss, loss), { minLength: 1, maxLength: 30 }), band, (pairs, width) => {
        const less = along(
          pairs.map(([a, b]) => Math.min(a, b)),
          width,
        )
        const more = along(
          pairs.map(([a, b]) => Math.max(a, b)),
          width,
        )
        for (const [place, counted] of less.entries()) expect(counted).toBeLessThanOrEqual(more[place]!)
      }),
      CASES,
    )
  })
})

describe('what a drawdown leaves', () => {
  it('is all up to a quarter of the limit and a quarter from it on, as published', () => {
    const m = (dd: number, limit: number) => 1 - (0.75 * (dd - limit / 4)) / (0.75 * limit)
    expect([0, 0.05, 0.125, 0.2, 0.4].map((dd) => drawdownMultiplier(dd, 0.2))).toEqual([
      1,
      1,
      expect.closeTo(0.625, 12),
      expect.closeTo(0.25, 12),
      0.25,
    ])
    fc.assert(
      fc.property(loss, limit, (dd, max) => {
        expect(drawdownMultiplier(dd, max)).toBeCloseTo(Math.min(1, Math.max(0.25, m(dd, max))), 12)
      }),
      CASES,
    )
  })

  it('falls with the loss and rises with the limit', () => {
    fc.assert(
      fc.property(loss, loss, limit, limit, (a, b, one, other) => {
        expect(drawdownMultiplier(Math.max(a, b), one)).toBeLessThanOrEqual(drawdownMultiplier(Math.min(a, b), one))
        expect(drawdownMultiplier(a, Math.max(one, other))).toBeGreaterThanOrEqual(
          drawdownMultiplier(a, Math.min(one, other)),
        )
      }),
      CASES,
    )
  })
})

describe('what is held, without sizing', () => {
  const weights = fc.record({ AAA: fc.integer({ min: -50, max: 50 }), BBB: fc.integer({ min: 0, max: 50 }) })

  it('is what would be held of plain targets, and never more than all of equity unless more is held', () => {
    fc.assert(
      fc.property(weights, fc.constantFrom(0.25, 0.5, 0.7, 1, 1.2), ({ AAA, BBB }, factor) => {
        const held = byId({ AAA: AAA / 100, BBB: BBB / 100 })
        const gross = (of: Weights) => Object.values(of).reduce((sum, weight) => sum + Math.abs(weight), 0)
        const plain = plainHeld(held, { multiplier: factor, factor })
        if (factor >= 1) {
          expect(plain).toBeNull()
          return
        }
        expect(gross(plain!)).toBeLessThanOrEqual(1 + 1e-12)
        const sized = byId({ AAA: (AAA / 100) * factor, BBB: (BBB / 100) * factor })
        const again = plainHeld(sized, { multiplier: factor, factor })!
        for (const [name, weight] of Object.entries(held)) expect(Reflect.get(again, name)).toBeCloseTo(weight, 12)
      }),
      CASES,
    )
  })
})

describe('whatever takes risk back', () => {
  const chosen: readonly Chosen[] = [
    { name: 'drawdown', params: {} },
    { name: 'regime-sizing', params: {} },
  ]
  const multipliers = fc.constantFrom(0.3, 0.5, 0.7, 0.9, 1, 1.2)

  it('acts together by the tightest: a leg keeps the least of what each leaves it, never their product', () => {
    const unit = fc.integer({ min: -60, max: 60 })
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: -9, max: 9 }), loss, multipliers, (held, trade, aim, counted, m) => {
        const positions = held === 0 ? {} : { AAA: [String(held), '100'] as const }
        const plain = contextOf(
          { cash: '10000', positions, prices: { AAA: '100' } },
          trade === 0 ? {} : { AAA: String(trade) },
        )
        const legs = plain.plan.legs.map((leg) => ({ ...leg, targetWeight: aim / 10 }))
        const regime = { regime: 'CHOPPY', multiplier: m, sized: 1 }
        const seen = {
          ...plain,
          plan: { ...plain.plan, legs },
          regime,
          drawdown: { counted, asOf: plain.at, sized: 1 },
        }
        const kept = (rules: readonly Chosen[]) => govern(seen, rules, simpleCosts).legs[0]?.quantity.toNumber() ?? 0
        expect(kept(chosen)).toBe(Math.min(...chosen.map((rule) => kept([rule]))))
      }),
      CASES,
    )
  })

  it('sizes targets by the tightest, and by what enlarges only while nothing takes back', () => {
    fc.assert(
      fc.property(loss, multipliers, (counted, multiplier) => {
        const asking = { ...policy(), regime: regimeByBus(), governance: [{ name: 'drawdown', params: {} }] }
        const regime = { ...NO_REGIME, regime: 'CHOPPY' as const, multiplier, because: 'regime' as const }
        const drawdown = { now: counted, counted, asOf: instant(0) }
        const left = drawdownMultiplier(counted, 0.2)
        const asked = askedSizing({ policy: asking, regime, drawdown })
        expect(asked.multiplier).toBe(left < 1 ? Math.min(left, multiplier) : multiplier)
        expect('drawdown' in asked.by).toBe(left < Math.min(1, multiplier))
      }),
      CASES,
    )
  })
})
