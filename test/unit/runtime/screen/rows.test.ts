import { describe, expect, it } from 'vitest'
import type { ScreenRow } from '#domain/screen/row.js'
import { Rows } from '#runtime/screen/rows.js'
import { instrumentId } from '#units/ids.js'

const ONES = new Float64Array(20_000).fill(1)
const numberOf = (name: string): number => Number(name)

/** A row of so many names from a number on, each a share of one, inside its band or not. */
function row(first: number, names: number, inside = true): ScreenRow {
  const size = names + 1
  return {
    names: Array.from({ length: names }, (_, at) => instrumentId(String(first + at))),
    units: new Float64Array(size).fill(1),
    low: new Float64Array(size).fill(inside ? 0 : 0.9),
    high: new Float64Array(size).fill(1.1),
    anchor: 0,
  }
}

const marked = (rows: Rows, instrument: number, slots: number): number[] => {
  const marks = new Uint8Array(slots)
  rows.mark(instrument, marks)
  return [...marks.keys()].filter((slot) => marks[slot] === 1)
}

describe('rows of many portfolios', () => {
  it('are judged each for itself, and none at all keeps its bands', () => {
    const rows = new Rows()
    rows.put(0, row(1, 3), numberOf)
    rows.put(1, row(1, 3, false), numberOf)
    rows.put(2, null, numberOf)
    expect([0, 1, 2].map((slot) => rows.keeps(slot, ONES))).toEqual([true, false, true])
  })

  it('stay what they are when others grow, shrink and move', () => {
    const rows = new Rows()
    const inside = (slot: number): boolean => slot % 3 !== 0
    for (let round = 1; round <= 40; round += 1)
      for (let slot = 0; slot < 30; slot += 1)
        if (round === 1 || (slot + round) % 4 === 0)
          rows.put(slot, row(slot + 1, 2 + ((slot * round) % 60), inside(slot)), numberOf)
    for (let slot = 0; slot < 30; slot += 1) expect(rows.keeps(slot, ONES), `slot ${slot}`).toBe(inside(slot))
    const dear = new Float64Array(ONES).fill(Number.NaN, 1, 2)
    expect([rows.keeps(0, dear), rows.keeps(1, dear)]).toEqual([false, true])
  })

  it('take no more room for rows that move again and again', () => {
    const rows = new Rows()
    rows.put(0, row(1, 5), numberOf)
    for (let names = 1; names < 2_000; names += 1) rows.put(1, row(1, names), numberOf)
    expect(rows.entries).toBe(6 + 2_000)
    expect(rows.room).toBeLessThan(3 * 2_000 * 2)
  })

  it('say who holds an instrument, once it came into the row and after', () => {
    const rows = new Rows()
    rows.put(0, row(1, 3), numberOf)
    rows.put(1, row(3, 3), numberOf)
    expect(marked(rows, 3, 2)).toEqual([0, 1])
    expect(marked(rows, 5, 2)).toEqual([1])
    expect(marked(rows, 9, 2)).toEqual([])
    rows.put(0, row(5, 1), numberOf)
    expect(marked(rows, 5, 2)).toEqual([0, 1])
  })

  it('forget in time who held an instrument once', () => {
    const rows = new Rows()
    rows.put(0, row(1, 1), numberOf)
    for (let round = 0; round < 10_000; round += 1) rows.put(1, row(2 + round, 1), numberOf)
    expect(marked(rows, 2, 2)).toEqual([])
    expect(marked(rows, 1, 2)).toEqual([0])
    expect(marked(rows, 10_001, 2)).toEqual([1])
  })
})
