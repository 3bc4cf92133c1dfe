import { describe, expect, it } from 'vitest'
import { propose, targetSources } from '#domain/targets/registry.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { Proposal, TargetRequest } from '#domain/targets/source.js'
import { byId, equity, id, optimiserPolicy, policyOf, requestOf, scenariosOf, sessionOf } from './fixtures.js'

const calm = { A: [0.01, -0.01, 0.01], B: [0.02, -0.02, 0.02], C: [0.04, -0.04, 0.04] }

function ask(name: string, params: Record<string, unknown>, request: TargetRequest): Proposal {
  const answer = propose({ name, params }, request)
  if (!answer.ok) throw new Error(answer.refusal.message)
  return answer.value
}

const reserve = (names: readonly string[], cashReserve: number, minWeight = 0.001) =>
  policyOf(names, { targets: { name: 'fixed', params: {}, cashReserve, minWeight } })

describe('fixed targets', () => {
  const request = requestOf(policyOf(['A', 'B']), scenariosOf(calm))

  it('takes weights with their cash as they are', () => {
    const found = ask(
      'fixed',
      { weights: { A: 0.5, B: 0.3 }, cash: 0.2 },
      { ...request, policy: reserve(['A', 'B'], 0.1) },
    )
    expect(found).toMatchObject({ targets: { weights: { A: 0.5, B: 0.3 }, cash: expect.closeTo(0.2, 12) }, note: '' })
  })

  it('scales weights without cash by one less the reserve', () => {
    const found = ask('fixed', { weights: { A: 0.6, B: 0.4 } }, { ...request, policy: reserve(['A', 'B'], 0.05) })
    expect(found).toMatchObject({
      targets: {
        weights: { A: expect.closeTo(0.57, 12), B: expect.closeTo(0.38, 12) },
        cash: expect.closeTo(0.05, 12),
      },
    })
  })

  it('sends a weight below the minimum to cash and reports it', () => {
    const found = ask('fixed', { weights: { A: 0.9, B: 0.0009 } }, request)
    expect(found).toMatchObject({
      targets: { weights: { A: 0.9 }, cash: expect.closeTo(0.1, 12) },
      note: 'below the minimum weight 0.001, to cash: B 0.000900',
    })
  })

  it('keeps a weight of exactly the minimum', () => {
    expect(ask('fixed', { weights: { A: 0.001 } }, request)).toMatchObject({ targets: { weights: { A: 0.001 } } })
  })

  it('holds the weight of a name that was never priced in cash, and says so', () => {
    const sessions = [0, 1].map((index) => ({ session: sessionOf(index), closes: byId({ A: 10 + index }) }))
    const scenarios = scenarioSet({ instruments: [id('A'), id('B')], sessions, minimum: 1, maximum: 9 })
    expect(ask('fixed', { weights: { A: 0.6, B: 0.4 } }, { ...request, scenarios })).toMatchObject({
      targets: { weights: { A: 0.6 }, cash: expect.closeTo(0.4, 12) },
      note: 'no price yet, in cash until it trades: B',
    })
  })

  it('targets a name whose history is too short for scenarios', () => {
    const sessions = [0, 1, 2].map((n) => ({ session: sessionOf(n), closes: byId(n < 2 ? { A: 9 } : { A: 9, B: 1 }) }))
    const scenarios = scenarioSet({ instruments: [id('A'), id('B')], sessions, minimum: 2, maximum: 9 })
    expect(ask('fixed', { weights: { A: 0.6, B: 0.4 } }, { ...request, scenarios })).toMatchObject({
      targets: { weights: { A: 0.6, B: 0.4 }, cash: expect.closeTo(0, 12) },
    })
  })

  it('keeps a short weight where the policy allows shorts', () => {
    const policy = {
      ...policyOf(['A', 'B']),
      universe: [equity('A'), equity('B', { shortable: true })],
      optimiser: { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, min: -0.5 } },
    }
    expect(ask('fixed', { weights: { A: 1, B: -0.3 } }, { ...request, policy })).toMatchObject({
      targets: { weights: { A: 1, B: -0.3 }, cash: expect.closeTo(0.3, 12) },
    })
  })

  it.each([
    ['a negative weight without permission', { weights: { A: -0.1 } }, 'short_not_allowed'],
    ['a name outside the universe', { weights: { Z: 0.1 } }, 'target_unknown'],
    ['weights above one', { weights: { A: 0.6, B: 0.5 } }, 'target_params_invalid'],
    ['weights and cash that miss one', { weights: { A: 0.5 }, cash: 0.4 }, 'target_params_invalid'],
    ['a weight that is not finite', { weights: { A: Number.NaN } }, 'target_params_invalid'],
    ['negative cash', { weights: { A: 1.1 }, cash: -0.1 }, 'target_params_invalid'],
    ['an unknown parameter', { weights: {}, casch: 1 }, 'target_params_invalid'],
  ])('refuses %s', (_what, params, code) => {
    const answer = propose({ name: 'fixed', params }, request)
    expect(answer).toMatchObject({ ok: false, refusal: { code } })
  })

  it('takes sums that miss one by rounding', () => {
    expect(ask('fixed', { weights: { A: 0.7, B: 0.3 + 5e-10 } }, request)).toMatchObject({ targets: { cash: 0 } })
    expect(propose({ name: 'fixed', params: { weights: { A: 0.5 }, cash: 0.5 + 2e-9 } }, request).ok).toBe(false)
  })
})

