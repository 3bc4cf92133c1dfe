import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Lending, NOTHING_LENT } from '#domain/governance/lending.js'
import type { WeightLimit } from '#domain/governance/rule.js'
import { riskOf } from '#domain/optimise/answer.js'
import { weightBounds } from '#domain/optimise/bounds.js'
import { meanCvarProblem } from '#domain/optimise/problem.js'
import type { OptimiserPolicy } from '#domain/policy.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { InvariantBroken } from '#units/assert.js'
import { highsOracle } from '../../../support/highs-oracle.js'
import { byId, id, optimiserPolicy, policyOf, requestOf, scenariosOf } from '../targets/fixtures.js'

const scenarios = scenariosOf({ A: [0.02, -0.01], B: [0.04, 0.06] })
const free = (): number => 0
const lent = (limit: WeightLimit): Lending => ({
  ...NOTHING_LENT,
  weights: [{ ...limit, instrument: null, by: 'some-rule' }],
})

const ask = (changes: Partial<OptimiserPolicy>, held: Record<string, number> = {}) =>
  requestOf({ ...policyOf(['A', 'B', 'OLD']), optimiser: { ...optimiserPolicy, ...changes } }, scenarios, held)

describe('weight bounds', () => {
  const policy = {
    ...optimiserPolicy,
    bounds: { min: 0.01, max: 0.3, cash: [0, 1] as const, perInstrument: byId({ B: [0, 0.5] as const }) },
  }

  it('are the defaults, or the instrument’s own in their place', () => {
    expect(weightBounds(policy, id('A'))).toEqual([0.01, 0.3])
    expect(weightBounds(policy, id('B'))).toEqual([0, 0.5])
  })

  it('are tightened, never widened, by what governance lends', () => {
    expect(weightBounds(policy, id('B'), lent({ upper: 0.25, lower: -1 }))).toEqual([0, 0.25])
    expect(weightBounds(policy, id('A'), lent({ upper: 0.9, lower: 0.05 }))).toEqual([0.05, 0.3])
  })

  it('stay empty when they contradict each other: the solver names the conflict', () => {
    expect(weightBounds(policy, id('A'), lent({ upper: 0.005 }))).toEqual([0.01, 0.005])
  })
})

describe('the mean-CVaR problem of a request', () => {
  it('has the scenario columns, the policy’s bounds and the held weights', () => {
    const problem = meanCvarProblem(
      ask({ bounds: { ...optimiserPolicy.bounds, cash: [0.02, 0.1] } }, { B: 0.4 }),
      lent({ upper: 0.25 }),
      free,
    )
    expect(problem.scenarios).toEqual({ rows: 2, columns: 2, returns: scenarios.returns })
    expect(problem).toMatchObject({ confidence: 0.95, riskAversion: 1, cash: { lower: 0.02, upper: 0.1 } })
    expect([...problem.lower, ...problem.upper]).toEqual([0, 0, 0.25, 0.25])
    expect([...problem.held!]).toEqual([0, 0.4])
  })

  it('starts from what would be held without sizing where targets are sized afterwards', () => {
    const request = { ...ask({ turnover: 0.2 }, { B: 0.2 }), heldPlain: byId({ B: 0.8 }) }
    const problem = meanCvarProblem(request, NOTHING_LENT, free)
    expect([...problem.held!]).toEqual([0, 0.8])
    expect(problem.turnover).toBe(0.2)
  })

  it('leaves out what the policy does not ask for', () => {
    const problem = meanCvarProblem(ask({ returnWeight: 0, turnover: null }, { A: 1 }), NOTHING_LENT, free)
    for (const absent of ['mean', 'cost', 'turnover', 'groups', 'funding']) expect(problem).not.toHaveProperty(absent)
  })

  it('scales the scenario mean by the return weight', () => {
    const { mean } = meanCvarProblem(ask({ returnWeight: 0.5 }), NOTHING_LENT, free)
    expect(mean![0]).toBeCloseTo(0.0025, 14)
    expect(mean![1]).toBeCloseTo(0.025, 14)
  })

  it('charges each instrument its cost slope both ways, over the holding periods', () => {
    const { cost } = meanCvarProblem(ask({ holdingPeriods: 12 }), NOTHING_LENT, (instrument) =>
      instrument === 'A' ? 0.001 : 0,
    )
    expect(cost).toEqual({ buy: Float64Array.of(0.001, 0), sell: Float64Array.of(0.001, 0), holdingPeriods: 12 })
  })

  it('limits turnover once something is held, and exempts the initial funding', () => {
    expect(meanCvarProblem(ask({ turnover: 0.2 }, { A: 0.5 }), NOTHING_LENT, free).turnover).toBe(0.2)
    expect(meanCvarProblem(ask({ turnover: 0.2 }), NOTHING_LENT, free)).not.toHaveProperty('turnover')
    expect(meanCvarProblem(ask({ turnover: 0.2 }, { A: 0 }), NOTHING_LENT, free)).not.toHaveProperty('turnover')
  })

  it('counts a holding without history neither as a column nor as initial funding', () => {
    const problem = meanCvarProblem(ask({ turnover: 0.2 }, { OLD: 0.5 }), NOTHING_LENT, free)
    expect([...problem.held!]).toEqual([0, 0])
    expect(problem.turnover).toBe(0.2)
  })

  it('is never made from nothing', () => {
    const none = scenarioSet({ instruments: [id('A')], sessions: [], minimum: 1, maximum: 9 })
    expect(() => meanCvarProblem({ ...ask({}), scenarios: none }, NOTHING_LENT, free)).toThrow(InvariantBroken)
  })
})

