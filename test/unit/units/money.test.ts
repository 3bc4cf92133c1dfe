import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Decimal, decimalFromFloat, parseDecimal } from '#units/decimal.js'
import {
  greatest,
  least,
  magnitude,
  minus,
  money,
  negated,
  noMoney,
  plus,
  price,
  quantity,
  ratio,
  scaled,
  toCents,
  toLot,
  toTick,
  total,
  worth,
} from '#units/money.js'

const cents = fc.integer({ min: -10_000_000, max: 10_000_000 })
const asMoney = (n: number) => money(new Decimal(n).div('100'))

describe('decimals', () => {
  it('read plain notation only', () => {
    for (const text of ['0', '-12.50', '007', '123456789012345678901234567890.5'])
      expect(parseDecimal(text)?.eq(text)).toBe(true)
    for (const text of [
      '',
      ' 1',
      '1e3',
      '+1',
      '.5',
      '5.',
      'NaN',
      'Infinity',
      '0x10',
      '1,000',
      '1_000',
      '--1',
      '1'.repeat(31),
    ])
      expect(parseDecimal(text)).toBeUndefined()
  })

  it('take the shortest text of a float', () => {
    expect(decimalFromFloat(0.1).toFixed()).toBe('0.1')
    expect(decimalFromFloat(0.1 + 0.2).toFixed()).toBe('0.30000000000000004')
    expect(decimalFromFloat(1e-20).toFixed()).toBe('0.00000000000000000001')
    for (const bad of [Number.NaN, Infinity, -Infinity]) expect(() => decimalFromFloat(bad)).toThrow(RangeError)
  })

  it('keep 34 digits and round half up', () => {
    expect(new Decimal('1').div('3').toFixed()).toBe(`0.${'3'.repeat(34)}`)
    expect(new Decimal('2').div('3').toFixed()).toBe(`0.${'6'.repeat(33)}7`)
  })
})

describe('money', () => {
  it('is exact where floats are not', () => {
    expect(plus(money('0.1'), money('0.2')).eq('0.3')).toBe(true)
    expect(worth(quantity('3'), price('0.1')).toFixed()).toBe('0.3')
    expect(worth(quantity('-2'), price('1.25'), new Decimal('50')).toFixed()).toBe('-125')
  })

  it('refuses text that is no number', () => {
    expect(() => money('ten')).toThrow()
  })

  it('adds up in any order', () => {
    fc.assert(
      fc.property(fc.array(cents), (list) => {
        const sum = list.reduce((a, b) => a + b, 0)
        expect(total(list.map(asMoney)).eq(asMoney(sum))).toBe(true)
        expect(total(list.toReversed().map(asMoney)).eq(asMoney(sum))).toBe(true)
      }),
    )
    expect(total([])).toBe(noMoney)
  })

  it('subtracts, negates and compares like whole cents', () => {
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        const [x, y] = [asMoney(a), asMoney(b)]
        expect(minus(x, y).eq(asMoney(a - b))).toBe(true)
        expect(plus(x, negated(x)).isZero()).toBe(true)
        expect(magnitude(x).eq(asMoney(Math.abs(a)))).toBe(true)
        expect(least(x, y).eq(asMoney(Math.min(a, b)))).toBe(true)
        expect(greatest(x, y).eq(asMoney(Math.max(a, b)))).toBe(true)
        expect(scaled(x, new Decimal('3')).eq(asMoney(3 * a))).toBe(true)
      }),
    )
  })

  it('rounds half a cent up and away from zero', () => {
    expect(['1.005', '1.0049', '-1.005', '0.994999'].map((text) => toCents(money(text)).toFixed(2))).toEqual([
      '1.01',
      '1.00',
      '-1.01',
      '0.99',
    ])
  })

  it('rounds lots toward zero', () => {
    const lots = (units: string, lot: string) => toLot(quantity(units), quantity(lot)).toFixed()
    expect([lots('9.99', '1'), lots('-9.99', '1'), lots('10', '1'), lots('25', '10'), lots('0.0019', '0.001')]).toEqual(
      ['9', '-9', '10', '20', '0.001'],
    )
  })

  it('rounds to the tick in the direction asked for and leaves what is on it', () => {
    const ticked = (value: string, tick: string, direction: 'up' | 'down') =>
      toTick(price(value), price(tick), direction).toFixed()
    expect(ticked('10.001', '0.01', 'up')).toBe('10.01')
    expect(ticked('10.009', '0.01', 'down')).toBe('10')
    expect(ticked('10.25', '0.25', 'up')).toBe('10.25')
    expect(ticked('10.25', '0.25', 'down')).toBe('10.25')
    expect(ticked('10.26', '0.25', 'up')).toBe('10.5')
  })

  it('gives ratios as floats and refuses a zero whole', () => {
    expect(ratio(money('25'), money('200'))).toBe(0.125)
    expect(() => ratio(money('1'), noMoney)).toThrow(RangeError)
  })
})