describe('inverse-volatility targets', () => {
  it('weighs by one over volatility', () => {
    const found = ask('inverse-volatility', {}, requestOf(reserve(['A', 'B', 'C'], 0.3), scenariosOf(calm)))
    // σ in proportion 1 : 2 : 4, so weights 4 : 2 : 1 of 0.7.
    expect(found).toMatchObject({
      targets: {
        weights: { A: expect.closeTo(0.4, 10), B: expect.closeTo(0.2, 10), C: expect.closeTo(0.1, 10) },
        cash: expect.closeTo(0.3, 10),
      },
    })
  })

  it('keeps every cap and gives what it cuts to the others by volatility', () => {
    const bounds = { ...optimiserPolicy.bounds, max: 0.5, perInstrument: byId({ B: [0, 0.9] as const }) }
    const policy = { ...policyOf(['A', 'B', 'C']), optimiser: { ...optimiserPolicy, bounds } }
    const found = ask('inverse-volatility', {}, requestOf(policy, scenariosOf(calm)))
    // 4 : 2 : 1 would give A 4/7; capped at 0.5 the rest splits 2 : 1.
    expect(found).toMatchObject({
      targets: {
        weights: { A: 0.5, B: expect.closeTo(1 / 3, 10), C: expect.closeTo(1 / 6, 10) },
        cash: expect.closeTo(0, 12),
      },
    })
  })

  it('leaves in cash what the caps do not take', () => {
    const policy = {
      ...policyOf(['A', 'B', 'C']),
      optimiser: { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, max: 0.25 } },
    }
    const found = ask('inverse-volatility', {}, requestOf(policy, scenariosOf(calm)))
    expect(found).toMatchObject({ targets: { weights: { A: 0.25, B: 0.25, C: 0.25 }, cash: expect.closeTo(0.25, 12) } })
  })

  it('gives nothing to a price that never moved and names it', () => {
    const found = ask('inverse-volatility', {}, requestOf(policyOf(['A', 'B']), scenariosOf({ ...calm, B: [0, 0, 0] })))
    expect(found).toMatchObject({ kind: 'targets', note: 'no volatility, no weight: B' })
    expect(found.kind === 'targets' && found.targets.weights).not.toHaveProperty('B')
  })

  it('takes steady growth for no volatility', () => {
    const found = ask(
      'inverse-volatility',
      {},
      requestOf(policyOf(['A']), scenariosOf({ A: new Array<number>(40).fill(0.3) })),
    )
    expect(found).toEqual({ kind: 'hold', reason: 'no volatility, no weight: A' })
  })

  it('holds on a single return, and on none', () => {
    const one = requestOf(policyOf(['A']), scenariosOf({ A: [0.1] }))
    expect(ask('inverse-volatility', {}, one)).toMatchObject({ kind: 'hold' })
    const none = scenarioSet({ instruments: [id('A')], sessions: [], minimum: 12, maximum: 60 })
    expect(ask('inverse-volatility', {}, { ...one, scenarios: none })).toEqual({
      kind: 'hold',
      reason: 'no instrument has 12 consecutive returns: A no price yet',
    })
  })
})

