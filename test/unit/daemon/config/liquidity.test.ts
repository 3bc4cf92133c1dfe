import { describe, expect, it } from 'vitest'
import { load, PORTFOLIO, portfolioProblems } from './workspace.js'

const policyOf = (text: string) => {
  const found = load({ 'portfolios/core.yaml': `${PORTFOLIO}${text}\n` })
  return found.ok ? found.value.portfolios[0]!.policy : expect.fail(found.refusal.message)
}
const names = (text: string) => policyOf(text).governance.map(({ name }) => name)
const DECLARED =
  'liquidity: {declared_on: 2024-01-31, declared: {AAA: {adv: "2500000", spread: 0.002}, BBB: {adv: "90000.50"}}}'

describe('the section liquidity of a portfolio file', () => {
  it('is not there by default, and then no preset asks for it', () => {
    expect(Object.keys(policyOf(''))).not.toContain('liquidity')
    expect(policyOf('liquidity: null')).toEqual(policyOf(''))
    expect(names('')).not.toContain('liquidity-adjusted')
  })

  it('asks for what bars show, or takes what is declared, and brings the rules on it into presets', () => {
    expect(policyOf('liquidity: {}').liquidity).toEqual({ declared: {}, declaredAt: null })
    expect(policyOf(DECLARED).liquidity).toEqual({
      declared: { AAA: { adv: '2500000', spread: 0.002 }, BBB: { adv: '90000.50', spread: null } },
      declaredAt: Date.parse('2024-01-31T00:00:00Z'),
    })
    expect(names('liquidity: {}')).toContain('liquidity-adjusted')
    expect(names('liquidity: {}\ngovernance: {preset: none}')).toEqual([])
  })

  it.each([
    ['liquidity: {declared: {AAA: {adv: "1"}}}', / liquidity\.declared_on: is required: how old declared figures are/],
    ['liquidity: {declared_on: 2024-01-31}', / liquidity\.declared_on: is for declared figures, and there are none/],
    [
      'liquidity: {declared_on: 2024-01-31, declared: {ZZZ: {adv: "1"}}}',
      / liquidity\.declared\.ZZZ: is not in universe/,
    ],
    [
      'liquidity: {declared_on: 2024-01-31, declared: {AAA: {adv: "-1"}}}',
      / liquidity\.declared\.AAA\.adv: must be a plain decimal/,
    ],
    [
      'liquidity: {declared_on: 2024-01-31, declared: {AAA: {adv: "1", spread: 2}}}',
      / liquidity\.declared\.AAA\.spread: /,
    ],
    ['liquidity: {volume: 1}', / liquidity\.volume: unknown key|liquidity: .*volume/],
    [
      'governance: {rules: {liquidity_adjusted: {}}}',
      / governance\.rules\.liquidity_adjusted: needs the section liquidity/,
    ],
  ])('refuses %s', (text, words) => {
    expect(portfolioProblems(`${PORTFOLIO}${text}\n`).join('\n')).toMatch(words)
  })
})
