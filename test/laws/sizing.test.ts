import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cappedSizes, type Scaled, scaledShares } from '#domain/sizing/caps.js'
import { kelly } from '#domain/sizing/kelly.js'
import type { Sized, SizingRequest } from '#domain/sizing/method.js'
import { type SizedToMinimum, sized, sizingMethods } from '#domain/sizing/registry.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import { sampleCovariance } from '#numerics/covariance.js'
import { timesVector } from '#numerics/matrix.js'
import { columnMeans } from '#numerics/moments.js'
import { scenariosOf } from '../unit/domain/targets/fixtures.js'

const RUNS = { numRuns: Number(process.env.BALLAST_SEQUENCES ?? 1_000) }
const CASES = { numRuns: Math.max(10_000, RUNS.numRuns) }
const EXACT = 1e-12
const NAMES = ['AAPL', 'BAC', 'CVX', 'GE', 'HD', 'JNJ']

const parts = fc.array(
  fc.record({
    // From almost nothing to far too much, and many that are equal.
    signal: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: 1e-12, max: 1e12, noNaN: true })),
    cap: fc.integer({ min: 0, max: 120 }).map((k) => k / 100),
  }),
  { minLength: 1, maxLength: 40 },
)
const budgets = fc.integer({ min: 0, max: 100 }).map((k) => k / 100)

const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + Math.abs(value), 0)

describe.each([
  ['shares', scaledShares],
  ['sizes', cappedSizes],
] as const)('%s under caps', (kind, scale) => {
  const input = fc.record({ parts, budget: budgets })
  const ask = (given: { parts: readonly { signal: number; cap: number }[]; budget: number }): Scaled =>
    scale(
      given.parts.map(({ signal }) => signal),
      given.parts.map(({ cap }) => cap),
      given.budget,
    )

  it('keep every cap and the budget, and are min(cap, θ·signal)', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { weights, theta } = ask(given)
        weights.forEach((weight, i) => {
          const { signal, cap } = given.parts[i]!
          expect(weight).toBeGreaterThanOrEqual(0)
          expect(weight).toBeLessThanOrEqual(cap + EXACT)
          const expected = signal === 0 ? 0 : Math.min(cap, theta * signal)
          expect(Math.abs(weight - expected)).toBeLessThanOrEqual(EXACT)
        })
        expect(sumOf(weights)).toBeLessThanOrEqual(given.budget + EXACT)
        if (kind === 'sizes') expect(theta).toBeLessThanOrEqual(1)
      }),
      CASES,
    )
  })

  it('spend the budget as far as the caps, and what sizes ask for, allow', () => {
    fc.assert(
      fc.property(input, (given) => {
        const most = given.parts.map(({ signal, cap }) =>
          signal === 0 ? 0 : kind === 'sizes' ? Math.min(signal, cap) : cap,
        )
        expect(sumOf(ask(given).weights)).toBeCloseTo(Math.min(given.budget, sumOf(most)), 11)
      }),
      RUNS,
    )
  })

  it('give equals the same, and the larger signal no less', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { weights } = ask(given)
        const pairs = given.parts.flatMap((one, i) => given.parts.map((other, j) => ({ one, other, i, j })))
        for (const { one, other, i, j } of pairs) {
          if (one.signal > other.signal || one.cap > other.cap) continue
          const equal = one.signal === other.signal && one.cap === other.cap
          if (equal ? weights[i] !== weights[j] : weights[i]! > weights[j]! + EXACT)
            expect.fail(`${weights[i]} of ${JSON.stringify(one)} beside ${weights[j]} of ${JSON.stringify(other)}`)
        }
      }),
      RUNS,
    )
  })

  it('do not change with the unit of signals, and never fall with the budget', () => {
    fc.assert(
      fc.property(input, fc.integer({ min: -6, max: 6 }), (given, power) => {
        const { weights } = ask(given)
        const more = ask({ ...given, budget: given.budget + 0.1 }).weights
        weights.forEach((weight, i) => {
          expect(more[i]!).toBeGreaterThanOrEqual(weight - EXACT)
        })
        if (kind === 'sizes') return
        const scaled = given.parts.map((part) => ({ ...part, signal: part.signal * 2 ** power }))
        expect(ask({ ...given, parts: scaled }).weights).toEqual(weights)
      }),
      RUNS,
    )
  })
})

