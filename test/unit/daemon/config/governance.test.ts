import { describe, expect, it } from 'vitest'
import { changedPolicy } from '#daemon/config/changed.js'
import { load, PORTFOLIO, portfolioProblems, problems } from './workspace.js'

const GICS =
  'Symbol,Security,GICS Sector,Founded\nAAA,"Triple A, Inc.",Energy,1900\nBBB,Bee,Health Care,\nZZZ,Other,,\n'
const files = (text: string, sectors: string = GICS) => ({
  'portfolios/core.yaml': text,
  'portfolios/gics.csv': sectors,
})
const loaded = (text: string, sectors?: string) => {
  const found = load(files(text, sectors))
  return found.ok ? found.value.portfolios[0]! : expect.fail(found.refusal.message)
}
const policyOf = (text: string, sectors?: string) => loaded(text, sectors).policy
const paramsOf = (text: string, rule: string) => policyOf(text).governance.find(({ name }) => name === rule)?.params

const FIXED = PORTFOLIO.replace('optimised', 'fixed, weights: {AAA: 0.5}')

describe('presets of rules', () => {
  it('set limits that the file may set otherwise', () => {
    const preset = (name: string, rules = '{}') => `${FIXED}governance: {preset: ${name}, rules: ${rules}}\n`
    expect(paramsOf(FIXED, 'position-limit')).toEqual({ max: 0.25 })
    expect(paramsOf(preset('standard'), 'position-limit')).toEqual({ max: 0.25 })
    expect(paramsOf(preset('conservative'), 'position-limit')).toEqual({ max: 0.15 })
    expect(paramsOf(preset('aggressive'), 'position-limit')).toEqual({ max: 0.4 })
    expect(paramsOf(preset('conservative', '{position_limit: {max: 0.2}}'), 'position-limit')).toEqual({ max: 0.2 })
    expect(paramsOf(preset('conservative', '{sector_concentration: {}}'), 'sector-concentration')).toEqual({
      ...{ max: 0.2, perSector: {} },
    })
    expect(policyOf(preset('none')).governance).toEqual([])
    expect(portfolioProblems(preset('brave'))).toEqual([
      expect.stringMatching(
        / governance\.preset: must be standard \| conservative \| aggressive \| none, got "brave"$/,
      ),
    ])
  })

  it('bring in a limit on sectors only where a sector is named; a file that names the rule has it', () => {
    const has = (text: string) => policyOf(text).governance.some(({ name }) => name === 'sector-concentration')
    expect(has(FIXED)).toBe(false)
    expect(has(`${FIXED}sectors: gics.csv\n`)).toBe(true)
    expect(has(FIXED.replace('DDD]', 'DDD], per_symbol: {CCC: {sector: Energy}}'))).toBe(true)
    expect(has(`${FIXED}governance: {rules: {sector_concentration: {}}}\n`)).toBe(true)
  })

  it('are spelled with what they came to', () => {
    const { settings } = (() => {
      const found = load(files(`${FIXED}governance: {preset: aggressive}\n`))
      return found.ok ? found.value : expect.fail(found.refusal.message)
    })()
    const shown = Object.fromEntries(settings.map(({ path, value }) => [path, value]))
    expect(shown['governance.rules.position_limit.max']).toBe(0.4)
    expect(Object.keys(shown).filter((path) => path.includes('sector_concentration'))).toEqual([])
  })
})

describe('sectors', () => {
  it('are those of a file, beside the portfolio’s, unless the symbol has its own', () => {
    const own = FIXED.replace('DDD]', 'DDD], per_symbol: {BBB: {sector: Utilities}}')
    const { universe } = policyOf(`${own}sectors: gics.csv\n`)
    expect(universe.map(({ id, sector }) => [id, sector])).toEqual([
      ['AAA', 'Energy'],
      ['BBB', 'Utilities'],
      ['CCC', undefined],
      ['DDD', undefined],
    ])
    expect(Object.keys(policyOf(FIXED).universe[0]!)).not.toContain('sector')
  })

  it.each([
    ['no such file', 'sectors: none.csv', GICS, /sectors: there is no file .*none\.csv$/],
    ['no column of sectors', 'sectors: gics.csv', 'Symbol,Name\nAAA,A\n', /has no column GICS Sector or Sector$/],
    ['a symbol in two', 'sectors: gics.csv', `${GICS}AAA,A,Utilities,\n`, /line 5 gives AAA a second sector$/],
    ['what is no name', 'sectors: gics.csv', 'Symbol,Sector\nAAA,"a:b"\n', /line 2 has a sector that is no name: a:b$/],
  ])('are refused with %s', (_what, line, text, problem) => {
    expect(problems(load(files(`${FIXED}${line}\n`, text)))).toEqual([expect.stringMatching(problem)])
  })

  it('stay what they were where other settings are assumed, and cannot be assumed otherwise', () => {
    const { document, sectors } = loaded(`${FIXED}sectors: gics.csv\n`)
    const assumed = changedPolicy(document, { 'governance.rules.sector_concentration.max': '0.1' }, sectors)
    const policy = assumed.ok ? assumed.value : expect.fail(assumed.refusal.message)
    expect(policy.universe[0]!.sector).toBe('Energy')
    expect(policy.governance).toContainEqual({ name: 'sector-concentration', params: { max: 0.1, perSector: {} } })
    expect(changedPolicy(document, { sectors: 'other.csv' }, sectors)).toMatchObject({ ok: false })
  })

  it('that leave an optimised portfolio no way to be invested are refused, with the rule', () => {
    const two = PORTFOLIO.replace('[AAA, BBB, CCC, DDD]', '[AAA, BBB]').replace(
      'universe: {symbols: [AAA, BBB]}',
      'universe: {symbols: [AAA, BBB]}\nsectors: gics.csv\noptimiser: {bounds: {max: 0.5}}',
    )
    const limit = (max: number) =>
      problems(
        load(files(`${two}governance: {rules: {position_limit: {max: 0.5}, sector_concentration: {max: ${max}}}}\n`)),
      )
    expect(limit(0.45)).toEqual([])
    expect(limit(0.3)).toEqual([
      expect.stringMatching(
        /optimiser\.bounds: highest weights and cash add up to 0\.7 \(by sector-concentration\), less than 1$/,
      ),
    ])
  })
})
