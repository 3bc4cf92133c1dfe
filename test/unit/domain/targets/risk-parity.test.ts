import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { OptimiserPolicy, PortfolioPolicy } from '#domain/policy.js'
import { propose } from '#domain/targets/registry.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { Proposal, ScenarioSet } from '#domain/targets/source.js'
import { sampleCovariance } from '#numerics/covariance.js'
import { contributionsOf, spreadOf } from '../../../support/risk-shares.js'
import { byId, id, optimiserPolicy, policyOf, requestOf, scenariosOf } from './fixtures.js'

const NAMES = ['A', 'B', 'C']
/** A and B move together, C on its own; σ in proportion 1 : 2 : 1. */
const moves = {
  A: [0.01, -0.01, 0.01, -0.01],
  B: [0.02, -0.02, 0.02, -0.02],
  C: [0.01, 0.01, -0.01, -0.01],
}

interface Settings {
  readonly bounds?: Partial<OptimiserPolicy['bounds']>
  readonly cashReserve?: number
  readonly minWeight?: number
}

function policyWith(names: readonly string[], { bounds, cashReserve = 0, minWeight = 0 }: Settings): PortfolioPolicy {
  return policyOf(names, {
    targets: { name: 'risk-parity', params: {}, cashReserve, minWeight },
    optimiser: { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, ...bounds } },
  })
}

function ask(scenarios: ScenarioSet, settings: Settings = {}, params: Record<string, unknown> = {}): Proposal {
  const policy = policyWith([...new Set([...NAMES, ...scenarios.instruments])], settings)
  const answer = propose({ name: 'risk-parity', params }, requestOf(policy, scenarios))
  if (!answer.ok) throw new Error(answer.refusal.message)
  return answer.value
}

/** Risk contributions of the targets, by instrument. */
function risks(found: Proposal, { instruments, rows, returns }: ScenarioSet): ReadonlyMap<string, number> {
  if (found.kind !== 'targets') throw new Error(found.kind)
  const weights = Float64Array.from(instruments, (name) => found.targets.weights[name] ?? 0)
  const covariance = sampleCovariance({ rows, columns: instruments.length, values: returns })
  const contributions = contributionsOf(covariance, weights)
  return new Map(instruments.map((name, column) => [name, contributions[column]!]))
}

