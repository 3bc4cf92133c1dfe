import { describe, expect, it } from 'vitest'
import { PositionSizer } from '../../../../src/index.js'
import { scenariosOf } from '../targets/fixtures.js'
import { sizingOf } from './fixtures.js'

const request = sizingOf(scenariosOf({ A: [0.01, -0.01, 0.01], B: [0.02, -0.02, 0.02] }))

describe('the position sizer of the library', () => {
  it('sizes by the name of a method and its parameters', () => {
    const answer = PositionSizer.size({ name: 'fixed-fraction', params: { fraction: 0.3 } }, request)
    expect(answer).toMatchObject({ ok: true, value: { kind: 'sized', theta: 1, dropped: [] } })
    expect(Object.keys(PositionSizer.methods)).toContain('volatility-target')
    expect(PositionSizer.kellyBet(0.6, 1)).toBeCloseTo(0.2, 14)
  })

  it('keeps the minimum', () => {
    const answer = PositionSizer.size({ name: 'inverse-volatility', params: {} }, { ...request, minimum: 0.4 })
    expect(answer).toMatchObject({ ok: true, value: { dropped: ['B'] } })
  })

  it.each([
    ['constructor', {}, 'sizing_method_unknown'],
    ['kelly', { fraction: 'half' }, 'sizing_params_invalid'],
    ['kelly', { expectedReturns: { Z: 0.1 } }, 'target_unknown'],
    ['volatility-target', { estimator: 'parkinson' }, 'bars_missing'],
  ])('refuses %s with %j', (name, params, code) => {
    expect(PositionSizer.size({ name, params }, request)).toMatchObject({ ok: false, refusal: { code } })
  })

  it('refuses numbers that are none, saying which', () => {
    const refused = (change: Partial<typeof request>) =>
      PositionSizer.size({ name: 'equal-weight', params: {} }, { ...request, ...change })
    const because = (message: string) => ({ ok: false, refusal: { code: 'sizing_request_invalid', message } })
    expect(refused({ budget: Number.NaN })).toEqual(because('the budget is NaN'))
    expect(refused({ budget: -1 })).toEqual(because('the budget is -1'))
    expect(refused({ minimum: Number.POSITIVE_INFINITY })).toEqual(because('the minimum is Infinity'))
    expect(refused({ bounds: () => [0, Number.NaN] })).toEqual(because('the bounds of A are 0 and NaN'))
    const returns = request.scenarios.returns.slice()
    returns[3] = Number.NaN
    expect(refused({ scenarios: { ...request.scenarios, returns } })).toEqual(because('return 2 of B is NaN'))
  })
})
