import { describe, expect, it } from 'vitest'
import { NOTHING_LENT } from '#domain/governance/lending.js'
import { riskOf, targetsFromSolution } from '#domain/optimise/answer.js'
import { answerFromProposal, answerFromSolver, failureReason } from '#domain/optimise/evidence.js'
import type { MeanCvarProblem, SolverSolution } from '#domain/optimise/mean-cvar.js'
import { meanCvarProblem } from '#domain/optimise/problem.js'
import type { TargetRequest } from '#domain/targets/source.js'
import { InvariantBroken } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { byId, id, optimiserPolicy, policyOf, requestOf, scenariosOf } from '../targets/fixtures.js'

const scenarios = scenariosOf({ GOOG: [0.02, -0.01], MSFT: [0.04, 0.06], XOM: [0, -0.03] })
const bounds = { min: 0, max: 0.5, cash: [0.02, 0.3] as const, perInstrument: byId({ GOOG: [0.1, 0.4] as const }) }
const policy = { ...policyOf(['GOOG', 'MSFT', 'XOM', 'OLD']), optimiser: { ...optimiserPolicy, bounds, turnover: 0.5 } }
const request = (held: Record<string, number> = {}): TargetRequest => requestOf(policy, scenarios, held)
const problem = (held: Record<string, number> = {}): MeanCvarProblem =>
  meanCvarProblem(request(held), NOTHING_LENT, () => 0)

function solution(weights: readonly number[], duals: Partial<SolverSolution['duals']> = {}): SolverSolution {
  return {
    status: 'OPTIMAL',
    weights: Float64Array.from(weights),
    cash: 1 - weights.reduce((sum, weight) => sum + weight, 0),
    objective: 0.01,
    lowerBound: 0.01,
    gap: 1e-9,
    cvar: 0.01,
    var: 0.01,
    expectedReturn: 0,
    cost: 0,
    violation: 0,
    duals: {
      scenario: Float64Array.of(0.5, 0.5),
      budget: 0,
      turnover: { buys: 0, sells: 0 },
      traded: 0,
      leverage: 0,
      minimumReturn: 0,
      maximumCvar: 0,
      groups: [],
      reducedCost: new Float64Array(weights.length),
      ...duals,
    },
    iterations: 12,
    passes: 4,
    elapsedMs: 3,
    backend: 'native',
  }
}

describe('targets from a solution', () => {
  it('are the bound a weight sits on to 1e-9, and clean digits elsewhere', () => {
    const answer = targetsFromSolution(request(), problem(), solution([0.1 + 9e-10, 0.5 - 9e-10, 0.3 + 1e-14]))
    expect(answer.targets.weights).toEqual({ GOOG: 0.1, MSFT: 0.5, XOM: 0.3 })
    expect(answer.targets.cash).toBeCloseTo(0.1, 12)
  })

  it('send what is below the minimum weight to cash and report it', () => {
    const answer = targetsFromSolution(request(), problem(), solution([0.4, 0.3, 0.0004]))
    expect(answer.targets.weights).toEqual({ GOOG: 0.4, MSFT: 0.3 })
    expect(answer.dropped).toEqual([{ instrument: 'XOM', weight: 0.0004 }])
  })

  it('close the budget when the solver overspent by its tolerance', () => {
    const { targets } = targetsFromSolution(request(), problem(), solution([0.4, 0.5, 0.1 + 5e-9]))
    const sum = Object.values(targets.weights).reduce((total, weight) => total + weight, targets.cash)
    expect(Math.abs(sum - 1)).toBeLessThan(1e-12)
    expect(targets.cash).toBe(0)
  })

  it.each([[[0.5, 0.6, 0.1]], [[0.5]], [[Number.NaN, 0.1, 0.1]]])('are a bug for the weights %j', (weights) => {
    expect(() => targetsFromSolution(request(), problem(), solution(weights))).toThrow(InvariantBroken)
  })
})

