import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { empiricalTail } from '#numerics/tail.js'

const data = new URL('../../../../shared/data/', import.meta.url)
const published = new URL('expected/risk_measures.json', data)

/** min over a of a + E[(L − a)⁺]/(1 − α), at the losses themselves, where the minimum of a convex kinked function is. */
function minimised(losses: readonly number[], masses: readonly number[], confidence: number): number {
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  const above = (a: number): number =>
    losses.reduce((sum, loss, i) => sum + (Math.max(0, loss - a) * masses[i]!) / total, 0)
  return Math.min(...losses.map((a) => a + above(a) / (1 - confidence)))
}

describe('empirical tail', () => {
  it('averages the worst twentieth of a hundred losses', () => {
    const losses = Float64Array.from({ length: 100 }, (_, i) => i + 1)
    expect(empiricalTail(losses, 0.95)).toEqual({ var: 95, cvar: expect.closeTo(98, 12) })
  })

  it('splits the loss at the boundary when α·T is no whole number', () => {
    // T = 10, α = 0.75: the tail weighs 2.5 losses: 10, 9 and half of 8.
    const tail = empiricalTail(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 0.75)
    expect(tail.var).toBe(8)
    expect(tail.cvar).toBeCloseTo((10 + 9 + 0.5 * 8) / 2.5, 12)
  })

  it('takes a boundary that is whole in decimal as whole in float64', () => {
    // (1 − 0.9)·10 = 0.9999999999999998 in float64; nine of ten losses are at most 9 all the same.
    const losses = Float64Array.from({ length: 10 }, (_, i) => i + 1)
    expect(empiricalTail(losses, 0.9)).toEqual({ var: 9, cvar: expect.closeTo(10, 12) })
  })

  it('is the largest loss when the tail is thinner than one scenario', () => {
    expect(empiricalTail(Float64Array.of(-1, 0.5, 0.2), 0.95)).toEqual({ var: 0.5, cvar: 0.5 })
  })

  it('is the one loss there is', () => {
    expect(empiricalTail(Float64Array.of(0.03), 0.9).cvar).toBeCloseTo(0.03, 15)
  })

  it('weighs scenarios by their probability and ignores impossible ones', () => {
    const tail = empiricalTail(Float64Array.of(100, 4, 2, 1), 0.75, Float64Array.of(0, 1, 2, 5))
    // Tail mass 2 of 8: all of 4 (1) and half of 2 (1 of 2).
    expect(tail).toEqual({ var: 2, cvar: 3 })
  })

  it('takes a doubled scenario for one of double probability', () => {
    const doubled = empiricalTail(Float64Array.of(3, 3, 2, 1, 0), 0.7)
    const weighted = empiricalTail(Float64Array.of(3, 2, 1, 0), 0.7, Float64Array.of(2, 1, 1, 1))
    expect(weighted.var).toBe(doubled.var)
    expect(weighted.cvar).toBeCloseTo(doubled.cvar, 14)
  })

  it('is the minimum of the Rockafellar–Uryasev function on random losses', () => {
    const losses = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 })
    const confidence = fc.integer({ min: 1, max: 199 }).map((k) => k / 200)
    fc.assert(
      fc.property(losses, confidence, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (values, alpha, stream) => {
        const masses = values.map(() => stream.next().value as number)
        const tail = empiricalTail(Float64Array.from(values), alpha, Float64Array.from(masses))
        expect(tail.cvar).toBeCloseTo(minimised(values, masses, alpha), 9)
        const equal = empiricalTail(Float64Array.from(values), alpha)
        expect(equal.cvar).toBeCloseTo(
          minimised(
            values,
            values.map(() => 1),
            alpha,
          ),
          9,
        )
        expect(equal.cvar).toBeGreaterThanOrEqual(equal.var - 1e-9)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['no loss', new Float64Array(0), 0.95, undefined],
    ['α = 1', Float64Array.of(1), 1, undefined],
    ['α = 0', Float64Array.of(1), 0, undefined],
    ['α not a number', Float64Array.of(1), Number.NaN, undefined],
    ['a loss that is not a number', Float64Array.of(1, Number.NaN), 0.9, undefined],
    ['a negative probability', Float64Array.of(1, 2), 0.9, Float64Array.of(1, -1)],
    ['no positive probability', Float64Array.of(1, 2), 0.9, Float64Array.of(0, 0)],
    ['one probability too few', Float64Array.of(1, 2), 0.9, Float64Array.of(1)],
  ])('throws on %s', (_what, losses, confidence, probabilities) => {
    expect(() => empiricalTail(losses, confidence, probabilities)).toThrow(RangeError)
  })

  it.skipIf(!existsSync(published))(
    'agrees with published VaR and CVaR of AAPL, 8312 daily returns (skip: no data)',
    () => {
      const { skfolio } = JSON.parse(readFileSync(published, 'utf8')) as {
        skfolio: { expected: Record<string, number> }
      }
      const csv = gunzipSync(readFileSync(new URL('market/skfolio_sp500_dataset.csv.gz', data))).toString()
      const [header, ...lines] = csv
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','))
      const closes = lines.map((cells) => Number(cells[header!.indexOf('AAPL')]))
      const losses = Float64Array.from(closes.slice(1), (close, i) => 1 - close / closes[i]!)
      const tail = empiricalTail(losses, 0.95)
      expect(losses.length).toBe(8312)
      expect(tail.cvar).toBeCloseTo(skfolio.expected.cvar_95!, 7)
      expect(tail.var).toBeCloseTo(skfolio.expected.value_at_risk_95!, 7)
    },
  )
})
