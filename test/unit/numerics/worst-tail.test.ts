import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { empiricalTail } from '#numerics/tail.js'
import { worstTail } from '#numerics/worst-tail.js'

const ROWS = 30
const row = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: ROWS, maxLength: ROWS })
  .map((values) => Float64Array.from(values, (value) => value / 1_000))
const changes = (min: number, max: number) => fc.array(row, { minLength: min, maxLength: max })

const cvarAt = (losses: Float64Array, some: readonly Float64Array[], parts: readonly number[]): number =>
  empiricalTail(
    losses.map((loss, at) => some.reduce((sum, change, i) => sum + parts[i]! * change[at]!, loss)),
    0.9,
  ).cvar

describe('the largest CVaR that changes may come to', () => {
  it('is that of the worst corner, and no parts of the changes exceed it', () => {
    fc.assert(
      fc.property(
        row,
        changes(0, 5),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (losses, some, parts) => {
          const { cvar, exact } = worstTail(losses, some, 0.9)
          expect(exact).toBe(true)
          expect(cvarAt(losses, some, parts)).toBeLessThanOrEqual(cvar + 1e-12)
          const corners = Array.from({ length: 2 ** some.length }, (_, mask) =>
            cvarAt(
              losses,
              some,
              some.map((__, i) => (mask >> i) & 1),
            ),
          )
          expect(cvar).toBeCloseTo(Math.max(...corners), 12)
        },
      ),
    )
  })

  it('of many changes is a bound that no parts exceed, and that only grows with them', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(row, changes(9, 12), fc.array(unit, { minLength: 12, maxLength: 12 }), (losses, some, parts) => {
        const { cvar, exact } = worstTail(losses, some, 0.9)
        expect(exact).toBe(false)
        expect(cvarAt(losses, some, parts)).toBeLessThanOrEqual(cvar + 1e-12)
        const smaller = some.map((change, i) => change.map((value) => value * parts[i]!))
        expect(worstTail(losses, smaller, 0.9).cvar).toBeLessThanOrEqual(cvar + 1e-12)
        expect(worstTail(losses, some.slice(0, 8), 0.9).cvar).toBeLessThanOrEqual(cvar + 1e-12)
      }),
    )
  })
})
