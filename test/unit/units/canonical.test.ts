import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, encode, rememberingEncoder } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, places]) => new Decimal(digits.toString()).div(new Decimal('10').pow(places)))
const { tree: values } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    decimals,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ maxLength: 6 }).filter((key) => key !== '__proto__' && key !== '$d'),
      tie('tree'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}))

describe('canonical text', () => {
  it('sorts keys by code unit at every depth, without spaces', () => {
    expect(encode({ b: 1, a: { z: null, Z: true }, 10: 'x', 9: 'y' })).toBe(
      '{"10":"x","9":"y","a":{"Z":true,"z":null},"b":1}',
    )
  })

  it('writes decimals without exponent, sign of zero or trailing zeros', () => {
    const texts = ['1.50', '-0', '0', '1e21', '0.00000000000000000001', '-12.000'].map((text) =>
      encode(new Decimal(text)),
    )
    expect(texts).toEqual([
      '{"$d":"1.5"}',
      '{"$d":"0"}',
      '{"$d":"0"}',
      '{"$d":"1000000000000000000000"}',
      '{"$d":"0.00000000000000000001"}',
      '{"$d":"-12"}',
    ])
  })

  it('writes negative zero as zero', () => {
    expect(encode([-0, 0])).toBe('[0,0]')
  })

  it('leaves out keys without a value and keeps null', () => {
    expect(encode({ a: undefined, b: null, c: [undefined] })).toBe('{"b":null,"c":[null]}')
  })

  it('refuses numbers that are not finite, however deep', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity, new Decimal(Number.NaN), new Decimal(Infinity)]) {
      expect(() => encode(bad)).toThrow(RangeError)
      expect(() => encode({ a: [{ b: bad }] })).toThrow(RangeError)
    }
  })

  it('refuses what JSON cannot carry', () => {
    for (const bad of [() => 1, Symbol('s'), 1n, undefined, new Date(0), new Map(), new Set(), new Float64Array(2)])
      expect(() => encode(bad)).toThrow(TypeError)
  })

  it('takes records without a prototype', () => {
    expect(encode(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
  })

  it('reads back what it wrote, with the same text', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = encode(value)
        expect(encode(decode(text))).toBe(text)
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads a decimal back as a decimal of the same value', () => {
    fc.assert(
      fc.property(decimals, (value) => {
        const back = decode(encode({ value })) as { value: Decimal }
        expect(Decimal.isDecimal(back.value)).toBe(true)
        expect(back.value.eq(value)).toBe(true)
      }),
    )
  })

  it('does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { noNullPrototype: true }), (record) => {
        const backwards = Object.fromEntries(Object.entries(record).reverse())
        expect(encode(backwards)).toBe(encode(record))
      }),
    )
  })

  it('is the same from an encoder that remembers, also for parts it has seen', () => {
    const remember = rememberingEncoder()
    fc.assert(
      fc.property(values, values, (value, other) => {
        expect(remember(value)).toBe(encode(value))
        expect(remember({ other, value, list: [value, value] })).toBe(encode({ other, value, list: [value, value] }))
        expect(remember(value)).toBe(encode(value))
      }),
      { numRuns: 500 },
    )
  })

  it('writes a state of many parts as one of few, from first sight and from memory', () => {
    const part = (k: number) => Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${100 + i}`, `${k} of é`]))
    const parts = Object.fromEntries(Array.from({ length: 60 }, (_, k) => [`p${100 + k}`, part(k)]))
    const remember = rememberingEncoder()
    for (let k = 0; k < 20; k += 1) {
      const state = { list: Object.values(parts), parts: { ...parts, [`p${100 + k}`]: part(-k) } }
      const plain = JSON.stringify(state)
      expect(remember(state)).toBe(plain)
      expect(encode(state)).toBe(plain)
    }
  })

  it('throws on text that is not JSON', () => {
    expect(() => decode('{"a":')).toThrow(SyntaxError)
  })
})
