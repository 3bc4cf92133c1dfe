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
})
