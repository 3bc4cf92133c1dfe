import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import { NOTHING_LENT } from '#domain/governance/lending.js'
import { riskOf } from '#domain/optimise/answer.js'
import { benefitOf, pays } from '#domain/optimise/benefit.js'
import { solved } from '#domain/optimise/mean-cvar.js'
import { meanCvarProblem } from '#domain/optimise/problem.js'
import type { OptimiserPolicy, PortfolioPolicy } from '#domain/policy.js'
import { freshMemory } from '#domain/portfolio/state.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { noMetrics } from '#ports/metrics.js'
import { targeting } from '#runtime/targeting.js'
import { policyOf as explainedPolicy, history } from '../explain/runs.js'
import { byId, optimiserPolicy, policyOf, requestOf, scenariosOf } from '../targets/fixtures.js'

/** Four bars of two names: AAA loses 10 % in the worst, BBB 2 %. */
const scenarios = scenariosOf({ AAA: [0.05, -0.1, 0.04, 0.03], BBB: [0.01, -0.02, 0.01, 0.02] })
const NAMES = ['AAA', 'BBB']
const SLOPE = 0.001

const optimiser = (changes: Partial<OptimiserPolicy> = {}): OptimiserPolicy => ({
  ...optimiserPolicy,
  ...{ confidence: 0.75, riskAversion: 2, returnWeight: 0.5, holdingPeriods: 10 },
  ...changes,
})

function benefit(
  held: Record<string, number>,
  wanted: Record<string, number>,
  changes: Partial<OptimiserPolicy> = {},
  more: { readonly policy?: Partial<PortfolioPolicy>; readonly previous?: TargetSet | null } = {},
) {
  const policy = policyOf(NAMES, { ...more.policy, optimiser: optimiser(changes) })
  const request = requestOf(policy, scenarios, held)
  const problem = meanCvarProblem(request, NOTHING_LENT, () => SLOPE)
  const previous = more.previous === undefined ? { weights: {}, cash: 1 } : more.previous
  return benefitOf(request, problem, { targets: { weights: byId(wanted), cash: 0 }, previous, ratio: 1 })
}

describe('what trading is to gain and to cost', () => {
  it('is the change of return less λ times that of CVaR over the holding periods, and the whole cost of the trades', () => {
    const found = benefit({ AAA: 0.8, BBB: 0.2 }, { AAA: 0.3, BBB: 0.7 })
    // A quarter of four bars is the worst one; means are 0.5 % and 0.5 %, half of which counts.
    expect(found.cvar).toEqual({ before: expect.closeTo(0.084, 12), after: expect.closeTo(0.044, 12) })
    expect(found.return).toEqual({ before: expect.closeTo(0.0025, 12), after: expect.closeTo(0.0025, 12) })
    expect(found.gain).toBeCloseTo(10 * (0 + 2 * 0.04), 12)
    expect(found.cost).toBeCloseTo(SLOPE * 1, 12)
    expect(found).toMatchObject({ holdingPeriods: 10, ratio: 1 })
    expect(found).not.toHaveProperty('exempt')
  })

  it('agrees with the risk figures of the run', () => {
    const [held, wanted] = [
      { AAA: 0.6, BBB: 0.1 },
      { AAA: 0.2, BBB: 0.8 },
    ]
    const { cvar } = benefit(held, wanted)
    expect(cvar.before).toBeCloseTo(riskOf(byId(held), scenarios, 0.75)!.cvar, 12)
    expect(cvar.after).toBeCloseTo(riskOf(byId(wanted), scenarios, 0.75)!.cvar, 12)
  })

  it('is worth it when the gain is more than the cost times the ratio, and not when it is as much', () => {
    const given = benefit({ AAA: 0.8, BBB: 0.2 }, { AAA: 0.3, BBB: 0.7 })
    expect(pays(given)).toBe(true)
    expect(pays({ ...given, gain: given.cost })).toBe(false)
    expect(pays({ ...given, gain: given.cost * 3, ratio: 3 })).toBe(false)
    expect(pays({ ...given, gain: 0, cost: 0 })).toBe(false)
    expect(pays({ ...given, gain: -1, exempt: 'a limit' })).toBe(true)
  })

  it('is H times what the objective improves by: an optimum that leaves a feasible book never costs more than it gains', async () => {
    for (const [aaa, bbb] of [
      [0.9, 0.1],
      [0.1, 0.9],
      [0.5, 0.5],
      [0.2, 0.3],
    ] as const) {
      const request = requestOf(policyOf(NAMES, { optimiser: optimiser() }), scenarios, { AAA: aaa, BBB: bbb })
      const problem = meanCvarProblem(request, NOTHING_LENT, () => SLOPE)
      const answer = await nativeSolver().solve(problem, { tolerance: 1e-9 })
      if (!solved(answer)) return expect.fail(answer.message)
      const targets = { weights: byId({ AAA: answer.weights[0]!, BBB: answer.weights[1]! }), cash: answer.cash }
      const { gain, cost, cvar, return: mean } = benefitOf(request, problem, { targets, previous: targets, ratio: 1 })
      const held = 2 * cvar.before - mean.before
      expect((gain - cost) / 10).toBeCloseTo(held - answer.objective, 9)
      expect(gain).toBeGreaterThanOrEqual(cost - 1e-9)
    }
  })
})

