import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cholesky, choleskySolve } from '#numerics/cholesky.js'
import { type Matrix, timesVector } from '#numerics/matrix.js'
import { signedMinimum } from '#numerics/signed-minimum.js'
import { covarianceOf, square } from '../../support/risk-shares.js'

/** Lines of four small whole numbers and more: A = MᵀM + ½I is positive definite and not well conditioned on purpose. */
const problems = fc.integer({ min: 1, max: 7 }).chain((size) => {
  const row = (least: number, most: number) =>
    fc.array(fc.integer({ min: least, max: most }), { minLength: size, maxLength: size })
  return fc
    .record({
      lines: fc.array(row(-5, 5), { minLength: 1, maxLength: size }),
      gains: row(-9, 9),
      bounded: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    })
    .map(({ lines, gains, bounded }) => {
      const entry = (i: number, j: number): number =>
        lines.reduce((sum, line) => sum + line[i]! * line[j]!, i === j ? 0.5 : 0)
      const values = Float64Array.from({ length: size * size }, (_, at) => entry(Math.floor(at / size), at % size))
      return { matrix: { rows: size, columns: size, values }, gains: Float64Array.from(gains), bounded }
    })
})

describe('cholesky', () => {
  it('is the triangle of a matrix by hand, and solves with it', () => {
    const matrix = square([4, 12, -16], [12, 37, -43], [-16, -43, 98])
    const lower = cholesky(matrix, [0, 1, 2])!
    expect([...lower]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3])
    expect([...choleskySolve(lower, timesVector(matrix, Float64Array.of(1, -2, 3)))]).toEqual([1, -2, 3])
  })

  it('takes the rows and columns it is asked for', () => {
    const lower = cholesky(square([9, 1, 3], [1, 7, 7], [3, 7, 5]), [2, 0])!
    expect([...lower]).toEqual([Math.sqrt(5), 0, 3 / Math.sqrt(5), expect.closeTo(Math.sqrt(9 - 9 / 5), 15)])
  })

  it('finds none of a matrix that is singular or indefinite, whatever its scale', () => {
    for (const scale of [1e-12, 1, 1e12]) {
      expect(
        cholesky(
          covarianceOf([scale, 3 * scale], () => 1),
          [0, 1],
        ),
      ).toBeNull()
      expect(
        cholesky(
          covarianceOf([scale, scale], () => 2),
          [0, 1],
        ),
      ).toBeNull()
      expect(
        cholesky(
          covarianceOf([scale, 1e-6 * scale], () => 0.9),
          [0, 1],
        ),
      ).not.toBeNull()
    }
    expect(cholesky(square([Number.NaN]), [0])).toBeNull()
  })
})

