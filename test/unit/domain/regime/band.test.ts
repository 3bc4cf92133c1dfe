import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Band, clearness, type Flag, flagAfter } from '#domain/regime/band.js'

const HIGH: Band = { enter: 0.2, exit: 0.1 }
const LOW: Band = { enter: 0.08, exit: 0.1 }

const following = (figures: readonly number[], band: Band, hold = 20): Flag | null =>
  figures.reduce<Flag | null>((flag, figure) => flagAfter(flag, figure, band, hold), null)

describe('a flag with two thresholds', () => {
  it('goes up at the one and comes down at the other, both exactly', () => {
    expect(following([0.2], HIGH)).toEqual({ up: true, undecided: 0 })
    expect(following([0.2, 0.11], HIGH)).toEqual({ up: true, undecided: 1 })
    expect(following([0.2, 0.1], HIGH)).toEqual({ up: false, undecided: 0 })
    expect(following([0.1, 0.19], HIGH)).toEqual({ up: false, undecided: 1 })
    expect(following([0.1 + 0.2 - 0.1], HIGH)?.up).toBe(true)
  })

  it('of small figures goes up at or below its lower one', () => {
    expect(following([0.08], LOW)?.up).toBe(true)
    expect(following([0.08, 0.099], LOW)?.up).toBe(true)
    expect(following([0.08, 0.1], LOW)?.up).toBe(false)
  })

  it('is what the half of the band says when nothing ever decided, or longer ago than it may hold', () => {
    expect(following([0.16], HIGH)?.up).toBe(true)
    expect(following([0.14], HIGH)?.up).toBe(false)
    expect(following([0.2, ...Array(3).fill(0.14)], HIGH, 3)?.up).toBe(true)
    expect(following([0.2, ...Array(4).fill(0.14)], HIGH, 3)?.up).toBe(false)
    expect(following([0.2, ...Array(40).fill(0.14)], HIGH, 3)).toEqual({ up: false, undecided: 4 })
  })

  it('depends on the figures of as many bars as it may hold and the one now, whatever came before', () => {
    const figure = fc.double({ min: 0.09, max: 0.21, noNaN: true })
    const figures = (least: number, most: number) => fc.array(figure, { minLength: least, maxLength: most })
    fc.assert(
      fc.property(figures(0, 12), figures(0, 12), figures(6, 6), (one, other, last) => {
        const of = (before: readonly number[]) => following([...before, ...last], HIGH, 5)
        expect(of(one)?.up).toBe(of(other)?.up)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is as clear as its figure is far on its side', () => {
    const clear = (up: boolean, figure: number) => clearness({ up, undecided: 0 }, figure, HIGH)
    expect(clear(true, 0.15)).toBeCloseTo(0.5, 12)
    expect(clear(true, 0.2)).toBeCloseTo(0.75, 12)
    expect(clear(true, 0.25)).toBeCloseTo(1, 12)
    expect(clear(true, 9)).toBe(1)
    expect(clear(true, 0.11)).toBeCloseTo(0.3, 12)
    expect(clear(false, 0.05)).toBeCloseTo(1, 12)
    expect(clear(false, 0.19)).toBeCloseTo(0.3, 12)
  })
})