const data = new URL('../../../../../shared/data/', import.meta.url)
const published = new URL('expected/cvar.json', data)

describe.skipIf(!existsSync(published))('problems from real prices (skip: shared data absent)', () => {
  const cases = existsSync(published)
    ? (
        JSON.parse(readFileSync(published, 'utf8')) as {
          computed_here: { CVaR: number; weights: Record<string, number> }[]
        }
      ).computed_here
    : []
  const prices = (from: string, to: string) => {
    const csv = gunzipSync(readFileSync(new URL('market/skfolio_sp500_dataset.csv.gz', data))).toString()
    const [header, ...lines] = csv
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','))
    const instruments = header!.slice(1).map(id)
    const sessions = lines
      .filter(([date]) => date! >= from && date! <= to)
      .map(([session, ...closes]) => ({
        session: session!,
        closes: byId(Object.fromEntries(closes.map((close, i) => [instruments[i]!, close]))),
      }))
    return scenarioSet({ instruments, sessions, minimum: 12, maximum: sessions.length - 1 })
  }

  it.each([
    { which: 0, from: '2021-12-31', to: '2022-12-28', rows: 249, max: 1 },
    { which: 1, from: '2018-01-02', to: '2022-12-28', rows: 1256, max: 0.15 },
  ])('reach the CVaR an independent solve found over $rows days', async ({ which, from, to, rows, max }) => {
    const expected = cases[which]!
    const set = prices(from, to)
    expect([set.rows, set.instruments.length]).toEqual([rows, 20])
    const bounds = { ...optimiserPolicy.bounds, max, cash: [0, 0] as const }
    const request = requestOf({ ...policyOf(set.instruments), optimiser: { ...optimiserPolicy, bounds } }, set)
    const answer = await highsOracle(meanCvarProblem(request, NOTHING_LENT, free))
    expect(answer.objective).toBeCloseTo(expected.CVaR, 7)
    const weights = byId(Object.fromEntries(set.instruments.map((name, i) => [name, answer.weights[i]!])))
    expect(riskOf(weights, set, 0.95)!.cvar).toBeCloseTo(expected.CVaR, 7)
    expect(riskOf(byId(expected.weights), set, 0.95)!.cvar).toBeCloseTo(expected.CVaR, 7)
  })
})
