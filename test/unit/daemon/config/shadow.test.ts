import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { jsonSchemas } from '#daemon/config/json-schema.js'
import { encode } from '#units/canonical.js'
import { load, PORTFOLIO, portfolioProblems } from './workspace.js'

const loaded = (text: string) => {
  const config = load({ 'portfolios/core.yaml': text })
  if (!config.ok) throw new Error(config.refusal.message)
  return config.value
}
const portfolio = (text: string) => loaded(text).portfolios[0]!
const FIXED = PORTFOLIO.replace('{source: optimised}', '{source: fixed, weights: {AAA: 0.4, BBB: 0.5}, cash: 0.1}')

describe('a candidate in a portfolio file', () => {
  it('is the file with its section laid over it, and leaves the live policy as it is', () => {
    const text = `${PORTFOLIO}optimiser: {confidence: 0.9, bounds: {max: 0.5}}\norders: {min_order: "5.00"}\n`
    const { policy, shadow } = portfolio(
      `${text}shadow: {optimiser: {bounds: {max: 0.4}}, trade_to: optimal, triggers: {drift: null}}\n`,
    )
    expect(encode(policy)).toBe(encode(portfolio(text).policy))
    expect(shadow).toEqual({
      ...policy,
      optimiser: { ...policy.optimiser, bounds: { ...policy.optimiser.bounds, max: 0.4 } },
      tradeTo: { to: 'optimal', minBenefitRatio: 1 },
      triggers: { ...policy.triggers, drift: null },
    })
  })

  it('is the live policy when it says nothing, and none when there is no section', () => {
    const { policy, shadow } = portfolio(`${PORTFOLIO}shadow: {}\n`)
    expect(encode(shadow)).toBe(encode(policy))
    expect(portfolio(PORTFOLIO).shadow).toBeNull()
    expect(portfolio(`${PORTFOLIO}shadow: null\n`).shadow).toBeNull()
  })

  it('changes single weights and rules, and replaces the section of another source', () => {
    const weights = portfolio(`${FIXED}shadow: {targets: {weights: {AAA: 0.3}, cash: 0.2}}\n`).shadow!
    expect(weights.targets.params).toMatchObject({ weights: { AAA: 0.3, BBB: 0.5 }, cash: 0.2 })
    const other = portfolio(`${FIXED}shadow: {targets: {source: inverse_volatility, min_weight: 0.02}}\n`).shadow!
    expect(other.targets).toMatchObject({ name: 'inverse-volatility', minWeight: 0.02 })
    const rules = 'governance: {rules: {position_limit: {max: 0.6}, minimum_trade: {min_value: "7"}}}\n'
    const ruled = portfolio(`${FIXED}${rules}shadow: {governance: {rules: {position_limit: {max: 0.5}}}}\n`).shadow!
    expect(ruled.governance).toContainEqual({ name: 'position-limit', params: { max: 0.5 } })
    expect(ruled.governance).toContainEqual({
      name: 'minimum-trade',
      params: expect.objectContaining({ minValue: '7' }),
    })
  })

  it('is refused with the path in its own section, as the file would be', () => {
    expect(portfolioProblems(`${PORTFOLIO}shadow:\n  optimiser: {bounds: {max: 2}}\n`)).toEqual([
      'portfolios/core.yaml:7:29 shadow.optimiser.bounds.max: must be ≤ 1, got 2',
    ])
    expect(portfolioProblems(`${PORTFOLIO}shadow:\n  optimizer: {}\n  orders: {collar: a}\n`)).toEqual([
      expect.stringMatching(/^portfolios\/core\.yaml:7:\d+ shadow\.optimizer: unknown key$/),
      'portfolios/core.yaml:8:20 shadow.orders.collar: must be a number, got "a"',
    ])
    expect(portfolioProblems(`${FIXED}shadow: {targets: {weights: {AAA: 0.6}}}\n`)).toEqual([
      expect.stringMatching(/^portfolios\/core\.yaml:6:\d+ shadow\.targets.*1\.2/),
    ])
    expect(portfolioProblems(`${FIXED}shadow: {trade_to: optimal}\n`)).toEqual([
      expect.stringMatching(/6:\d+ shadow\.trade_to: optimal needs targets\.source: optimised, and it is fixed$/),
    ])
    expect(portfolioProblems(`${PORTFOLIO}shadow: [1]\n`)).toEqual([
      expect.stringMatching(/6:9 shadow: must be a map, got a list$/),
    ])
  })

  it.each(['version: 1', 'id: other', 'enabled: false', 'mode: paper', 'gateway: other', 'currency: EUR'])(
    'has its portfolio’s %s',
    (line) => {
      const [key] = line.split(':')
      expect(portfolioProblems(`${PORTFOLIO}shadow:\n  ${line}\n`)).toEqual([
        expect.stringMatching(
          new RegExp(`7:\\d+ shadow\\.${key}: is what a candidate has in common with its portfolio$`),
        ),
      ])
    },
  )

  it.each(['initial_cash: "5.00"', 'universe: {symbols: [AAA]}', 'shadow: {}'])('has its portfolio’s %s', (line) => {
    expect(portfolioProblems(`${PORTFOLIO}shadow:\n  ${line}\n`)).toEqual([expect.stringMatching(/in common/)])
  })

  it('does not repeat what is wrong with the file itself', () => {
    const text = `${PORTFOLIO}orders: {collar: 2}\nshadow: {optimiser: {confidence: 3}}\n`
    expect(portfolioProblems(text).map((line) => line.replace(/^\S+ /, '').split(':')[0])).toEqual([
      'orders.collar',
      'shadow.optimiser.confidence',
    ])
  })

  it('shows among the settings with the place it is written at', () => {
    const { settings } = loaded(`${PORTFOLIO}shadow: {optimiser: {confidence: 0.9}}\n`)
    const found = settings.filter(({ path }) => path.startsWith('shadow'))
    expect(found).toMatchObject([{ path: 'shadow.optimiser.confidence', value: 0.9 }])
    expect(found[0]!.origin).toMatch(/core\.yaml:6:\d+$/)
  })

  it('is known to editors: the keys of the file without those in common, none of them required', () => {
    const ajv = new Ajv({ strict: false })
    const judge = ajv.compile(jsonSchemas()['portfolio.schema.json'] as object)
    const of = (shadow: string): boolean => judge(parse(`${FIXED}shadow: ${shadow}\n`)) === true
    for (const shadow of ['null', '{}', '{targets: {weights: {AAA: 0.3}}}', '{optimiser: {bounds: {max: 0.3}}}'])
      expect(of(shadow), shadow).toBe(true)
    for (const shadow of ['{id: x}', '{universe: {symbols: [AAA]}}', '{optimiser: {bounds: {max: 3}}}', '{odd: 1}'])
      expect(of(shadow), shadow).toBe(false)
  })
})
