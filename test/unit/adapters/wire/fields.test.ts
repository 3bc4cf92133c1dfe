import { describe, expect, it } from 'vitest'
import { field } from '#adapters/wire/fields.js'
import { Decimal } from '#units/decimal.js'

const refused = (schema: { safeParse: (value: unknown) => { success: boolean } }, values: readonly unknown[]) => {
  for (const value of values) expect(schema.safeParse(value).success, JSON.stringify(value)).toBe(false)
}

describe('a decimal on the wire', () => {
  it('keeps every digit that arithmetic and price files can produce', () => {
    const third = new Decimal('1').div('3')
    const texts = ['0', '-12.5', '0.000000000001', '1234.123456789012', third.toFixed(), third.times('1e30').toFixed()]
    for (const text of texts) expect(field.price.parse(text).toFixed()).toBe(text)
    expect(field.money.parse('-0.10').toFixed()).toBe('-0.1')
    expect(field.quantity.parse('0012').toFixed()).toBe('12')
  })

  it('is refused as a number, in exponent form, without digits, too long or not a number at all', () => {
    refused(field.money, [1, 1.5, null, undefined, true, [], {}, ['1']])
    refused(field.money, [
      '',
      ' 1',
      '1 ',
      '1\n',
      '+1',
      '.5',
      '1.',
      '1e3',
      '1E3',
      '0x10',
      'NaN',
      'Infinity',
      '-Infinity',
    ])
    refused(field.money, ['1,000', '--1', '1.2.3', '１', '1'.repeat(41), `0.${'1'.repeat(41)}`])
  })
})

describe('an instant on the wire', () => {
  it('is RFC 3339 in UTC with milliseconds', () => {
    expect(field.instant.parse('2020-02-29T23:59:59.999Z')).toBe(Date.UTC(2020, 1, 29, 23, 59, 59, 999))
  })

  it('is refused in other forms and on days or hours that do not exist', () => {
    refused(field.instant, [0, null, '', '2020-01-01', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.000+00:00'])
    refused(field.instant, ['2020-02-30T00:00:00.000Z', '2021-02-29T00:00:00.000Z', '2020-01-01T24:00:00.000Z'])
    refused(field.instant, ['2020-13-01T00:00:00.000Z', '2020-01-01T00:60:00.000Z', '2020-01-01T00:00:00.000Z '])
  })
})

describe('an id on the wire', () => {
  it('is refused where a name of every object could stand for one', () => {
    refused(field.portfolio, ['constructor', '__proto__', 'toString', 'a.b', '*', '>', '', 'a'.repeat(33), 'ü', 7])
    refused(field.instrument, ['constructor', 'valueOf', 'a b', '', 'a'.repeat(33), null])
    refused(field.order, ['', 'A'.repeat(25), 'A'.repeat(27), 'a'.repeat(26), '0'.repeat(26)])
    refused(field.execution, ['', ' ', 'a\u0000', 'a'.repeat(65), 'constructor'])
    refused(field.run, ['R-0', 'R-01', 'R-', 'R-1.5', 'R--1', `R-${'9'.repeat(13)}`, 1])
  })

  it('is refused as an epoch when it is no safe whole number of at least 0', () => {
    refused(field.epoch, [-1, 1.5, '1', null, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e308])
    expect(field.epoch.parse(2 ** 53 - 1)).toBe(2 ** 53 - 1)
  })

  it('is refused as a session when the day does not exist', () => {
    refused(field.session, ['2020-02-30', '2020-2-3', '20200203', '', 'x'.repeat(10_000), null])
  })
})

describe('zero', () => {
  it('has no sign: a digest must not tell -0 from 0', () => {
    for (const text of ['-0', '-0.00', '-000']) {
      expect(field.money.parse(text).toString()).toBe('0')
      expect(JSON.stringify(field.quantity.parse(text))).toBe('"0"')
    }
    expect(field.money.parse('-0.01').toFixed()).toBe('-0.01')
  })
})
