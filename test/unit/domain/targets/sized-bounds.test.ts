import { describe, expect, it } from 'vitest'
import { NOTHING_LENT } from '#domain/governance/lending.js'
import { loosened } from '#domain/loosened.js'
import { meanCvarProblem } from '#domain/optimise/problem.js'
import type { OptimiserPolicy, PortfolioPolicy } from '#domain/policy.js'
import { propose } from '#domain/targets/registry.js'
import { sizedBounds } from '#domain/targets/sized-bounds.js'
import type { TargetRequest } from '#domain/targets/source.js'
import { byId, optimiserPolicy, policyOf, requestOf, scenariosOf } from './fixtures.js'

/** σ in proportion 1 : 2 : 4, so inverse volatility is 4/7, 2/7, 1/7; D never moves. */
const scenarios = scenariosOf({
  A: [0.01, -0.01, 0.01],
  B: [0.02, -0.02, 0.02],
  C: [0.04, -0.04, 0.04],
  D: [0, 0, 0],
})

function policyWith(
  params: Record<string, unknown>,
  bounds: Partial<OptimiserPolicy['bounds']> = {},
  name = 'optimised',
): PortfolioPolicy {
  return policyOf(['A', 'B', 'C', 'D'], {
    targets: { name, params, cashReserve: 0, minWeight: 0 },
    optimiser: { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, ...bounds } },
  })
}

const request = (...args: Parameters<typeof policyWith>): TargetRequest => requestOf(policyWith(...args), scenarios)
const uppers = (given: TargetRequest, lent = NOTHING_LENT): number[] => [...meanCvarProblem(given, lent, () => 0).upper]
const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 10))

describe('highest weights by a sizing method', () => {
  it('are none where the policy asks for none, or has another source', () => {
    expect(sizedBounds(request({}))).toBeNull()
    expect(sizedBounds(request({ boundsFrom: 'kelly' }, {}, 'fixed'))).toBeNull()
    expect(uppers(request({}, { max: 0.9 }))).toEqual([0.9, 0.9, 0.9, 0.9])
  })

  it('are twice the size of each, unless set otherwise, and 0 for what has no size', () => {
    expect(uppers(request({ boundsFrom: 'inverse_volatility' }))).toEqual(near([1, 4 / 7, 2 / 7, 0]))
    const once = request({ boundsFrom: 'inverse_volatility', boundsMultiple: 1 })
    expect(uppers(once)).toEqual(near([4 / 7, 2 / 7, 1 / 7, 0]))
  })

  it("stand beside the policy's own and what governance lends, whichever is lower", () => {
    const given = request({ boundsFrom: 'inverse_volatility' }, { perInstrument: byId({ C: [0, 0.1] as const }) })
    // C sized to 0.1, the others share 0.9 as 2 : 1.
    expect(
      uppers(given, { ...NOTHING_LENT, weights: [{ by: 'position-limit', instrument: null, upper: 0.8 }] }),
    ).toEqual(near([0.8, 0.6, 0.1, 0]))
  })

  it('share out what the least cash leaves', () => {
    const given = request({ boundsFrom: 'inverse_volatility', boundsMultiple: 1 }, { cash: [0.3, 1] })
    expect(uppers(given)).toEqual(near([0.4, 0.2, 0.1, 0]))
  })

  it('leave lowest weights as they are, so that a conflict is seen', () => {
    const given = request({ boundsFrom: 'inverse_volatility' }, { min: 0.05 })
    const { lower, upper } = meanCvarProblem(given, NOTHING_LENT, () => 0)
    expect([lower[3], upper[3]]).toEqual([0.05, 0])
  })

  it('say in a note what they are and who has none', () => {
    expect(sizedBounds(request({ boundsFrom: 'inverse_volatility' }))).toMatchObject({
      note: 'no weight above 2 times its size by inverse-volatility; no volatility, no weight: D',
    })
  })

  it('hold while the method has no answer', () => {
    const given = request({ boundsFrom: 'volatility_target' })
    const reason = 'no highest weights by volatility-target: volatility needs 20 returns, there are 3'
    expect(propose(given.policy.targets, given)).toEqual({ ok: true, value: { kind: 'hold', reason } })
    const fine = request({ boundsFrom: 'inverse_volatility' })
    expect(propose(fine.policy.targets, fine)).toEqual({ ok: true, value: { kind: 'optimise' } })
  })

  it.each([
    ['a method that weighs all names alike', { boundsFrom: 'equal_weight' }, 'target_params_invalid'],
    ['a multiple without a method', { boundsMultiple: 2 }, 'target_params_invalid'],
    ['a multiple below 1', { boundsFrom: 'kelly', boundsMultiple: 0.5 }, 'target_params_invalid'],
  ])('refuse %s', (_what, params, code) => {
    const given = request(params)
    expect(propose({ name: 'optimised', params }, given)).toMatchObject({ ok: false, refusal: { code } })
  })

  it('refuse a method whose lookback is beyond the scenarios that are kept', () => {
    const given = request({ boundsFrom: 'volatility_target' })
    const optimiser = { ...given.policy.optimiser, scenarios: { minimum: 2, maximum: 10 } }
    const answer = propose(given.policy.targets, { ...given, policy: { ...given.policy, optimiser } })
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'window_too_short', path: ['boundsFrom'] } })
  })

  it('count as loosened when they are left out, by another method, or larger', () => {
    const [none, two] = [policyWith({}), policyWith({ boundsFrom: 'risk_parity' })]
    const times = (boundsMultiple: number) => policyWith({ boundsFrom: 'risk_parity', boundsMultiple })
    expect([loosened(none, two), loosened(two, times(1.5)), loosened(two, times(2))]).toEqual([[], [], []])
    expect(loosened(two, none)).toEqual(['targets.bounds_from risk_parity -> none'])
    expect(loosened(two, policyWith({ boundsFrom: 'kelly' }))).toEqual(['targets.bounds_from risk_parity -> kelly'])
    expect(loosened(two, times(3))).toEqual(['targets.bounds_multiple 2 -> 3'])
    expect(loosened(two, policyWith({}, {}, 'fixed'))).toEqual(['targets.bounds_from risk_parity -> none'])
  })
})
