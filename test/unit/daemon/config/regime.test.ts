import { describe, expect, it } from 'vitest'
import { SIZING_TERMS } from '#domain/regime/multiplier.js'
import { load, PORTFOLIO, portfolioProblems, problems, SYSTEM } from './workspace.js'

const NATS = SYSTEM.replace('feed: {file: prices.csv}', 'feed: {type: bus}\nnats: {servers: [nats://127.0.0.1:4222]}')
const loaded = (regime: string, system = NATS) =>
  load({ 'ballast.yaml': system, 'portfolios/core.yaml': `${PORTFOLIO}${regime}\n` })
const policyOf = (regime: string) => {
  const found = loaded(regime)
  return found.ok ? found.value.portfolios[0]!.policy : expect.fail(found.refusal.message)
}

describe('the section regime of a portfolio file', () => {
  it('is not there by default, and a policy that says nothing of it is as it was before it could', () => {
    expect(Object.keys(policyOf(''))).not.toContain('regime')
    expect(policyOf('regime: null')).toEqual(policyOf(''))
  })

  it('watches a symbol or listens to a channel, with the defaults of the design', () => {
    expect(policyOf('regime: {symbol: AAA}').regime).toEqual({
      ...SIZING_TERMS,
      from: { source: 'detector', instrument: 'AAA' },
    })
    expect(policyOf('regime: {source: bus, channel: us-equities}').regime).toEqual({
      ...SIZING_TERMS,
      from: { source: 'bus', channel: 'us-equities' },
    })
    const own = 'regime: {symbol: BBB, max_age: 2h, min_confidence: 0.8, multipliers: {trending: 1, quiet_choppy: 0.3}}'
    expect(policyOf(own).regime).toMatchObject({
      ...{ maxAgeMs: 7_200_000, minConfidence: 0.8 },
      multipliers: { ...SIZING_TERMS.multipliers, TRENDING: 1, QUIET_CHOPPY: 0.3 },
    })
  })

  it.each([
    ['{}', / regime\.symbol: source detector needs it/],
    ['{source: bus}', / regime\.channel: source bus needs it/],
    ['{symbol: AAA, channel: us}', / regime\.channel: is not for source detector/],
    ['{source: bus, channel: us, symbol: AAA}', / regime\.symbol: is not for source bus/],
    ['{symbol: ZZZ}', / regime\.symbol: ZZZ is not in universe\.symbols/],
    ['{source: bus, channel: a.b}', / regime\.channel: must be 1–32/],
    ['{symbol: AAA, max_age: 59s}', / regime\.max_age: must be at least 1m/],
    ['{symbol: AAA, multipliers: {choppy: 0.2}}', / regime\.multipliers\.choppy: /],
    ['{symbol: AAA, multipliers: {trending: 1.6}}', / regime\.multipliers\.trending: /],
    ['{symbol: AAA, min_confidence: 60}', / regime\.min_confidence: /],
    ['{symbol: AAA, half_life: 3}', / regime\.half_life: unknown key/],
  ])('refuses %s, by its field', (regime, message) => {
    expect(problems(loaded(`regime: ${regime}`))).toEqual([expect.stringMatching(message)])
  })

  it('cannot listen where there is no NATS', () => {
    expect(portfolioProblems(`${PORTFOLIO}regime: {source: bus, channel: us}\n`)).toEqual([
      expect.stringMatching(/ regime\.source: bus is heard over NATS/),
    ])
  })
})
