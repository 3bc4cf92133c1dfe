import { describe, expect, it } from 'vitest'
import type { OptimiserPolicy, PortfolioPolicy } from '#domain/policy.js'
import { propose } from '#domain/targets/registry.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { Proposal, ScenarioSet } from '#domain/targets/source.js'
import { byId, equity, id, optimiserPolicy, policyOf, requestOf, scenariosOf, sessionOf } from './fixtures.js'

type Signals = Record<string, { readonly signal: number; readonly confidence?: number }>

const NAMES = ['A', 'B', 'C']
const scenarios = scenariosOf({ A: [0.01, -0.01], B: [0.02, -0.02], C: [0.01, 0.02] })

/** B and C may be sold short, to −0.5. */
function policyWith(
  bounds: Partial<OptimiserPolicy['bounds']> = {},
  { cashReserve = 0, minWeight = 0 } = {},
): PortfolioPolicy {
  return {
    ...policyOf(NAMES),
    universe: [equity('A'), ...['B', 'C'].map((name) => equity(name, { shortable: true }))],
    targets: { name: 'signal', params: {}, cashReserve, minWeight },
    optimiser: { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, min: -0.5, ...bounds } },
  }
}

function ask(signals: Signals, policy = policyWith(), set: ScenarioSet = scenarios): Proposal {
  const answer = propose({ name: 'signal', params: { signals } }, requestOf(policy, set, { A: 0.5 }))
  if (!answer.ok) throw new Error(answer.refusal.message)
  return answer.value
}

const near = (value: number): unknown => expect.closeTo(value, 12)

describe('signal targets', () => {
  it('weigh by signal times confidence, 1 where none is given, and leave the reserve in cash', () => {
    const found = ask(
      { A: { signal: 4, confidence: 0.5 }, B: { signal: 1 }, C: { signal: 3, confidence: 0 } },
      policyWith({}, { cashReserve: 0.1 }),
    )
    expect(found).toEqual({
      kind: 'targets',
      targets: { weights: { A: near(0.6), B: near(0.3) }, cash: near(0.1) },
      note: '',
    })
  })

  it('do not depend on the unit of the signals, however small it is', () => {
    for (const unit of [1e-320, 1e-9, 1e8])
      expect(ask({ A: { signal: 2 * unit }, B: { signal: unit } })).toMatchObject({
        targets: { weights: { A: expect.closeTo(2 / 3, 3), B: expect.closeTo(1 / 3, 3) } },
      })
  })

  it('normalise longs and shorts by gross exposure; proceeds of shorts stay in cash', () => {
    const found = ask({ A: { signal: 3 }, B: { signal: -1 } }, policyWith({}, { cashReserve: 0.2 }))
    // |0.6| + |−0.2| = 0.8; cash 1 − (0.6 − 0.2) = the reserve and twice the short.
    expect(found).toMatchObject({ targets: { weights: { A: near(0.6), B: near(-0.2) }, cash: near(0.6) } })
  })

  it('never lend: longs against equal shorts have half of the exposure each', () => {
    const found = ask({ A: { signal: 1 }, B: { signal: -1 } })
    expect(found).toMatchObject({ targets: { weights: { A: near(0.5), B: near(-0.5) }, cash: near(1) } })
  })

  it('cap longs at the upper bound and shorts at the lower one; what is cut goes to the others by their signals', () => {
    const bounds = { max: 0.6, perInstrument: byId({ C: [-0.1, 0.6] as const }) }
    const found = ask({ A: { signal: 2 }, B: { signal: -1 }, C: { signal: -3 } }, policyWith(bounds))
    // C is cut to 0.1; the other 0.9 splits 2 : 1.
    expect(found).toMatchObject({ targets: { weights: { A: near(0.6), B: near(-0.3), C: -0.1 }, cash: near(0.8) } })
    const tight = ask({ A: { signal: 1 }, B: { signal: 1 } }, policyWith({ max: 0.3 }))
    expect(tight).toMatchObject({ targets: { weights: { A: 0.3, B: 0.3 }, cash: near(0.4) } })
  })

  it('send a weight below the minimum to cash and report it', () => {
    const found = ask({ A: { signal: 99 }, B: { signal: -1 } }, policyWith({}, { minWeight: 0.02 }))
    expect(found).toMatchObject({
      targets: { weights: { A: near(0.99) } },
      note: 'below the minimum weight 0.02, to cash: B -0.0100',
    })
  })

  it.each([
    ['are all zero', { A: { signal: 0 }, B: { signal: 0 } }, 'signal times confidence is zero for A and B'],
    ['are not trusted at all', { A: { signal: 2, confidence: 0 } }, 'signal times confidence is zero for A'],
    ['are none', {}, 'there are no signals'],
  ])('hold what there is when signals %s', (_what, signals, reason) => {
    expect(ask(signals)).toEqual({ kind: 'hold', reason })
  })

  const young = scenarioSet({
    instruments: NAMES.map(id),
    sessions: [0, 1].map((index) => ({ session: sessionOf(index), closes: byId({ A: 10 + index }) })),
    minimum: 1,
    maximum: 9,
  })

  it('keep the share of a name that was never priced in cash, and say so', () => {
    expect(ask({ A: { signal: 3 }, B: { signal: 1 } }, policyWith(), young)).toMatchObject({
      targets: { weights: { A: near(0.75) }, cash: near(0.25) },
      note: 'no price yet, in cash until it trades: B',
    })
  })

  it('hold while no name with a signal trades', () => {
    expect(ask({ A: { signal: 0 }, B: { signal: 1 }, C: { signal: -1 } }, policyWith(), young)).toEqual({
      kind: 'hold',
      reason: 'no name with a signal trades, no price yet: B and C',
    })
  })

  it.each([
    ['a name outside the universe', { Z: { signal: 0 } }, {}, 'target_unknown', ['signals', 'Z']],
    [
      'a negative signal for what is not shortable',
      { A: { signal: -1, confidence: 0 } },
      {},
      'short_not_allowed',
      ['signals', 'A', 'signal'],
    ],
    [
      'a negative signal where the lowest weight is zero',
      { B: { signal: -1 } },
      { min: 0 },
      'short_not_allowed',
      ['signals', 'B', 'signal'],
    ],
  ])('refuse %s', (_what, signals, bounds, code, path) => {
    const answer = propose({ name: 'signal', params: { signals } }, requestOf(policyWith(bounds), scenarios))
    expect(answer).toMatchObject({ ok: false, refusal: { code, path } })
  })

  it.each([
    ['confidence above 1', { signals: { A: { signal: 1, confidence: 1.1 } } }, 'targets.signals.A.confidence'],
    ['confidence below 0', { signals: { A: { signal: 1, confidence: -0.1 } } }, 'targets.signals.A.confidence'],
    ['a signal that is not finite', { signals: { A: { signal: Number.NaN } } }, 'targets.signals.A.signal'],
    ['a signal without its number', { signals: { A: { confidence: 1 } } }, 'targets.signals.A.signal'],
    ['no signals at all', {}, 'targets.signals'],
    ['an unknown parameter', { signals: {}, weights: {} }, 'targets'],
  ])('refuse %s and say where', (_what, params, place) => {
    expect(propose({ name: 'signal', params }, requestOf(policyWith(), scenarios))).toMatchObject({
      ok: false,
      refusal: { code: 'target_params_invalid', message: expect.stringContaining(`${place}: `) },
    })
  })
})
