import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { jsonSchemas, schemaText } from '#daemon/config/json-schema.js'
import { portfolioSchema } from '#daemon/config/portfolio-schema.js'
import { registries } from '#daemon/config/registries.js'
import { systemSchema } from '#daemon/config/system-schema.js'
import { venueSchema } from '#daemon/config/venue-schema.js'
import { PORTFOLIO, SYSTEM } from './workspace.js'

const ajv = new Ajv({ strict: false })
const schemas = jsonSchemas()
const judges = {
  system: { zod: systemSchema, ajv: ajv.compile(schemas['system.schema.json'] as object) },
  venue: { zod: venueSchema, ajv: ajv.compile(schemas['venue.schema.json'] as object) },
  portfolio: { zod: portfolioSchema(registries), ajv: ajv.compile(schemas['portfolio.schema.json'] as object) },
}

/** What zod and ajv say of one text. */
const verdicts = (kind: keyof typeof judges, text: string): { zod: boolean; ajv: boolean } => {
  const value: unknown = parse(text)
  return { zod: judges[kind].zod.safeParse(value).success, ajv: judges[kind].ajv(value) }
}

describe('the committed JSON schemas', () => {
  it.each(Object.entries(schemas))('%s is what the code generates (npm run schema)', (name, schema) => {
    expect(readFileSync(`config/schema/${name}`, 'utf8')).toBe(schemaText(schema))
  })

  it.each(['mean-cvar', 'core-satellite', 'inverse-vol'])('accept the sample %s, as zod does', (name) => {
    const text = readFileSync(`config/portfolios/${name}.yaml`, 'utf8')
    expect(verdicts('portfolio', text)).toEqual({ zod: true, ajv: true })
  })

  it('accept the portfolios of docs/targets.md, as zod does', () => {
    const texts = [...readFileSync('docs/targets.md', 'utf8').matchAll(/^```yaml \S+\n(.*?)^```$/gms)].map(
      ([, text]) => text!,
    )
    expect(texts.length).toBe(5)
    for (const text of texts) expect(verdicts('portfolio', text)).toEqual({ zod: true, ajv: true })
  })

  it('accept the sample system file, as zod does', () => {
    expect(verdicts('system', readFileSync('config/ballast.yaml', 'utf8'))).toEqual({ zod: true, ajv: true })
  })

  it.each([
    'id: x\nversion: 1\n',
    PORTFOLIO.replace('version: 1', 'version: 2'),
    PORTFOLIO.replace('"1000.00"', '1000'),
    PORTFOLIO.replace('"1000.00"', '"-1"'),
    PORTFOLIO.replace('id: core', 'id: has space'),
    PORTFOLIO.replace('optimised', 'astrology'),
    PORTFOLIO.replace('[AAA, BBB, CCC, DDD]', '[]'),
    `${PORTFOLIO}unknown: 1\n`,
    `${PORTFOLIO}triggers: {drift: {band: 0}}\n`,
    `${PORTFOLIO}triggers: {calendar: {day: 32}}\n`,
    `${PORTFOLIO}optimiser: {bounds: {cash: [0.1]}}\n`,
    `${PORTFOLIO}optimiser: {confidence: 1}\n`,
    `${PORTFOLIO}orders: {ack_timeout: 5}\n`,
    `${PORTFOLIO}costs: {model: simple, spread_bps: -1}\n`,
    `${PORTFOLIO}costs: {model: simple, spread: 1}\n`,
    `${PORTFOLIO}governance: {rules: {position_limit: {max: 0}}}\n`,
    `${PORTFOLIO}governance: {rules: {no_such_rule: {}}}\n`,
    PORTFOLIO.replace('targets: {source: optimised}', 'targets: {source: fixed}'),
    PORTFOLIO.replace('targets: {source: optimised}', 'targets: {source: optimised, weights: {AAA: 1}}'),
    PORTFOLIO.replace('source: optimised', 'source: risk_parity, budgets: {AAA: 0}'),
    PORTFOLIO.replace('source: optimised', 'source: risk_parity, budgets: [AAA]'),
    PORTFOLIO.replace('source: optimised', 'source: volatility_target, estimator: implied'),
    PORTFOLIO.replace('source: optimised', 'source: volatility_target, lookback: 1'),
    PORTFOLIO.replace('source: optimised', 'source: volatility_target, base: {AAA: 2}'),
    PORTFOLIO.replace('source: optimised', 'source: kelly, fraction: 0'),
    PORTFOLIO.replace('source: optimised', 'source: optimised, bounds_from: equal_weight'),
    PORTFOLIO.replace('source: optimised', 'source: optimised, bounds_from: kelly, bounds_multiple: 0.5'),
    PORTFOLIO.replace('source: optimised', 'source: fixed_fraction, fraction: 2'),
    PORTFOLIO.replace('source: optimised', 'source: equal_weight, weights: {AAA: 1}'),
    PORTFOLIO.replace('source: optimised', 'source: signal'),
    PORTFOLIO.replace('source: optimised', 'source: signal, signals: {AAA: 1}'),
    PORTFOLIO.replace('source: optimised', 'source: signal, signals: {AAA: {signal: 1, confidence: 1.5}}'),
    PORTFOLIO.replace('source: optimised', 'source: signal, signals: {AAA: {signal: 1, weight: 1}}'),
    PORTFOLIO.replace('DDD]', 'DDD], defaults: {tick: []}'),
    PORTFOLIO.replace('DDD]', 'DDD], defaults: {tock: "1"}'),
  ])('refuse this portfolio, as zod does: %j', (text) => {
    expect(verdicts('portfolio', text)).toEqual({ zod: false, ajv: false })
  })

  it.each([
    '{}',
    SYSTEM.replace('state: {path: state}\n', ''),
    `${SYSTEM}http: {listen: 9464}\n`,
    `${SYSTEM}http: {listen: localhost}\n`,
    `${SYSTEM}logging: {level: loud}\n`,
    `${SYSTEM}venue: {max_pieces: 0}\n`,
    `${SYSTEM}portfolios: []\n`,
    SYSTEM.replace('prices.csv', 'prices.csv, from: yesterday'),
    SYSTEM.replace('prices.csv', 'prices.csv, on_end: explode'),
  ])('refuse this system file, as zod does: %j', (text) => {
    expect(verdicts('system', text)).toEqual({ zod: false, ajv: false })
  })

  it('accept the sample venue file, as zod does', () => {
    expect(verdicts('venue', readFileSync('config/venue.yaml', 'utf8'))).toEqual({ zod: true, ajv: true })
  })

  it.each([
    '{}',
    'version: 2\n',
    'version: 1\nmode: live\n',
    'version: 1\nfee_bps: -1\n',
    'version: 1\npartial_ratio: 2\n',
    'version: 1\nlatency: 5\n',
    'version: 1\nhalf_spread: 1\n',
    'version: 1\ninstruments: {SPY: {lots: "1"}}\n',
  ])('refuse this venue file, as zod does: %j', (text) => {
    expect(verdicts('venue', text)).toEqual({ zod: false, ajv: false })
  })
})
