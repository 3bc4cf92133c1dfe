import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { equity } from '#domain/instrument/equity.js'
import { instrumentClasses, marginRequirement, specsOf, unitExposure, wholeLots } from '#domain/instrument/registry.js'
import { instrumentId } from '#units/ids.js'
import { price, quantity } from '#units/money.js'
import { shareSpec } from '../../../support/books.js'

describe('the instrument registry', () => {
  it('files each handler under its own name, with a summary', () => {
    for (const [name, handler] of Object.entries(instrumentClasses)) {
      expect(handler.name).toBe(name)
      expect(handler.summary).not.toBe('')
    }
  })

  it('describes every key of every class in a JSON schema with defaults', () => {
    for (const handler of Object.values(instrumentClasses)) {
      const json = z.toJSONSchema(handler.schema, { target: 'draft-7', io: 'input' })
      const keys = Object.values(json.properties ?? {}) as { description?: string; default?: unknown }[]
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) {
        expect(key.description).toBeTruthy()
        expect(key.default).toBeDefined()
      }
    }
  })

  it('indexes a universe by id and refuses an id that appears twice', () => {
    const [a, b] = [shareSpec('AAA'), shareSpec('BBB')]
    expect(specsOf([a, b])).toEqual({ AAA: a, BBB: b })
    expect(() => specsOf([a, b, a])).toThrow('AAA appears twice')
  })

  it('rounds units toward zero to lots, on both sides of zero', () => {
    const spec = shareSpec('AAA', { lot: '10' })
    expect(wholeLots(spec, quantity('39')).toFixed()).toBe('30')
    expect(wholeLots(spec, quantity('-39')).toFixed()).toBe('-30')
  })
})

describe('an equity', () => {
  it('takes its terms from configuration, numbers or text, and keeps them when parsed again', () => {
    const params = equity.schema.parse({ tick: 0.0001, lot: '0.001', minNotional: 5 })
    expect(params).toMatchObject({ tick: '0.0001', lot: '0.001', minNotional: '5', currency: 'USD', settlementDays: 1 })
    expect(equity.schema.parse(params)).toEqual(params)
    expect(equity.spec(instrumentId('AAA'), params).lot.toFixed()).toBe('0.001')
  })

  it.each([
    { tick: 0 },
    { tick: -0.01 },
    { lot: '1e3' },
    { lot: Number.NaN },
    { minNotional: -1 },
    { currency: 'dollars' },
    { ticks: '0.01' },
  ])('refuses the terms %j', (terms) => {
    expect(equity.schema.safeParse(terms).success).toBe(false)
  })

  it('exposes its price a share', () => {
    expect(unitExposure(shareSpec('AAA'), price('12.34')).toFixed()).toBe('12.34')
  })

  it('requires 50 % to open and 25 % to keep long, 30 % to keep short', () => {
    const spec = shareSpec('AAA')
    const long = marginRequirement(spec, quantity('100'), price('20'))
    expect([long.initial.toFixed(), long.maintenance.toFixed()]).toEqual(['1000', '500'])
    const short = marginRequirement(spec, quantity('-100'), price('20'))
    expect([short.initial.toFixed(), short.maintenance.toFixed()]).toEqual(['1000', '600'])
  })
})
