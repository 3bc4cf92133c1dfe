import { describe, expect, it } from 'vitest'
import { screenRow } from '#domain/screen/row.js'
import { equity } from '../targets/fixtures.js'
import { portfolio } from '../trigger/fixtures.js'

const bands = { relativeFloor: 0.01, perInstrument: {}, includeCash: false }

describe('the row of a portfolio', () => {
  it('has cash first, then what is held or targeted, with the limits of its bands less the margin', () => {
    const row = screenRow(portfolio({ shares: { GOOG: '500', XOM: '7' }, cash: '243' }))!
    expect(row.names).toEqual(['GOOG', 'XOM', 'MSFT'])
    expect([...row.units]).toEqual([243, 500, 7, 0])
    expect(row.low[0]).toBe(Number.NEGATIVE_INFINITY)
    expect(row.high[0]).toBe(Number.POSITIVE_INFINITY)
    expect([...row.low.subarray(1)]).toEqual([0.5 - 0.05 + 1e-9, -0.05 + 1e-9, 0.25 - 0.05 + 1e-9])
    expect([...row.high.subarray(1)]).toEqual([0.5 + 0.05 - 1e-9, 0.05 - 1e-9, 0.25 + 0.05 - 1e-9])
  })

  it('has a band for cash when the policy has one', () => {
    const drift = { ...bands, type: 'absolute', band: 0.1, includeCash: true } as const
    const row = screenRow(portfolio({ triggers: { drift } }))!
    expect([row.low[0], row.high[0]]).toEqual([0.25 - 0.1 + 1e-9, 0.25 + 0.1 - 1e-9])
  })

  it('counts in units of exposure: quantity times the contract multiplier', () => {
    const universe = [equity('GOOG', { multiplier: '10' }), equity('MSFT')]
    expect([...screenRow(portfolio({ policy: { universe } }))!.units]).toEqual([250, 5000, 250])
  })

  it('says which name is of the universe', () => {
    const anchor = (...names: string[]) =>
      screenRow(portfolio({ policy: { universe: names.map((n) => equity(n)) } }))!.anchor
    expect(anchor('MSFT', 'XOM')).toBe(1)
    expect(anchor('XOM')).toBe(-1)
  })

  it('is none without a drift trigger, and none without effective targets', () => {
    expect(screenRow(portfolio({ triggers: { drift: null } }))).toBeNull()
    expect(screenRow(portfolio({ effective: null }))).toBeNull()
  })
})