/** Returns of up to six names over 24 to 40 bars; some have a mean well above or below 0, some do not move. */
const returns = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 24, max: 40 }))
  .chain(([names, rows]) => {
    const column = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: rows, maxLength: rows })
    const moving = fc.tuple(column, fc.integer({ min: -60, max: 60 })).map(([own, mean]) => own.map((x) => x + mean))
    const still = fc.constant(new Array<number>(rows).fill(0))
    const either = fc.oneof({ weight: 9, arbitrary: moving }, { weight: 1, arbitrary: still })
    return fc.array(either, { minLength: names, maxLength: names })
  })
  .map((columns) => Object.fromEntries(columns.map((column, i) => [NAMES[i]!, column.map((basis) => basis / 10_000)])))

const limits = fc.record({
  budget: budgets,
  max: fc.integer({ min: 0, max: 100 }).map((k) => k / 100),
  minimum: fc.constantFrom(0, 0.01, 0.1),
  low: fc.constantFrom(0, 0, -0.2),
})

function requestOf(
  scenarios: ScenarioSet,
  { budget, max, minimum, low }: { budget: number; max: number; minimum: number; low: number },
): SizingRequest {
  return { scenarios, least: 20, bars: null, budget, minimum, bounds: () => [low, max] }
}

/** The same scenarios with their columns in another order. */
function permuted(scenarios: ScenarioSet, keys: readonly number[]): ScenarioSet {
  const columns = scenarios.instruments.length
  const order = [...scenarios.instruments.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b)
  const values = Float64Array.from(scenarios.returns, (_, at) => {
    const row = Math.floor(at / columns)
    return scenarios.returns[row * columns + order[at % columns]!]!
  })
  return { ...scenarios, instruments: order.map((from) => scenarios.instruments[from]!), returns: values }
}

const text = (sizing: SizedToMinimum): string =>
  JSON.stringify(sizing, (_, value: unknown) => (value instanceof Map ? [...value] : value))

describe.each(Object.values(sizingMethods))('sizing by $name', (method) => {
  const params = method.schema.parse({})
  const input = fc.record({ returns, limits })
  const ask = (given: { returns: Record<string, number[]>; limits: Parameters<typeof requestOf>[1] }): SizedToMinimum =>
    sized(method, params, requestOf(scenariosOf(given.returns), given.limits))

  it('keeps caps, budget, minimum and signs', () => {
    let kept = 0
    fc.assert(
      fc.property(input, (given) => {
        const found = ask(given)
        if (found.kind === 'hold') return
        const { budget, max, minimum, low } = given.limits
        kept += 1
        for (const weight of found.weights.values()) {
          expect(Number.isFinite(weight)).toBe(true)
          expect(weight).toBeLessThanOrEqual(max + EXACT)
          expect(weight).toBeGreaterThanOrEqual(Math.min(0, low) - EXACT)
          if (weight !== 0) expect(Math.abs(weight)).toBeGreaterThanOrEqual(minimum * (1 - 1e-8))
        }
        // Risk parity meets the budget to a relative 1e-10 where caps bind: it is found by search.
        expect(sumOf(found.weights.values())).toBeLessThanOrEqual(budget * (1 + 1e-9) + EXACT)
      }),
      RUNS,
    )
    expect(kept).toBeGreaterThan(0.8 * RUNS.numRuns)
  })

  it('names who is at the cap, and only those', () => {
    fc.assert(
      fc.property(input, (given) => {
        const found = ask(given)
        if (found.kind === 'hold' || given.limits.max === 0) return
        const { max, low } = given.limits
        for (const [name, weight] of found.weights)
          expect(found.capped.includes(name), name).toBe(weight === max || (weight < 0 && weight === low))
        if (found.theta !== null) expect(Number.isFinite(found.theta)).toBe(true)
      }),
      RUNS,
    )
  })

  it('does not depend on the order of the instruments', () => {
    fc.assert(
      fc.property(input, fc.array(fc.nat(1000), { minLength: 6, maxLength: 6 }), (given, keys) => {
        const scenarios = scenariosOf(given.returns)
        const moved = sized(method, params, requestOf(permuted(scenarios, keys), given.limits))
        expect(text(moved)).toBe(text(sized(method, params, requestOf(scenarios, given.limits))))
      }),
      RUNS,
    )
  })
})

