import { describe, expect, it } from 'vitest'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import { load, PORTFOLIO, problems, SYSTEM } from './workspace.js'

const loaded = (section: string, vix = 'date,close\n2024-03-01,15\n') =>
  load({ 'ballast.yaml': SYSTEM, 'vix.csv': vix, 'portfolios/core.yaml': `${PORTFOLIO}${section}\n` })
const policyOf = (section: string) => {
  const found = loaded(section)
  return found.ok ? found.value.portfolios[0]!.policy : expect.fail(found.refusal.message)
}
const ruleIn = (section: string) => policyOf(section).governance.some(({ name }) => name === 'volatility-regime')

describe('the section volatility of a portfolio file', () => {
  it('is not there by default, nor is its rule, and a policy without it is as it was before it could', () => {
    expect(Object.keys(policyOf(''))).not.toContain('volatility')
    expect(policyOf('volatility: null')).toEqual(policyOf(''))
    expect([ruleIn(''), ruleIn('volatility: {file: vix.csv}')]).toEqual([false, true])
  })

  it('has the terms of the design unless it says otherwise', () => {
    expect(policyOf('volatility: {file: vix.csv}').volatility).toEqual({
      ...VOLATILITY_TERMS,
      from: { source: 'file', file: 'vix.csv' },
    })
    const own = 'volatility: {file: vix.csv, calm: 15, wild: 30, least: 0.3, hysteresis: 0, max_age: 2h}'
    expect(policyOf(own).volatility).toMatchObject({
      calm: 15,
      wild: 30,
      least: 0.3,
      hysteresis: 0,
      maxAgeMs: 7_200_000,
    })
  })

  it.each([
    ['{}', / volatility\.file: source file needs it/],
    ['{source: bus}', / volatility\.channel: source bus needs it/],
    ['{file: vix.csv, channel: us}', / volatility\.channel: is not for source file/],
    ['{source: bus, channel: us}', / volatility\.source: bus is heard over NATS/],
    ['{file: vix.csv, calm: 40}', / volatility\.calm: must be below wild/],
    ['{file: vix.csv, least: 0}', / volatility\.least: must be above 0/],
    ['{file: none.csv}', / volatility\.file: there is no file .*none\.csv/],
    ['{file: vix.csv, halflife: 3}', / volatility\.halflife: unknown key/],
  ])('refuses %s, by its field', (section, message) => {
    expect(problems(loaded(`volatility: ${section}`))).toEqual([expect.stringMatching(message)])
  })

  it.each([
    ['date,open\n2024-03-01,15\nx,1,2\n', /it needs the columns date and close|is no level|is no date/],
    ['date,close\n2024-03-01,\n', /line 2: "" is no level above 0/],
    ['date,close\n2024-03-01,-3\n', /line 2: "-3" is no level above 0/],
    ['date,close\nyesterday,15\n', /line 2: "yesterday" is no date/],
    ['date,close\n2024-03-02,15\n2024-03-01,15\n', /line 3: 2024-03-01 is out of order/],
  ])('refuses a file of %j', (vix, message) => {
    expect(problems(loaded('volatility: {file: vix.csv}', vix))).toEqual([expect.stringMatching(message)])
  })
})