describe('risk-parity targets', () => {
  const scenarios = scenariosOf(moves)

  it('contribute equally to risk, less the cash reserve', () => {
    const found = ask(scenarios, { cashReserve: 0.1 })
    // Uncorrelated C against A and B that are one: a(a + 2b) = 2b(a + 2b) = c², so a = 2b and c = √2·a.
    const a = 0.9 / (1.5 + Math.SQRT2)
    expect(found).toMatchObject({
      targets: {
        weights: { A: expect.closeTo(a, 9), B: expect.closeTo(a / 2, 9), C: expect.closeTo(a * Math.SQRT2, 9) },
        cash: expect.closeTo(0.1, 9),
      },
      note: '',
    })
    expect(spreadOf([...risks(found, scenarios).values()])).toBeLessThan(1e-8)
  })

  it('follow risk budgets, 1 where none is named', () => {
    const own = risks(ask(scenarios, {}, { budgets: { C: 3, A: 0.5 } }), scenarios)
    expect(own.get('C')! / own.get('B')!).toBeCloseTo(3, 8)
    expect(own.get('A')! / own.get('B')!).toBeCloseTo(0.5, 8)
  })

  it('hold a name at its cap, say so, and keep the risk of the others equal', () => {
    const found = ask(scenarios, { bounds: { perInstrument: byId({ C: [0, 0.2] as const }) } })
    expect(found).toMatchObject({
      targets: { weights: { C: 0.2 }, cash: expect.closeTo(0, 9) },
      note: 'held at the highest weight, below the share of risk: C',
    })
    const own = risks(found, scenarios)
    expect(spreadOf([own.get('A')!, own.get('B')!])).toBeLessThan(1e-8)
    expect(own.get('C')!).toBeLessThan(own.get('A')!)
  })

  it('leave in cash what the caps do not take', () => {
    const found = ask(scenarios, { bounds: { max: 0.25 } })
    expect(found).toMatchObject({ targets: { weights: { A: 0.25, B: 0.25, C: 0.25 }, cash: expect.closeTo(0.25, 12) } })
  })

  it('give nothing to a name whose highest weight is zero, and everything to cash when all are', () => {
    const found = ask(scenarios, { bounds: { perInstrument: byId({ B: [0, 0] as const }) } })
    expect(found).toMatchObject({
      targets: { weights: { A: expect.closeTo(0.5, 9), C: expect.closeTo(0.5, 9) } },
      note: '',
    })
    expect(ask(scenarios, { bounds: { max: 0 } })).toMatchObject({ targets: { weights: {}, cash: 1 } })
    expect(ask(scenarios, { cashReserve: 1 })).toMatchObject({ targets: { weights: {}, cash: 1 } })
  })

  it('send a weight below the minimum to cash and report it', () => {
    const found = ask(scenarios, { minWeight: 0.2 })
    expect(found).toMatchObject({ note: expect.stringMatching(/^below the minimum weight 0.2, to cash: B 0.17/) })
    expect(found.kind === 'targets' && Object.keys(found.targets.weights)).toEqual(['A', 'C'])
  })

  it('give nothing to a price that never moved and name it', () => {
    const still = scenariosOf({ ...moves, C: [0, 0, 0, 0] })
    expect(ask(still)).toMatchObject({
      targets: { weights: { A: expect.closeTo(2 / 3, 9), B: expect.closeTo(1 / 3, 9) } },
      note: 'no volatility, no weight: C',
    })
    expect(ask(scenariosOf({ A: [0, 0] }))).toEqual({ kind: 'hold', reason: 'no volatility, no weight: A' })
  })

  it('hold while names cancel each other, and name them', () => {
    const flat = { instruments: NAMES.map(id), rows: 4, from: '', to: '', excluded: [], digest: '' }
    const returns = Float64Array.from(moves.A.flatMap((own, row) => [own, -own, moves.C[row]!]))
    expect(ask({ ...flat, returns })).toEqual({
      kind: 'hold',
      reason: 'no risk to share out: A and B all but cancel each other',
    })
  })

  it('share out risk among more names than there are returns', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [
        `N${n}`,
        [30, -20, 40, -50, 10].map((common, row) => (common + (((row + 1) ** 2 * 7 + n * (row + 3)) % 11)) / 1000),
      ]),
    )
    const set = scenariosOf(wide)
    expect(spreadOf([...risks(ask(set), set).values()])).toBeLessThan(1e-8)
  })

  it('hold on a single return, and on none', () => {
    expect(ask(scenariosOf({ A: [0.1] }))).toEqual({
      kind: 'hold',
      reason: 'volatility needs at least 2 returns, there is 1',
    })
    const none = scenarioSet({ instruments: [id('A')], sessions: [], minimum: 12, maximum: 60 })
    expect(ask(none)).toEqual({ kind: 'hold', reason: 'no instrument has 12 consecutive returns: A no price yet' })
  })

  it.each([
    ['a budget of a name outside the universe', { budgets: { Z: 1 } }, 'target_unknown', ['budgets', 'Z']],
    ['a budget of zero', { budgets: { A: 0 } }, 'target_params_invalid', undefined],
    ['a budget that is no number', { budgets: { A: Number.NaN } }, 'target_params_invalid', undefined],
    ['an unknown parameter', { budget: {} }, 'target_params_invalid', undefined],
  ])('refuse %s', (_what, params, code, path) => {
    const answer = propose({ name: 'risk-parity', params }, requestOf(policyWith(NAMES, {}), scenarios))
    expect(answer).toMatchObject({ ok: false, refusal: { code } })
    expect(!answer.ok && 'path' in answer.refusal ? answer.refusal.path : undefined).toEqual(path)
  })
})

const data = new URL('../../../../../shared/data/', import.meta.url)
const published = new URL('expected/risk_parity.json', data)

describe.skipIf(!existsSync(published))('published risk parity of twenty US shares (skip: shared data absent)', () => {
  it('has the weights of the source, from prices', () => {
    const { cases } = JSON.parse(readFileSync(published, 'utf8')) as {
      cases: readonly [{ readonly weights: Readonly<Record<string, number>>; readonly tolerance: number }]
    }
    const csv = gunzipSync(readFileSync(new URL('market/skfolio_sp500_dataset.csv.gz', data))).toString()
    const [header, ...lines] = csv
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','))
    const instruments = header!.slice(1).map(id)
    const sessions = lines
      .filter(([date]) => date! >= '2018-01-02' && date! <= '2022-12-28')
      .map(([session, ...closes]) => ({
        session: session!,
        closes: byId(Object.fromEntries(closes.map((close, i) => [instruments[i]!, close]))),
      }))
    const set = scenarioSet({ instruments, sessions, minimum: 12, maximum: sessions.length - 1 })
    expect([set.rows, set.instruments.length]).toEqual([1256, 20])
    const found = ask(set)
    if (found.kind !== 'targets') throw new Error(found.kind)
    const { weights, tolerance } = cases[0]
    for (const [name, weight] of Object.entries(weights))
      expect(Math.abs(found.targets.weights[id(name)]! - weight), name).toBeLessThan(tolerance)
    expect(spreadOf([...risks(found, set).values()])).toBeLessThan(1e-8)
  })
})