/** Weights by method of the same returns, and of all of them times a power of two, exactly. */
function beside(name: string, given: Record<string, number[]>, times: number, settings: object = {}) {
  const method = sizingMethods[name]!
  const scenarios = scenariosOf(given)
  const larger = { ...scenarios, returns: scenarios.returns.map((value) => value * times) }
  const limits = { budget: 1e9, max: 1e9, minimum: 0, low: 0 }
  const weights = (set: ScenarioSet) => {
    const found = sized(method, method.schema.parse(settings), requestOf(set, limits))
    return found.kind === 'hold' ? null : found.weights
  }
  return { one: weights(scenarios), other: weights(larger) }
}

describe('sizing, as returns grow', () => {
  it.each(['equal-weight', 'inverse-volatility', 'fixed-fraction'])('%s stays the same to the bit', (name) => {
    fc.assert(
      fc.property(returns, fc.integer({ min: -3, max: 3 }), (given, power) => {
        const { one, other } = beside(name, given, 2 ** power)
        // Budgets are a billion here, so that all that is compared is proportions.
        expect(other === null ? null : [...other]).toEqual(one === null ? null : [...one])
      }),
      RUNS,
    )
  })

  it('kelly shrinks in proportion', () => {
    fc.assert(
      fc.property(returns, fc.integer({ min: -3, max: 3 }), (given, power) => {
        const { one, other } = beside('kelly', given, 2 ** power)
        for (const [name, weight] of one ?? [])
          expect(Math.abs((other!.get(name)! * 2 ** power) / weight - 1)).toBeLessThan(1e-9)
      }),
      RUNS,
    )
  })

  it('volatility target is in proportion to the target, and to one over volatility', () => {
    fc.assert(
      fc.property(returns, fc.integer({ min: 1, max: 40 }), (given, k) => {
        const ask = (volatility: number): Sized | null => {
          const method = sizingMethods['volatility-target']!
          const settings = method.schema.parse({ volatility, base: 1 })
          const request = requestOf(scenariosOf(given), { budget: 1e9, max: 1e9, minimum: 0, low: 0 })
          const found = sized(method, settings, request)
          return found.kind === 'hold' ? null : found
        }
        const [one, other] = [ask(0.1), ask(0.1 * k)]
        for (const [name, weight] of one?.weights ?? []) {
          expect(weight * one!.volatilities!.of.get(name)!).toBeCloseTo(0.1, 12)
          expect(Math.abs(other!.weights.get(name)! / weight / k - 1)).toBeLessThan(EXACT)
        }
      }),
      RUNS,
    )
  })
})

describe('kelly without shorts', () => {
  it('meets the conditions of Karush, Kuhn and Tucker', () => {
    let bound = 0
    fc.assert(
      fc.property(returns, (given) => {
        const scenarios = scenariosOf(given)
        const request = requestOf(scenarios, { budget: 1e9, max: 1e9, minimum: 0, low: 0 })
        const found = sized(kelly, kelly.schema.parse({ fraction: 1 }), request)
        if (found.kind === 'hold') return
        const matrix = { rows: scenarios.rows, columns: scenarios.instruments.length, values: scenarios.returns }
        const f = Float64Array.from(scenarios.instruments, (name) => found.weights.get(name) ?? 0)
        const means = columnMeans(matrix)
        const largest = Math.max(...means.map(Math.abs))
        const pulls = timesVector(sampleCovariance(matrix), f).map((value, i) => (value - means[i]!) / largest)
        pulls.forEach((pull, i) => {
          if (f[i]! > 0) expect(Math.abs(pull)).toBeLessThan(1e-9)
          else expect(pull).toBeGreaterThan(-1e-9)
          if (f[i] === 0 && means[i]! > 0) bound += 1
        })
      }),
      RUNS,
    )
    expect(bound).toBeGreaterThan(0.02 * RUNS.numRuns)
  })
})
