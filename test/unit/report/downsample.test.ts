import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keepExtremes, keepSteps } from '#report/downsample.js'

const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 3000 })
const limits = fc.integer({ min: 4, max: 600 })

const ascending = (indices: readonly number[]): boolean =>
  indices.every((index, at) => at === 0 || index > indices[at - 1]!)

describe('downsampling', () => {
  it('keeps everything when it is few', () => {
    expect(keepExtremes([3, 1, 2], 4)).toEqual([0, 1, 2])
    expect(keepSteps([[3, 1, 2]], 4)).toEqual([0, 1, 2])
    expect(keepSteps([], 4)).toEqual([])
  })

  it('keeps the ends and, of each stretch, its lowest and highest', () => {
    //            0  1  2   3  4  5   6  7  8  9
    const line = [5, 5, 9, 5, 1, 5, -7, 5, 8, 5]
    expect(keepExtremes(line, 6)).toEqual([0, 2, 4, 6, 8, 9])
  })

  it('keeps both sides of the largest step of a stretch', () => {
    const flat = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    expect(keepSteps([flat, flat.map((value) => 1 - value)], 6)).toEqual([0, 3, 4, 5, 6, 11])
  })

  it('never loses the lowest or the highest, the ends or the order, and never exceeds the limit', () => {
    fc.assert(
      fc.property(numbers, limits, (values, limit) => {
        const kept = keepExtremes(values, limit)
        const seen = kept.map((index) => values[index]!)
        expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 4))
        expect(ascending(kept)).toBe(true)
        expect([kept[0], kept.at(-1)]).toEqual([0, values.length - 1])
        expect(seen.reduce((a, b) => Math.min(a, b))).toBe(values.reduce((a, b) => Math.min(a, b)))
        expect(seen.reduce((a, b) => Math.max(a, b))).toBe(values.reduce((a, b) => Math.max(a, b)))
      }),
      { seed: 20_240_301 },
    )
  })

  it('keeps the largest step of all series with its two sides', () => {
    fc.assert(
      fc.property(numbers, limits, (values, limit) => {
        const kept = keepSteps([values], limit)
        expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 4))
        expect(ascending(kept)).toBe(true)
        const step = (at: number): number => Math.abs(values[at]! - values[at - 1]!)
        // The step into the very last point always has its right side; its left side is kept only when it is drawn.
        let largest = 0
        for (let at = 1; at < values.length - 1; at += 1) largest = Math.max(largest, step(at))
        const drawn = kept
          .filter((index) => index > 0 && index < values.length - 1 && kept.includes(index - 1))
          .map(step)
        if (values.length > 2) expect(Math.max(0, ...drawn)).toBe(largest)
      }),
      { seed: 20_240_302 },
    )
  })
})
