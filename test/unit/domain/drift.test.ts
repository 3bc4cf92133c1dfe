import { describe, expect, it } from 'vitest'
import type { Valuation } from '#domain/book/valuation.js'
import { analyseDrift } from '#domain/drift.js'
import type { DriftBand } from '#domain/policy.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import { Decimal } from '#units/decimal.js'
import { money } from '#units/money.js'
import { byId, id } from './targets/fixtures.js'

/** A book worth 100 with these values in it, the rest cash; weights as value/equity in float64. */
function book(values: Record<string, string>, changes: Partial<Valuation> = {}): Valuation {
  const equity = new Decimal(100)
  const cash = Object.values(values).reduce((left, value) => left.minus(value), equity)
  return {
    equity: money(equity),
    cash: money(cash),
    values: byId(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, money(value)]))),
    weights: byId(
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, new Decimal(value).div(equity).toNumber()]),
      ),
    ),
    cashWeight: cash.div(equity).toNumber(),
    frozen: [],
    unpriced: [],
    ...changes,
  }
}

const targets = (weights: Record<string, number>, cash = 0): TargetSet => ({ weights: byId(weights), cash })

const absolute: DriftBand = { type: 'absolute', band: 0.05, relativeFloor: 0.01, perInstrument: {}, includeCash: false }
const relative: DriftBand = { ...absolute, type: 'relative' }
const frozen = (name: string) => ({
  instrument: id(name),
  reason: { code: 'price_stale', message: `${name} is stale` },
})

describe('drift', () => {
  it.each([
    ['30', 0.25, true],
    ['20', 0.25, true],
    ['29.9999', 0.25, false],
    ['20.0001', 0.25, false],
    ['35', 0.3, true],
  ])('at absolute 0.05, %s %% against %d: breach is %s', (held, target, breached) => {
    const { rows, breaches } = analyseDrift(book({ A: held }), targets({ A: target }), absolute)
    expect(rows[0]!.breached).toBe(breached)
    expect(breaches).toHaveLength(breached ? 1 : 0)
  })

  it('breaches at the limit although .30 − .25 < .05 in float64', () => {
    expect(0.3 - 0.25).toBeLessThan(0.05)
    expect(analyseDrift(book({ A: '30' }), targets({ A: 0.25 }), absolute).breaches).toHaveLength(1)
  })

  it('a relative band holds at its floor although 1 − .9 < .1 in float64, and not at a target that is only rounding', () => {
    const cash = 1 - (0.025 + 0.375 + 0.025 + 0.475)
    expect(cash).toBeLessThan(0.1)
    const policy: DriftBand = { ...relative, relativeFloor: 0.1, includeCash: true }
    const { rows } = analyseDrift(book({ A: '87.5' }), targets({ A: 0.9 }, cash), policy)
    expect(rows.find(({ instrument }) => instrument === 'CASH')).toMatchObject({ kind: 'relative', breached: true })
    const nothing = analyseDrift(book({ A: '100' }), targets({ A: 1 }, 1e-16), { ...policy, relativeFloor: 0 })
    expect(nothing.rows.find(({ instrument }) => instrument === 'CASH')).toMatchObject({
      kind: 'absolute',
      breached: false,
    })
  })

  it.each([
    ['26.25', true],
    ['23.75', true],
    ['26.2499', false],
    ['23.7501', false],
  ])('at relative 0.05, %s %% against 25 %%: breach is %s', (held, breached) => {
    const [row] = analyseDrift(book({ A: held }), targets({ A: 0.25 }), relative).rows
    expect(row).toMatchObject({ kind: 'relative', band: 0.05, breached })
  })

  it('covers the union of held and targeted: a stranger has target 0, a missing name weighs 0', () => {
    const { rows } = analyseDrift(book({ A: '6' }), targets({ B: 0.04 }), absolute)
    expect(rows).toEqual([
      { instrument: 'A', held: 0.06, target: 0, gap: 0.06, band: 0.05, kind: 'absolute', breached: true },
      { instrument: 'B', held: 0, target: 0.04, gap: 0.04, band: 0.05, kind: 'absolute', breached: false },
    ])
  })

  it('falls back to the absolute 0.05 where the target is too small for a ratio', () => {
    const wide = { ...relative, band: 0.2 }
    const { rows } = analyseDrift(book({ A: '2', B: '5', C: '1.2' }), targets({ A: 0.009, C: 0.01 }), wide)
    expect(rows.map(({ instrument, kind, band, breached }) => [instrument, kind, band, breached])).toEqual([
      ['B', 'absolute', 0.05, true],
      ['C', 'relative', 0.2, true],
      ['A', 'absolute', 0.05, false],
    ])
  })

  it('uses an instrument’s own band', () => {
    const own = { ...absolute, perInstrument: byId({ A: 0.1 }) }
    const { breaches } = analyseDrift(book({ A: '34', B: '34' }), targets({ A: 0.25, B: 0.25 }), own)
    expect(breaches.map(({ instrument }) => instrument)).toEqual(['B'])
  })

  it('counts cash only when the band includes it', () => {
    const held = book({ A: '60' })
    expect(analyseDrift(held, targets({ A: 0.6 }, 0.02), absolute).breaches).toEqual([])
    const { breaches } = analyseDrift(held, targets({ A: 0.6 }, 0.02), { ...absolute, includeCash: true })
    expect(breaches).toMatchObject([{ instrument: 'CASH', held: 0.4, target: 0.02 }])
  })

  it('puts the widest gap in units of its band first, ties by name, and finds the largest in weight', () => {
    const bands = { ...absolute, perInstrument: byId({ A: 0.2, D: 0.01 }) }
    const analysis = analyseDrift(book({ A: '20', B: '10', C: '10', D: '4' }), targets({}), bands)
    expect(analysis.rows.map(({ instrument }) => instrument)).toEqual(['D', 'B', 'C', 'A'])
    expect(analysis.largest).toBe(0.2)
  })

  it('has no drift when all is at target', () => {
    const analysis = analyseDrift(book({ A: '25' }), targets({ A: 0.25 }, 0.75), absolute)
    expect(analysis).toMatchObject({ breaches: [], largest: 0, inconclusive: [] })
  })

  it('is inconclusive over a frozen holding, and gives it no row', () => {
    const analysis = analyseDrift(book({ A: '40', B: '30' }, { frozen: [frozen('A')] }), targets({ B: 0.3 }), absolute)
    expect(analysis.inconclusive).toEqual(['A is stale'])
    expect(analysis.rows.map(({ instrument }) => instrument)).toEqual(['B'])
  })

  it('is inconclusive over a holding without any price', () => {
    const valued = book({ B: '30' }, { frozen: [frozen('A')], unpriced: [id('A')] })
    expect(analyseDrift(valued, targets({ A: 0.5, B: 0.3 }), absolute)).toMatchObject({
      inconclusive: ['A is stale'],
      breaches: [],
    })
    expect(analyseDrift(valued, targets({ B: 0.3 }), absolute).inconclusive).toEqual(['A is stale'])
  })

  it('is conclusive over a frozen name that weighs nothing and is not targeted', () => {
    const analysis = analyseDrift(book({ A: '0' }, { frozen: [frozen('A')] }), targets({}), absolute)
    expect(analysis.inconclusive).toEqual([])
  })

  it.each(['0', '-5'])('is inconclusive with an equity of %s', (amount) => {
    const analysis = analyseDrift(book({}, { equity: money(amount), weights: {} }), targets({ A: 1 }), absolute)
    expect(analysis).toEqual({ rows: [], breaches: [], largest: 0, inconclusive: [`equity is ${amount}`] })
  })
})
