import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Decimal, nearFloat } from '#units/decimal.js'

describe('the float next to a decimal', () => {
  it('is within five units of the last place of the nearest', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 34n - 1n })
    fc.assert(
      fc.property(digits, fc.integer({ min: -40, max: 40 }), fc.boolean(), (figure, exponent, negative) => {
        const decimal = new Decimal(`${negative ? '-' : ''}${figure}e${exponent}`)
        const nearest = decimal.toNumber()
        expect(Math.abs(nearFloat(decimal) - nearest)).toBeLessThanOrEqual(5 * Number.EPSILON * Math.abs(nearest))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each(['0', '-0', '1', '-1', '0.05', '123.45', '9999999', '10000000', '0.0000001', '31.2', '-70.01'])(
    'is the nearest of %s',
    (text) => {
      expect(nearFloat(new Decimal(text))).toBe(Number(text))
    },
  )

  it('is what it is for what no book holds', () => {
    const long = `0.${'123456789'.repeat(9)}`
    for (const text of ['NaN', 'Infinity', '-Infinity', '1e300', '1e-300', long])
      expect(nearFloat(new Decimal(text))).toBe(Number(text))
  })
})
