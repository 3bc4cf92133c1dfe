import { describe, expect, it } from 'vitest'
import { type BandRows, keepsBands, moderate } from '#domain/screen/bands.js'

/** Cash at price 0 of the list and one entry a weight band; every price is 1. */
function rows(entries: readonly { readonly units: number; readonly low: number; readonly high: number }[]): BandRows {
  const of = (read: (entry: (typeof entries)[number]) => number): Float64Array => Float64Array.from(entries, read)
  return {
    instruments: Int32Array.from(entries, (_, index) => index),
    units: of(({ units }) => units),
    low: of(({ low }) => low),
    high: of(({ high }) => high),
  }
}

const open = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
const keeps = (entries: Parameters<typeof rows>[0], prices: readonly number[] = entries.map(() => 1)): boolean =>
  keepsBands(rows(entries), 0, entries.length, Float64Array.from(prices))

describe('weights inside their bands', () => {
  const half = { units: 50, low: 0.45, high: 0.55 }

  it('are those strictly between both limits', () => {
    expect(keeps([{ units: 50, ...open }, half])).toBe(true)
    expect(
      keeps([
        { units: 50, ...open },
        { ...half, high: 0.5 },
      ]),
    ).toBe(false)
    expect(
      keeps([
        { units: 50, ...open },
        { ...half, low: 0.5 },
      ]),
    ).toBe(false)
  })

  it('are judged at the prices given, and only within the row', () => {
    expect(keeps([{ units: 50, ...open }, half], [1, 1.3])).toBe(false)
    const many = rows([{ units: 1, low: 0, high: 0 }, { units: 50, ...open }, half, { units: 1, low: 0, high: 0 }])
    expect(keepsBands(many, 1, 3, Float64Array.from([1, 1, 1, 1]))).toBe(true)
    expect(keepsBands(many, 0, 3, Float64Array.from([1, 1, 1, 1]))).toBe(false)
  })

  it('are none where a price or a quantity is not known, of nothing held too', () => {
    expect(keeps([{ units: 50, ...open }, half], [1, Number.NaN])).toBe(false)
    expect(
      keeps([
        { units: 50, ...open },
        { ...half, units: Number.NaN },
      ]),
    ).toBe(false)
    expect(
      keeps(
        [
          { units: 50, ...open },
          { units: 0, ...open },
        ],
        [1, Number.NaN],
      ),
    ).toBe(false)
  })

  it('are none where equity is not positive or beyond measure', () => {
    expect(keeps([{ units: 0, ...open }])).toBe(false)
    expect(keeps([{ units: -10, ...open }])).toBe(false)
    expect(keeps([{ units: Number.POSITIVE_INFINITY, ...open }])).toBe(false)
  })

  it('are none in a book so leveraged that floats may be wrong by half the margin', () => {
    const levered = (gross: number) => [
      { units: gross + 1, ...open },
      { units: -gross, ...open },
    ]
    // (2 + 28)·2⁻⁵²·(2·gross)² passes 5e-10 at a gross of about 137.
    expect(keeps(levered(130))).toBe(true)
    expect(keeps(levered(145))).toBe(false)
  })
})

describe('a moderate number', () => {
  it('is one whose products with others neither vanish nor overflow', () => {
    for (const value of [0, 1, -1, 1e-30, -1e30, 0.1]) expect(moderate(value)).toBe(value)
    for (const value of [9e-31, -9e-31, 1.1e30, Number.POSITIVE_INFINITY, Number.NaN]) expect(moderate(value)).toBeNaN()
  })
})
