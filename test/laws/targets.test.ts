import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cappedShares } from '#domain/sizing/caps.js'
import { propose, targetSources } from '#domain/targets/registry.js'
import type { Proposal, ScenarioSet } from '#domain/targets/source.js'
import { optimiserPolicy, policyOf, requestOf, scenariosOf } from '../unit/domain/targets/fixtures.js'

const NAMES = ['AAPL', 'BAC', 'CVX', 'GE', 'HD', 'JNJ']
const RUNS = { numRuns: 300 }

/** Returns of up to six names over up to 30 bars; some names may not move at all. */
const returns = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 30 }))
  .chain(([names, rows]) =>
    fc.tuple(
      ...NAMES.slice(0, names).map(() =>
        fc.oneof(
          { weight: 9, arbitrary: fc.array(fc.integer({ min: -300, max: 300 }), { minLength: rows, maxLength: rows }) },
          { weight: 1, arbitrary: fc.constant(new Array<number>(rows).fill(0)) },
        ),
      ),
    ),
  )
  .map((columns) => Object.fromEntries(columns.map((column, i) => [NAMES[i]!, column.map((basis) => basis / 10_000)])))

const settings = fc.record({
  cashReserve: fc.integer({ min: 0, max: 100 }).map((k) => k / 100),
  minWeight: fc.constantFrom(0, 0.001, 0.05),
  max: fc.integer({ min: 0, max: 100 }).map((k) => k / 100),
})

/** Parameters a source's schema accepts, for every entry of the registry. */
const params: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
  optimised: fc.constant({}),
  'inverse-volatility': fc.constant({}),
  'equal-weight': fc.constant({}),
  'fixed-fraction': fc.integer({ min: 1, max: 100 }).map((k) => ({ fraction: k / 100 })),
  'volatility-target': fc.record({
    volatility: fc.integer({ min: 1, max: 200 }).map((k) => k / 100),
    estimator: fc.constantFrom('realised', 'ewma'),
    lookback: fc.integer({ min: 2, max: 12 }),
    periodsPerYear: fc.constant(365),
  }),
  kelly: fc.record({ fraction: fc.integer({ min: 1, max: 100 }).map((k) => k / 100) }),
  'risk-parity': fc
    .dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 9 }))
    .map((budgets) => ({ budgets: { ...budgets } })),
  signal: fc
    .dictionary(fc.constantFrom(...NAMES), fc.record({ signal: fc.nat(9), confidence: fc.integer({ min: 0, max: 4 }) }))
    .map((signals) => ({
      signals: Object.fromEntries(
        Object.entries(signals).map(([name, { signal, confidence }]) => [name, { signal, confidence: confidence / 4 }]),
      ),
    })),
  fixed: fc.tuple(fc.array(fc.nat(1000), { minLength: 6, maxLength: 6 }), fc.boolean()).map(([parts, closed]) => {
    const total = parts.reduce((sum, part) => sum + part, 1)
    const weights = Object.fromEntries(NAMES.map((name, i) => [name, parts[i]! / total]))
    const cash = 1 - Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    return closed ? { weights, cash } : { weights }
  }),
}

/** The same scenarios with their columns in another order. */
function permuted(scenarios: ScenarioSet, order: readonly number[]): ScenarioSet {
  const columns = scenarios.instruments.length
  const moved = new Float64Array(scenarios.returns.length)
  for (let row = 0; row < scenarios.rows; row += 1)
    order.forEach((from, to) => {
      moved[row * columns + to] = scenarios.returns[row * columns + from]!
    })
  return { ...scenarios, instruments: order.map((from) => scenarios.instruments[from]!), returns: moved }
}

describe.each(Object.keys(targetSources))('target source %s', (name) => {
  const input = fc.record({ returns, settings, params: params[name]! })

  const ask = (
    given: { settings: { cashReserve: number; minWeight: number; max: number }; params: Record<string, unknown> },
    scenarios: ScenarioSet,
  ): Proposal => {
    const { cashReserve, minWeight, max } = given.settings
    const optimiser = { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, max } }
    const policy = policyOf(NAMES, { targets: { name, params: {}, cashReserve, minWeight }, optimiser })
    const answer = propose({ name, params: given.params }, requestOf(policy, scenarios))
    if (!answer.ok) throw new Error(answer.refusal.message)
    return answer.value
  }

  it('gives finite weights that sum to one with cash, none below the minimum, cash never negative', () => {
    let sets = 0
    fc.assert(
      fc.property(input, (given) => {
        const answer = ask(given, scenariosOf(given.returns))
        if (answer.kind !== 'targets') return
        sets += 1
        const weights = Object.values(answer.targets.weights)
        for (const weight of weights) {
          expect(Number.isFinite(weight)).toBe(true)
          expect(Math.abs(weight)).toBeGreaterThanOrEqual(given.settings.minWeight * (1 - 1e-9))
        }
        expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) + answer.targets.cash - 1)).toBeLessThan(1e-9)
        expect(answer.targets.cash).toBeGreaterThanOrEqual(0)
      }),
      RUNS,
    )
    if (name !== 'optimised') expect(sets).toBeGreaterThan(50)
  })

  it('answers the same question with the same bytes', () => {
    fc.assert(
      fc.property(input, (given) => {
        const first = JSON.stringify(ask(given, scenariosOf(given.returns)))
        expect(JSON.stringify(ask(given, scenariosOf(given.returns)))).toBe(first)
      }),
      RUNS,
    )
  })

  it('does not depend on the order of the instruments', () => {
    fc.assert(
      fc.property(input, fc.infiniteStream(fc.nat(1000)), (given, keys) => {
        const scenarios = scenariosOf(given.returns)
        const order = [...scenarios.instruments.keys()]
          .map((column) => ({ column, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ column }) => column)
        expect(JSON.stringify(ask(given, permuted(scenarios, order)))).toBe(JSON.stringify(ask(given, scenarios)))
      }),
      RUNS,
    )
  })
})

describe('capped shares', () => {
  it('are min(cap, θ·signal) with one θ, and spend the budget as far as the caps allow', () => {
    const part = fc.record({ signal: fc.integer({ min: 1, max: 1000 }), cap: fc.integer({ min: 0, max: 100 }) })
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 100 }),
        (parts, percent) => {
          const budget = percent / 100
          const caps = parts.map(({ cap }) => cap / 100)
          const shares = cappedShares(
            parts.map(({ signal }) => signal),
            caps,
            budget,
          )
          const capped = caps.reduce((sum, cap) => sum + cap, 0)
          const spent = shares.reduce((sum, share) => sum + share, 0)
          expect(spent).toBeCloseTo(Math.min(budget, capped), 12)
          const theta = Math.max(...shares.map((share, i) => share / parts[i]!.signal))
          shares.forEach((share, i) => {
            expect(share).toBeCloseTo(Math.min(caps[i]!, theta * parts[i]!.signal), 12)
          })
        },
      ),
      { numRuns: 1000 },
    )
  })
})
