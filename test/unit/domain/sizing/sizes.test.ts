import { describe, expect, it } from 'vitest'
import { equalWeight } from '#domain/sizing/equal-weight.js'
import { fixedFraction } from '#domain/sizing/fixed-fraction.js'
import { inverseVolatility } from '#domain/sizing/inverse-volatility.js'
import { riskParity } from '#domain/sizing/risk-parity.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { byId, id, scenariosOf, sessionOf } from '../targets/fixtures.js'
import { sizeBy, sizingOf, weightsBy } from './fixtures.js'

/** σ in proportion 1 : 2 : 4. */
const calm = scenariosOf({ A: [0.01, -0.01, 0.01], B: [0.02, -0.02, 0.02], C: [0.04, -0.04, 0.04] })

/** A trades, B has too short a history, C had a price once, D never had one. */
const staged = scenarioSet({
  instruments: ['A', 'B', 'C', 'D'].map(id),
  sessions: [{ A: 9, C: 1 }, { A: 8 }, { A: 9, B: 5 }].map((closes, n) => ({
    session: sessionOf(n),
    closes: byId(closes),
  })),
  minimum: 2,
  maximum: 9,
})

describe('equal weight', () => {
  it('spends the budget in equal parts', () => {
    expect(weightsBy(equalWeight, {}, sizingOf(calm, { budget: 0.9 }))).toEqual({ A: 0.3, B: 0.3, C: 0.3 })
  })

  it('leaves in cash what the caps do not take, and has no θ when all are at theirs', () => {
    expect(sizeBy(equalWeight, {}, sizingOf(calm, { max: 0.1 }))).toMatchObject({
      weights: new Map([id('A'), id('B'), id('C')].map((name) => [name, 0.1])),
      theta: null,
      capped: ['A', 'B', 'C'],
    })
  })

  it('gives what a cap cuts to the others', () => {
    const request = { ...sizingOf(calm), bounds: (name: string) => [0, name === 'B' ? 0.2 : 1] as const }
    expect(sizeBy(equalWeight, {}, request)).toMatchObject({
      weights: new Map([
        [id('A'), 0.4],
        [id('B'), 0.2],
        [id('C'), 0.4],
      ]),
      theta: 0.4,
      capped: ['B'],
    })
  })

  it('is of whatever has a price, with enough history or not, and names what has none', () => {
    const found = sizeBy(equalWeight, {}, sizingOf(staged, { budget: 0.9 }))
    expect(found).toMatchObject({ note: 'no price yet, no weight: D' })
    expect(weightsBy(equalWeight, {}, sizingOf(staged, { budget: 0.9 }))).toEqual({ A: 0.3, B: 0.3, C: 0.3 })
  })

  it('holds while nothing has a price', () => {
    const none = scenarioSet({ instruments: [id('A')], sessions: [], minimum: 1, maximum: 1 })
    expect(sizeBy(equalWeight, {}, sizingOf(none))).toEqual({ kind: 'hold', reason: 'no price yet, no weight: A' })
  })
})

describe('fixed fraction', () => {
  it('is a twentieth of equity in each unless it says otherwise, the rest in cash', () => {
    expect(weightsBy(fixedFraction, {}, sizingOf(calm))).toEqual({ A: 0.05, B: 0.05, C: 0.05 })
    expect(sizeBy(fixedFraction, {}, sizingOf(calm))).toMatchObject({ theta: 1, capped: [] })
    expect(weightsBy(fixedFraction, { fraction: 0.2 }, sizingOf(calm))).toEqual({ A: 0.2, B: 0.2, C: 0.2 })
  })

  it('is scaled down to the budget, never up', () => {
    const found = sizeBy(fixedFraction, { fraction: 0.5 }, sizingOf(calm, { budget: 0.6 }))
    expect(found).toMatchObject({ theta: expect.closeTo(0.4, 15) })
    for (const weight of Object.values(weightsBy(fixedFraction, { fraction: 0.5 }, sizingOf(calm, { budget: 0.6 }))))
      expect(weight).toBeCloseTo(0.2, 15)
  })

  it('leaves the fraction of a name without a price in cash', () => {
    expect(sizeBy(fixedFraction, {}, sizingOf(staged))).toMatchObject({
      note: 'no price yet, in cash until it trades: D',
    })
    expect(weightsBy(fixedFraction, {}, sizingOf(staged))).toEqual({ A: 0.05, B: 0.05, C: 0.05 })
  })

  it.each([0, -0.1, 1.01, Number.NaN])('refuses the fraction %d', (fraction) => {
    expect(fixedFraction.schema.safeParse({ fraction }).success).toBe(false)
  })
})

describe('a minimum is 0 or at least so much', () => {
  it('drops the smallest first, and what it leaves goes to the others', () => {
    // 4 : 2 : 1 of 1 is 0.571, 0.286, 0.143; without the last 0.667, 0.333.
    const found = sizeBy(inverseVolatility, {}, sizingOf(calm, { min: 0.3 }))
    expect(found).toMatchObject({ dropped: ['C'], theta: expect.any(Number) })
    const weights = weightsBy(inverseVolatility, {}, sizingOf(calm, { min: 0.3 }))
    expect(weights[id('A')]).toBeCloseTo(2 / 3, 12)
    expect(weights[id('B')]).toBeCloseTo(1 / 3, 12)
    expect(weights[id('C')] ?? 0).toBe(0)
  })

  it('drops equals together, and everything where nothing is large enough', () => {
    expect(sizeBy(equalWeight, {}, sizingOf(calm, { min: 0.34 }))).toMatchObject({ dropped: ['A', 'B', 'C'] })
    expect(sizeBy(equalWeight, {}, sizingOf(calm, { min: 0.2, max: 0.1 }))).toMatchObject({ dropped: ['A', 'B', 'C'] })
  })

  it('keeps a weight that is the minimum', () => {
    expect(sizeBy(equalWeight, {}, sizingOf(calm, { min: 1 / 3 }))).toMatchObject({ dropped: [] })
    expect(sizeBy(fixedFraction, {}, sizingOf(calm, { min: 0.05 }))).toMatchObject({ dropped: [] })
    expect(sizeBy(fixedFraction, {}, sizingOf(calm, { min: 0.051 }))).toMatchObject({ dropped: ['A', 'B', 'C'] })
  })

  it('shares out the risk among those that are left', () => {
    const weights = weightsBy(riskParity, {}, sizingOf(calm, { min: 0.3 }))
    expect(Object.keys(weights)).toEqual(['A', 'B'])
    expect(weights[id('A')]).toBeCloseTo(2 / 3, 9)
  })
})

describe('risk parity as a sizing', () => {
  it('says what a free name contributes to the variance per unit of budget', () => {
    const found = sizeBy(riskParity, { budgets: { B: 2 } }, sizingOf(calm))
    if (found.kind === 'hold') throw new Error(found.reason)
    // All move together, so variance is (Σσw)²; with shares 1 : 2 : 1 σw are in that proportion, and so are w·σ.
    const scale = Math.sqrt(1 / 3 + 1) // sample deviation of 1, −1, 1
    const [a, b, c] = [1, 1, 0.25].map((part) => part / 2.25)
    expect([...found.weights.values()]).toEqual([a, b, c].map((weight) => expect.closeTo(weight!, 9)))
    const variance = (scale * 0.01 * (a! + 2 * b! + 4 * c!)) ** 2
    expect(found.theta! / (variance / 4)).toBeCloseTo(1, 8)
  })
})