describe('targets by sizing', () => {
  const moves = { A: [0.03, -0.01, 0.03, -0.01], B: [-0.03, -0.03, 0.01, 0.01] }
  const policy = (shortable: boolean) => ({
    ...policyOf(['A', 'B'], { targets: { name: 'kelly', params: {}, cashReserve: 0.1, minWeight: 0.001 } }),
    universe: [equity('A'), equity('B', { shortable })],
    optimiser: { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, min: -0.2, max: 0.5 } },
  })

  it('are short only where the name is shortable and its lower bound is below 0', () => {
    const short = ask('kelly', {}, requestOf(policy(true), scenariosOf(moves)))
    expect(short).toMatchObject({ targets: { weights: { A: 0.5, B: -0.2 }, cash: expect.closeTo(0.7, 12) } })
    const long = ask('kelly', {}, requestOf(policy(false), scenariosOf(moves)))
    expect(long).toMatchObject({ targets: { weights: { A: 0.5 }, cash: expect.closeTo(0.5, 12) } })
    expect(long.kind === 'targets' && long.targets.weights).not.toHaveProperty('B')
  })

  it('keep the reserve, and send what is below the minimum weight to cash', () => {
    const found = ask('equal-weight', {}, requestOf(policy(true), scenariosOf(moves)))
    expect(found).toMatchObject({ targets: { weights: { A: 0.45, B: 0.45 }, cash: expect.closeTo(0.1, 12) } })
    expect(ask('fixed-fraction', { fraction: 0.0005 }, requestOf(policy(true), scenariosOf(moves)))).toMatchObject({
      targets: { weights: {}, cash: 1 },
      note: 'below the minimum weight 0.001, to cash: A 0.000500, B 0.000500',
    })
  })
})

describe('optimised targets', () => {
  it('ask for a solve when there are scenarios', () => {
    expect(ask('optimised', {}, requestOf(policyOf(['A']), scenariosOf(calm)))).toEqual({ kind: 'optimise' })
  })

  it('hold while nobody has enough history, naming who misses what', () => {
    const sessions = [{ session: sessionOf(0), closes: byId({ A: 1 }) }]
    const scenarios = scenarioSet({ instruments: [id('A'), id('B')], sessions, minimum: 12, maximum: 60 })
    expect(ask('optimised', {}, requestOf(policyOf(['A', 'B']), scenarios))).toEqual({
      kind: 'hold',
      reason: 'no instrument has 12 consecutive returns: A 0 of 12 returns, B no price yet',
    })
  })
})

describe('target source registry', () => {
  const request = requestOf(policyOf(['A']), scenariosOf(calm))

  it.each(['momentum', 'constructor', ''])('refuses the unknown source %j and lists the known ones', (name) => {
    expect(propose({ name, params: {} }, request)).toMatchObject({
      ok: false,
      refusal: {
        code: 'target_source_unknown',
        message: expect.stringContaining('fixed, fixed-fraction, inverse-volatility, kelly, optimised'),
      },
    })
  })

  it('says where a parameter is wrong', () => {
    expect(propose({ name: 'fixed', params: { weights: { A: 'much' } } }, request)).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('targets.weights.A') },
    })
  })

  it('files every source under its own name', () => {
    for (const [name, source] of Object.entries(targetSources)) expect(source.name).toBe(name)
  })
})