describe('active limits', () => {
  const active = (found: SolverSolution, held = {}, changes: Partial<MeanCvarProblem> = {}) =>
    targetsFromSolution(request(held), { ...problem(held), ...changes }, found).active

  it('name the bounds that bind, largest dual first', () => {
    const found = solution([0.1, 0.5, 0.2], { reducedCost: Float64Array.of(0.02, -0.3, 0) })
    expect(active(found)).toEqual([
      { limit: 'upper:MSFT', dual: -0.3 },
      { limit: 'lower:GOOG', dual: 0.02 },
    ])
  })

  it('leave out a limit without a price, and a price away from its limit', () => {
    const found = solution([0.1, 0.49, 0.2], { reducedCost: Float64Array.of(1e-10, -0.3, -0.1), budget: -1 })
    expect(active(found)).toEqual([])
  })

  it('call the budget row what it is: least cash above it, most cash below', () => {
    expect(active(solution([0.4, 0.5, 0.08], { budget: -0.1 }))).toEqual([{ limit: 'cash:lower', dual: -0.1 }])
    expect(active(solution([0.1, 0.5, 0.1], { budget: 0.1 }))).toEqual([{ limit: 'cash:upper', dual: 0.1 }])
    expect(active(solution([0.4, 0.5, 0.08], { budget: 0.1 }))).toEqual([])
  })

  it('measure turnover from what was held, buys and sells apart', () => {
    const duals = { turnover: { buys: -0.2, sells: -0.1 } }
    // From XOM 0.45: buys 0.1 + 0.4 reach 0.5, sells 0.2 do not.
    expect(active(solution([0.1, 0.4, 0.25], duals), { XOM: 0.45 })).toEqual([{ limit: 'turnover:buys', dual: -0.2 }])
    expect(active(solution([0.1, 0.1, 0], duals), { XOM: 0.5 })).toEqual([{ limit: 'turnover:sells', dual: -0.1 }])
  })

  it('name trading, leverage, least return and largest CVaR where they bind', () => {
    const duals = { traded: -0.4, leverage: -0.3, minimumReturn: 0.2, maximumCvar: 0.1 }
    // From XOM 0.45: buys 0.5 and sells 0.2 are 0.7 traded; the weights add up to 0.75; see the figures of solution().
    const weights = [0.1, 0.4, 0.25]
    const at = { traded: 0.7, leverage: 0.75, minimumReturn: 0, maximumCvar: 0.01 }
    const names = ['traded', 'leverage', 'minimumReturn', 'maximumCvar']
    expect(active(solution(weights, duals), { XOM: 0.45 }, at).map(({ limit }) => limit)).toEqual(names)
    const away = { traded: 0.8, leverage: 0.8, minimumReturn: -0.01, maximumCvar: 0.02 }
    expect(active(solution(weights, duals), { XOM: 0.45 }, away)).toEqual([])
    expect(active(solution(weights, duals), { XOM: 0.45 })).toEqual([])
  })

  it('name the number of names when all that are allowed are held', () => {
    const cardinality = (most: number) => ({ cardinality: { most, smallest: new Float64Array(3) } })
    expect(active(solution([0.1, 0.4, 0]), {}, cardinality(2))).toEqual([{ limit: 'cardinality', dual: 0 }])
    expect(active(solution([0.1, 1e-10, 0]), {}, cardinality(2))).toEqual([])
    expect(active(solution([0.1, 0.4, 0.1]), {}, cardinality(3))).toEqual([])
  })

  it('name a group at the side that binds', () => {
    const groups = [{ name: 'Tech', coefficients: Float64Array.of(1, 1, 0), lower: 0.2, upper: 0.7 }]
    const duals = { groups: [{ name: 'Tech', dual: -0.4 }] }
    expect(active(solution([0.2, 0.5, 0.1], duals), {}, { groups })).toEqual([{ limit: 'group:Tech', dual: -0.4 }])
    expect(active(solution([0.1, 0.1, 0.1], duals), {}, { groups })).toEqual([])
    const lower = { groups: [{ name: 'Tech', dual: 0.4 }] }
    expect(active(solution([0.1, 0.1, 0.5], lower), {}, { groups })).toEqual([{ limit: 'group:Tech', dual: 0.4 }])
  })
})

