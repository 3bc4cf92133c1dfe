import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withRows } from '#units/rows.js'

const key = fc.constantFrom('A', 'B', 'C', 'a', '_', 'Z9', 'constructor')
const changes = fc.array(fc.tuple(key, fc.option(fc.integer(), { nil: null })), { maxLength: 8 })

describe('rows with some changed', () => {
  it('are those of a map, in the order of keys', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), (steps) => {
        const wanted = new Map<string, number>()
        let rows: Readonly<Record<string, number>> = {}
        for (const step of steps) {
          const before = JSON.stringify(rows)
          const next = withRows(rows, step)
          expect(JSON.stringify(rows)).toBe(before)
          for (const [name, row] of step) row === null ? wanted.delete(name) : wanted.set(name, row)
          rows = next
          expect(Object.entries(rows)).toEqual([...wanted].sort(([a], [b]) => (a < b ? -1 : 1)))
        }
      }),
    )
  })
})
