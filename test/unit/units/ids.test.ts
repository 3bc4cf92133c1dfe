import { describe, expect, it } from 'vitest'
import { executionId, incarnation, instrumentId, orderId, portfolioId, runId } from '#units/ids.js'

describe('ids', () => {
  it('take names of their own alphabet and length', () => {
    expect(portfolioId('core-2_b')).toBe('core-2_b')
    expect(instrumentId('BRK.B')).toBe('BRK.B')
    expect(runId(12)).toBe('R-12')
    expect(orderId('A'.repeat(26))).toHaveLength(26)
    expect(executionId('AB-1')).toBe('AB-1')
    expect(incarnation('abcd1234')).toBe('abcd1234')
  })

  it('refuse empty, long and foreign ones', () => {
    const bad: readonly (() => unknown)[] = [
      () => portfolioId(''),
      () => portfolioId('a.b'),
      () => portfolioId('a'.repeat(33)),
      () => portfolioId('a b'),
      () => portfolioId('core\n'),
      () => instrumentId(''),
      () => instrumentId('A/B'),
      () => instrumentId('A'.repeat(33)),
      () => orderId('a'.repeat(26)),
      () => orderId('A'.repeat(25)),
      () => orderId('1'.repeat(26)),
      () => executionId(''),
      () => executionId('a b'),
      () => executionId('x'.repeat(65)),
      () => incarnation('short'),
    ]
    for (const make of bad) expect(make).toThrow(RangeError)
  })

  it('refuse names that every object already has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(() => instrumentId(name)).toThrow(RangeError)
      expect(() => portfolioId(name)).toThrow(RangeError)
    }
  })
})
