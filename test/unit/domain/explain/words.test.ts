import { describe, expect, it } from 'vitest'
import { amount, bps, counted, limitMeaning, listed, percent } from '#domain/explain/words.js'

describe('words of an explanation', () => {
  it('writes percent without a signed zero', () => {
    expect(percent(0.12345)).toBe('12.35 %')
    expect(percent(-0.000001)).toBe('0.00 %')
    expect(percent(-0.05, 0)).toBe('-5 %')
  })

  it('signs basis points, but not nothing', () => {
    expect([bps(4.08), bps(-0.5), bps(0.04), bps(-0.01)]).toEqual(['+4.1 bps', '-0.5 bps', '0.0 bps', '0.0 bps'])
  })

  it('groups thousands, also of negative amounts, and leaves cents alone', () => {
    expect(['0.00', '999.99', '1234567.80', '-1234.50', '-123.00'].map(amount)).toEqual([
      '0.00',
      '999.99',
      '1,234,567.80',
      '-1,234.50',
      '-123.00',
    ])
  })

  it('counts and lists as people do', () => {
    expect([counted(1, 'sell'), counted(0, 'sell')]).toEqual(['1 sell', '0 sells'])
    expect([listed([]), listed(['A']), listed(['A', 'B']), listed(['A', 'B', 'C', 'D', 'E'])]).toEqual([
      '',
      'A',
      'A and B',
      'A, B, C and 2 more',
    ])
  })

  it('says what each kind of limit means', () => {
    expect(
      ['upper:A:B', 'lower:X', 'cash:lower', 'cash:upper', 'turnover:buys', 'group:Energy', 'odd'].map(limitMeaning),
    ).toEqual([
      'A:B is at its highest weight',
      'X is at its lowest weight',
      'cash is at its lowest weight',
      'cash is at its highest weight',
      'buys are at the turnover limit',
      'group Energy is at its limit',
      'odd',
    ])
  })

  it('says what a limit on a sum, on return, on risk and on names means', () => {
    expect(['traded', 'leverage', 'minimumReturn', 'maximumCvar', 'cardinality'].map(limitMeaning)).toEqual([
      'buys and sells together are at their limit',
      'the sum of absolute weights is at its limit',
      'the expected return is the least asked for',
      'CVaR is at its highest',
      'as many names are held as are allowed',
    ])
  })
})