describe('risk of weights', () => {
  it('is the tail of their losses over the scenarios', () => {
    // GOOG 0.5, XOM 0.5 lose −0.01 and 0.02: at 0.95 the tail is the worse of the two.
    const risk = riskOf(byId({ GOOG: 0.5, XOM: 0.5 }), scenarios, 0.95)!
    expect(risk.cvar).toBeCloseTo(0.02, 12)
    expect(risk.var).toBeCloseTo(0.02, 12)
  })

  it('leaves out what has no history, and is null without scenarios', () => {
    expect(riskOf(byId({ OLD: 1 }), scenarios, 0.95)).toEqual({ cvar: 0, var: 0 })
    expect(riskOf(byId({ OLD: 1 }), scenariosOf({ A: [] }), 0.95)).toBeNull()
  })
})

describe('the answer to a run', () => {
  it('carries targets, evidence and risk before and after', () => {
    const found = solution([0.1, 0.5, 0.2], { reducedCost: Float64Array.of(0, -0.3, 0) })
    const held = { OLD: 0.2, XOM: 1 }
    const answer = answerFromSolver(request(held), problem(held), found)
    expect(answer).toMatchObject({
      kind: 'targets',
      targets: { weights: { GOOG: 0.1, MSFT: 0.5, XOM: 0.2 } },
      evidence: {
        status: 'OPTIMAL',
        backend: 'native',
        gap: 1e-9,
        objective: 0.01,
        iterations: 12,
        confidence: 0.95,
        scenarios: { rows: 2, digest: scenarios.digest },
        active: [{ limit: 'upper:MSFT', dual: -0.3 }],
        note: 'held but not eligible, target 0: OLD (not in the universe)',
      },
      riskBefore: { cvar: expect.closeTo(0.03, 12) },
      riskAfter: { cvar: expect.closeTo(-0.022, 12) },
    })
    expect(() => encode(answer)).not.toThrow()
  })

  it('is a failure with its reason when the solver has no weights', () => {
    const conflict = ['bound:1', 'group:Tech', 'budget', 'turnover', 'other']
    const failure = { status: 'INFEASIBLE', message: 'ray', conflict } as const
    expect(answerFromSolver(request(), problem(), failure)).toMatchObject({
      kind: 'failed',
      reason:
        'no portfolio meets these limits together: ' +
        'the weight bounds of MSFT, the limits of group Tech, the cash range, the turnover limit, other',
      evidence: { status: 'INFEASIBLE', gap: 0, iterations: 0, active: [] },
    })
  })

  it('is the source’s own targets or hold, never sent to a solver', () => {
    const targets = { weights: byId({ GOOG: 0.5 }), cash: 0.5 }
    expect(answerFromProposal(request(), { kind: 'targets', targets, note: 'as given' })).toMatchObject({
      kind: 'targets',
      targets,
      evidence: { status: 'NOT_NEEDED', note: 'as given' },
      riskBefore: { cvar: 0 },
      riskAfter: { cvar: expect.closeTo(0.005, 12) },
    })
    const held = answerFromProposal(request(), { kind: 'hold', reason: 'too young' })
    expect(held).toMatchObject({ kind: 'hold', reason: 'too young', evidence: { status: 'NOT_NEEDED' } })
  })

  it('explains every kind of failure in words', () => {
    const message = 'why'
    expect(failureReason({ status: 'INFEASIBLE', message, conflict: [] })).toContain(
      'no portfolio meets every limit: why',
    )
    expect(failureReason({ status: 'INVALID_INPUT', field: 'lower', message })).toContain('refused lower: why')
    expect(failureReason({ status: 'TIME_LIMIT', message })).toContain('ran out of time: why')
    expect(failureReason({ status: 'CANCELLED', message })).toContain('cancelled: why')
    expect(failureReason({ status: 'NUMERICAL', message })).toContain('could not certify an answer: why')
    expect(failureReason({ status: 'INFEASIBLE', message, conflict: ['bound:7'] }, [id('A')])).toContain('column 7')
    const conflict = ['traded', 'leverage', 'minimumReturn', 'maximumCvar', 'cardinality']
    expect(failureReason({ status: 'INFEASIBLE', message, conflict })).toBe(
      'no portfolio meets these limits together: the limit on buys plus sells, the leverage limit, ' +
        'the least expected return, the largest CVaR, the limit on the number of names',
    )
  })
})
