import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageLinkage } from '#numerics/average-linkage.js'

/** Joins the two most alike clusters by the mean over all their pairs, until none is at `least`. */
function naive(similarity: Float64Array, size: number, least: number): number[][] {
  let clusters = Array.from({ length: size }, (_, at) => [at])
  const mean = (one: readonly number[], other: readonly number[]): number =>
    one.reduce((sum, i) => sum + other.reduce((all, j) => all + similarity[i * size + j]!, 0), 0) /
    (one.length * other.length)
  for (;;) {
    let best = { value: Number.NEGATIVE_INFINITY, i: 0, j: 0 }
    for (let i = 0; i < clusters.length; i += 1)
      for (let j = i + 1; j < clusters.length; j += 1) {
        const value = mean(clusters[i]!, clusters[j]!)
        if (value > best.value) best = { value, i, j }
      }
    if (!(best.value >= least - 1e-12))
      return clusters.map((cluster) => cluster.sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!)
    const joined = [...clusters[best.i]!, ...clusters[best.j]!]
    clusters = [...clusters.filter((_, at) => at !== best.i && at !== best.j), joined]
  }
}

/** Symmetric, ones on the diagonal, no two pairs alike. */
const similarities = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const pairs = (size * (size - 1)) / 2
  return fc
    .uniqueArray(fc.double({ min: -0.5, max: 1, noNaN: true }), { minLength: pairs, maxLength: pairs })
    .map((values) => {
      const matrix = new Float64Array(size * size).fill(1)
      let next = 0
      for (let i = 0; i < size; i += 1)
        for (let j = 0; j < i; j += 1) {
          matrix[i * size + j] = values[next]!
          matrix[j * size + i] = values[next]!
          next += 1
        }
      return { matrix, size }
    })
})

describe('clusters by average linkage', () => {
  it('are those of joining the two most alike again and again', () => {
    fc.assert(
      fc.property(similarities, fc.double({ min: 0, max: 0.95, noNaN: true }), ({ matrix, size }, least) => {
        expect(averageLinkage(matrix, size, least)).toEqual(naive(matrix, size, least))
      }),
      { numRuns: 2_000 },
    )
  })

  it('do not chain: what is like a neighbour only stays apart', () => {
    // A – B – C – D, each like the next at 0.8 and unlike the one after: connected components would make one of them.
    const size = 4
    const chain = Float64Array.from({ length: 16 }, (_, at) => {
      const gap = Math.abs((at % size) - Math.floor(at / size))
      return gap === 0 ? 1 : gap === 1 ? 0.8 : 0.1
    })
    expect(averageLinkage(chain, size, 0.7)).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  it('join exactly at the threshold, and of equally alike ones those that come first', () => {
    const flat = new Float64Array(25).fill(0.7)
    expect(averageLinkage(flat, 5, 0.7)).toEqual([[0, 1, 2, 3, 4]])
    expect(averageLinkage(flat, 5, 0.7000001)).toEqual([[0], [1], [2], [3], [4]])
    // B is like A and like C, and A and C are not alike: A comes first.
    const tie = Float64Array.of(1, 0.8, 0, 0.8, 1, 0.8, 0, 0.8, 1)
    expect(averageLinkage(tie, 3, 0.7)).toEqual([[0, 1], [2]])
  })

  it('of nobody are none, and nothing that is no number joins', () => {
    expect(averageLinkage(new Float64Array(0), 0, 0.7)).toEqual([])
    expect(averageLinkage(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2, 0.7)).toEqual([[0], [1]])
  })

  it('leave the similarities as they were', () => {
    fc.assert(
      fc.property(similarities, ({ matrix, size }) => {
        const before = matrix.slice()
        averageLinkage(matrix, size, 0.3)
        expect(matrix).toEqual(before)
      }),
    )
  })
})
