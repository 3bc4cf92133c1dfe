import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { costModels, costSlope, estimateCost } from '#domain/cost/registry.js'
import type { Chosen } from '#domain/policy.js'
import { instrumentId } from '#units/ids.js'
import { type Price, price, type Quantity, quantity, total } from '#units/money.js'
import { ONE } from '../support/books.js'

const AAA = instrumentId('AAA')
const rate = fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10)

/** Parameters each model's schema accepts; a model without a row here fails the first law. */
const params: Readonly<Record<string, fc.Arbitrary<Record<string, unknown>>>> = {
  simple: fc.record({ spreadBps: rate, slippageBps: rate, commissionBps: rate }, { requiredKeys: [] }),
}

const units = fc.integer({ min: 0, max: 10_000_000 }).map((thousandths) => quantity(`${thousandths / 1000}`))
const prices = fc.integer({ min: 1, max: 1_000_000 }).map((cents) => price(`${cents / 100}`))

describe.each(Object.keys(costModels))('the cost model %s', (name) => {
  const model = costModels[name]!
  const chosen = params[name]!.map((given) => ({ name, params: given }))
  const at = (choice: Chosen, size: Quantity, each: Price) =>
    estimateCost(choice, { instrument: AAA, quantity: size, price: each, multiplier: ONE })

  it('is filed under its own name, with a summary and a described default for every parameter', () => {
    expect(model.name).toBe(name)
    expect(model.summary).not.toBe('')
    const json = z.toJSONSchema(model.schema, { target: 'draft-7', io: 'input' })
    for (const key of Object.values(json.properties ?? {}) as { description?: string; default?: unknown }[]) {
      expect(key.description).toBeTruthy()
      expect(key.default).toBeDefined()
    }
    expect(model.schema.safeParse({}).success).toBe(true)
  })

  it('never charges a negative part, sums its parts, and charges nothing for nothing', () => {
    fc.assert(
      fc.property(chosen, units, prices, (choice, size, each) => {
        const cost = at(choice, size, each)
        const parts = [cost.spread, cost.temporary, cost.permanent, cost.commission]
        for (const part of parts) expect(part.isFinite() && part.gte(0)).toBe(true)
        expect(cost.total.eq(total(parts))).toBe(true)
        expect(at(choice, quantity('0'), each).total.isZero()).toBe(true)
      }),
    )
  })

  it('is non-decreasing and convex in size', () => {
    fc.assert(
      fc.property(chosen, units, units, prices, (choice, a, b, each) => {
        const [small, large] = a.lte(b) ? [a, b] : [b, a]
        const middle = quantity(small.plus(large).div(2))
        const [low, mid, high] = [small, middle, large].map((size) => at(choice, size, each).total)
        expect(low!.lte(mid!) && mid!.lte(high!)).toBe(true)
        expect(mid!.times(2).minus(low!).minus(high!).lte('1e-20')).toBe(true)
      }),
    )
  })

  it('never charges more than its slope a unit of value', () => {
    fc.assert(
      fc.property(chosen, units, prices, (choice, size, each) => {
        const bound = size.times(each).times(costSlope(choice, AAA) * (1 + 1e-12))
        expect(at(choice, size, each).total.lte(bound)).toBe(true)
      }),
    )
  })
})