describe('the minimum under signs', () => {
  it('is not the free minimum with its negative parts clipped', () => {
    // By hand, A⁻¹b = (1 − 0.5·0.2, 0.2 − 0.5·1)/0.75 = (1.2, −0.4). With the second held at 0 the first is 1, not 1.2.
    const matrix = square([1, 0.5], [0.5, 1])
    const gains = Float64Array.of(1, 0.2)
    expect([...signedMinimum(matrix, gains, [false, false])!]).toEqual([
      expect.closeTo(1.2, 14),
      expect.closeTo(-0.4, 14),
    ])
    expect([...signedMinimum(matrix, gains, [true, true])!]).toEqual([1, 0])
    expect([...signedMinimum(matrix, gains, [true, false])!]).toEqual([
      expect.closeTo(1.2, 14),
      expect.closeTo(-0.4, 14),
    ])
  })

  it('is nothing where nothing gains', () => {
    const matrix = covarianceOf([0.1, 0.2], () => 0.3)
    expect([...signedMinimum(matrix, Float64Array.of(-1, 0), [true, true])!]).toEqual([0, 0])
    expect([...signedMinimum(matrix, Float64Array.of(0, 0), [true, false])!]).toEqual([0, 0])
  })

  it('meets the conditions of Karush, Kuhn and Tucker', () => {
    let held = 0
    fc.assert(
      fc.property(problems, ({ matrix, gains, bounded }) => {
        const x = signedMinimum(matrix, gains, bounded)!
        const slopes = timesVector(matrix, x).map((value, i) => value - gains[i]!)
        const slack = 1e-10 * Math.max(1, ...gains.map(Math.abs))
        x.forEach((value, i) => {
          if (bounded[i]) expect(value).toBeGreaterThanOrEqual(0)
          else expect(Math.abs(slopes[i]!)).toBeLessThan(slack)
          expect(slopes[i]!).toBeGreaterThan(-slack)
          expect(Math.abs(value * slopes[i]!)).toBeLessThan(slack)
          if (value === 0 && gains[i]! > 0) held += 1
        })
      }),
      { numRuns: 5_000 },
    )
    // Some are held at 0 only because of what the others are.
    expect(held).toBeGreaterThan(200)
  })

  it('has no larger objective than any sign pattern tried one by one', () => {
    const objective = ({ columns, values }: Matrix, gains: Float64Array, x: Float64Array): number =>
      x.reduce((sum, xi, i) => {
        const row = values.subarray(i * columns, (i + 1) * columns)
        return sum + xi * (row.reduce((all, value, j) => all + value * x[j]!, 0) / 2 - gains[i]!)
      }, 0)
    fc.assert(
      fc.property(problems, ({ matrix, gains, bounded }) => {
        const size = gains.length
        const found = objective(matrix, gains, signedMinimum(matrix, gains, bounded)!)
        for (let pattern = 0; pattern < 2 ** size; pattern += 1) {
          const chosen = [...gains.keys()].filter((i) => !bounded[i] || (pattern >> i) % 2 === 1)
          const lower = cholesky(matrix, chosen)!
          const x = new Float64Array(size)
          choleskySolve(
            lower,
            Float64Array.from(chosen, (i) => gains[i]!),
          ).forEach((value, at) => {
            x[chosen[at]!] = value
          })
          if (x.some((value, i) => bounded[i] && value < 0)) continue
          expect(found).toBeLessThan(objective(matrix, gains, x) + 1e-9)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('ends where exchanging whole blocks would go round for ever', () => {
    const matrix = square(
      [87.003, 80, 1, 40, -81, 2, -32],
      [80, 93.003, -23, 7, -71, -20, -53],
      [1, -23, 118.003, 70, -74, 4, 148],
      [40, 7, 70, 127.003, -45, -40, 88],
      [-81, -71, -74, -45, 140.003, -18, -57],
      [2, -20, 4, -40, -18, 116.003, -34],
      [-32, -53, 148, 88, -57, -34, 211.003],
    )
    const gains = Float64Array.of(3, 0, 0, -3, 4, 0, 2)
    const x = signedMinimum(matrix, gains, new Array<boolean>(7).fill(true))!
    const slopes = timesVector(matrix, x).map((value, i) => value - gains[i]!)
    x.forEach((value, i) => {
      expect(slopes[i]!).toBeGreaterThan(-1e-8)
      expect(Math.abs(value * slopes[i]!)).toBeLessThan(1e-8)
    })
  })

  it('finds none with a singular matrix, and refuses lengths that do not fit', () => {
    expect(
      signedMinimum(
        covarianceOf([1, 1], () => 1),
        Float64Array.of(1, 0),
        [true, true],
      ),
    ).toBeNull()
    expect(() => signedMinimum(square([1]), Float64Array.of(1, 2), [true, true])).toThrow(RangeError)
  })

  it('ends with 300 names in a moment', () => {
    const size = 300
    const random = (at: number): number => ((at * 2654435761) % 4294967296) / 4294967296
    const deviations = Array.from({ length: size }, (_, i) => 0.01 * (1 + 4 * random(i + 1)))
    const matrix = covarianceOf(deviations, () => 0.35)
    const gains = Float64Array.from(deviations, (deviation, i) => deviation * (random(i + 7919) - 0.4) * 0.1)
    const x = signedMinimum(matrix, gains, new Array<boolean>(size).fill(true))!
    expect(x.filter((value) => value > 0).length).toBeGreaterThan(5)
    const slopes = timesVector(matrix, x).map((value, i) => value - gains[i]!)
    for (const i of gains.keys()) expect(slopes[i]!).toBeGreaterThan(-1e-12)
  })
})