describe('a limit is no question of gain', () => {
  const back = (
    held: Record<string, number>,
    changes: Partial<OptimiserPolicy>,
    policy: Partial<PortfolioPolicy> = {},
  ) => benefit(held, held, changes, { policy }).exempt
  const bounds = (changes: Partial<OptimiserPolicy['bounds']>) => ({
    bounds: { ...optimiserPolicy.bounds, ...changes },
  })

  it('when a weight is beyond its own by more than its band', () => {
    expect(back({ AAA: 0.46, BBB: 0.4 }, bounds({ max: 0.4 }))).toBe('AAA is at 46.00 %, its limit is 40.00 %')
    expect(back({ AAA: 0.44, BBB: 0.4 }, bounds({ max: 0.4 }))).toBeUndefined()
    expect(back({ AAA: 0.1, BBB: 0.4 }, bounds({ min: 0.2 }))).toBe('AAA is at 10.00 %, its limit is 20.00 %')
    const own = { drift: { ...policyOf([]).triggers.drift!, perInstrument: byId({ AAA: 0.01 }) } }
    const triggers = { ...policyOf([]).triggers, ...own }
    expect(back({ AAA: 0.42, BBB: 0.4 }, bounds({ max: 0.4 }), { triggers })).toMatch(/^AAA is at 42.00 %/)
  })

  it('when cash is outside its range by more than its band', () => {
    expect(back({ AAA: 0.4, BBB: 0.4 }, bounds({ cash: [0, 0.1] }))).toBe('cash is at 20.00 %, its limit is 10.00 %')
    expect(back({ AAA: 0.44, BBB: 0.44 }, bounds({ cash: [0, 0.1] }))).toBeUndefined()
    expect(back({ AAA: 0.5, BBB: 0.5 }, bounds({ cash: [0.06, 0.1] }))).toBe('cash is at 0.00 %, its limit is 6.00 %')
  })

  it('when something is held that the risk model does not know', () => {
    expect(back({ AAA: 0.4, BBB: 0.4, ZZZ: 0.1 }, {})).toBe('ZZZ is held and is not among what may be')
  })

  it('and neither are first targets', () => {
    expect(benefit({}, { AAA: 0.5 }, {}, { previous: null }).exempt).toBe('there were no targets before')
  })
})

describe('targets of the engine', () => {
  const market = sessionMarket(history)
  for (const bars of history.sessions) market.advance(bars)
  const clock = virtualClock(history.sessions.at(-1)!.at)
  const answerTo = targeting({ market, solver: nativeSolver(), clock, metrics: noMetrics })
  const answer = (changes: Partial<PortfolioPolicy>) => {
    const policy = explainedPolicy('weighed', changes)
    const effective = { weights: {}, cash: 1 }
    return answerTo(
      { context: { policy, effective, run: null, memory: freshMemory } } as unknown as PortfolioSnapshot,
      byId({ AAA: 0.5, BBB: 0.45 }),
    )
  }

  it('come with what they gain and cost only where the policy asks', async () => {
    expect((await answer({})).evidence).not.toHaveProperty('benefit')
    const { evidence } = await answer({ tradeTo: { to: 'optimal', minBenefitRatio: 2 } })
    expect(evidence.benefit).toMatchObject({ holdingPeriods: 12, ratio: 2 })
    expect(evidence.benefit!.gain).toBeGreaterThan(evidence.benefit!.cost)
    expect(evidence.benefit!.cost).toBeGreaterThan(0)
  })
})
