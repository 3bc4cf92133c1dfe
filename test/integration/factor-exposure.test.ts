import { beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#daemon/config/load.js'
import type { Run } from '#domain/run.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { seededRandom, simulatedPrices } from '../support/prices.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'
import { configured, ordered, type Played, played } from './played.js'

const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA'] as const
/** How each name goes with the market. */
const BETA = [2, 1, 0.5, 0]

/** A market of its own random walk, names that go with it and a little of their own, and the market's returns as a file has them. */
const { HISTORY, FACTORS } = (() => {
  const plain = simulatedPrices({ seed: 4, instruments: [...SYMBOLS], sessions: 66 })
  const random = seededRandom(9)
  const move = () => 0.01 * (random() + random() + random() - 1.5)
  const last = BETA.map(() => 100)
  const lines = ['date,Mkt-RF,SMB,RF']
  const sessions = plain.sessions.map((bars) => {
    const [market, small] = [0.003 + move(), move()]
    lines.push(`${bars.session},${(100 * market).toFixed(6)},${(100 * small).toFixed(6)},0.001`)
    BETA.forEach((beta, at) => {
      last[at]! *= 1 + 0.00001 + beta * market + move() / 20
    })
    return { ...bars, closes: Object.fromEntries(SYMBOLS.map((id, at) => [id, last[at]!.toFixed(4)])) }
  })
  const history: PriceHistory = { ...plain, sessions }
  return { HISTORY: history, FACTORS: lines }
})()

const fixed = (rule: string): string => `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: {source: fixed, weights: {ALFA: 0.4, BRAVO: 0.4, CHARLIE: 0.1}, cash: 0.1}
optimiser: {scenarios: {minimum: 50, maximum: 60}}
triggers: {drift: {band: 0.05}, calendar: {every: monthly, day: 1}, cooldown: {days: 0}, max_runs_per_day: 5}
orders: {allow_unsettled: true}
governance: {preset: none, rules: {${rule}}}
`
const optimised = `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: {source: optimised}
optimiser: {bounds: {max: 0.5, cash: [0.01, 0.9]}, scenarios: {minimum: 50, maximum: 60}, risk_aversion: 0}
triggers: {drift: null, calendar: {every: monthly, day: 1}}
orders: {allow_unsettled: true}
governance: {preset: none, rules: {factor_exposure: {file: factors.csv, max: 0.3}}}
`
const reasons = ({ judgements }: Run): readonly string[] =>
  judgements.filter(({ verdict }) => verdict !== 'allow').map((row) => `${row.leg} ${row.verdict}: ${row.reason}`)

describe('factor-exposure of a configured portfolio, through the daemon', () => {
  const folder = suiteTempDir()
  let told: Readonly<Record<string, Played>> = {}

  beforeAll(async () => {
    const portfolios = {
      free: fixed(''),
      limited: fixed('factor_exposure: {file: factors.csv, per_factor: {Mkt-RF: 0.8}}'),
      stale: fixed('factor_exposure: {file: old.csv, max_age: 5}'),
      optimised,
    }
    const files = { 'factors.csv': FACTORS.join('\n'), 'old.csv': FACTORS.slice(0, 54).join('\n') }
    told = await played(configured(folder, portfolios, HISTORY, files), HISTORY)
  })

  it('measures betas and cuts what would add past the limit of a factor', () => {
    const { runs, entries } = told.limited!
    expect(ordered(runs[0]!)).toEqual({})
    expect(reasons(runs[0]!)).toContain('buy-ALFA reject: no betas have been read')
    const read = entries.flatMap(({ event }) => (event.type === 'inputsRead' ? [event.readings.betas] : []))
    for (const [at, symbol] of SYMBOLS.entries())
      expect((read.at(-1)!.betas as Record<string, readonly number[]>)[symbol]![0]).toBeCloseTo(BETA[at]!, 1)
    // Weights as they are wanted have a beta of 2·0.4 + 0.4 + 0.05.
    const bought = ordered(runs.find(({ orders }) => Object.keys(orders).length > 0)!)
    const beta = SYMBOLS.reduce((sum, symbol, at) => sum + BETA[at]! * (bought[symbol] ?? 0), 0)
    expect(beta).toBeLessThan(0.83)
    expect(beta).toBeGreaterThan(0.77)
    expect(bought.ALFA! / bought.BRAVO!).toBeCloseTo(1, 1)
    expect(ordered(told.free!.runs[0]!).ALFA).toBeCloseTo(0.4, 2)
  })

  it('trusts no betas that are too old', () => {
    for (const run of told.stale!.runs) expect(ordered(run)).toEqual({})
    expect(told.stale!.runs.flatMap(reasons).join('\n')).toMatch(/betas are \d+ sessions old, more than 5/)
  })

  it('lends the optimiser a row for each factor, and explain says which bound', async () => {
    const solved = told.optimised!.runs.filter(({ answer }) => answer?.kind === 'targets')
    expect(solved.length).toBeGreaterThan(0)
    expect(solved.flatMap(({ judgements }) => judgements.filter(({ verdict }) => verdict === 'resize'))).toEqual([])
    const active = solved.flatMap(({ answer }) => answer!.evidence.active.map(({ limit, by }) => [limit, by]))
    expect(active).toContainEqual(['group:factor-exposure:Mkt-RF', 'factor-exposure'])
    const { stdout, code } = await ballast(['explain', solved[0]!.id, '-p', 'optimised'], { cwd: folder })
    expect(code).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/group Mkt-RF is at its limit, set by factor-exposure \(dual -/)
  })

  it('is verified from its journal alone', async () => {
    const { stdout, code } = await ballast(['journal', 'verify', '-o', 'json'], { cwd: folder })
    expect(code, stdout).toBe(0)
  })
})

describe('a configuration with factors', () => {
  const problems = (rule: string, files: Readonly<Record<string, string>> = {}): string => {
    const loaded = loadConfig(configured(tempDir(), { core: fixed(rule) }, HISTORY, files))
    return loaded.ok ? '' : loaded.refusal.message
  }

  it('is refused with the field where no file is named, it is missing or no table of returns, or lacks a factor', () => {
    const files = { 'f.csv': FACTORS.join('\n') }
    expect(problems('factor_exposure: {}')).toMatch(/governance\.rules\.factor_exposure\.file: is required/)
    expect(problems('factor_exposure: {file: none.csv}')).toMatch(/factor_exposure\.file: there is no file .*none\.csv/)
    expect(problems('factor_exposure: {file: f.csv}', { 'f.csv': 'date,M\n2020-01-03,x\n' })).toMatch(
      /factor_exposure\.file: .*line 2: column M: "x" is no number/,
    )
    expect(problems('factor_exposure: {file: f.csv, per_factor: {HML: 1}}', files)).toMatch(
      /factor_exposure\.per_factor\.HML: is no factor of the file: Mkt-RF, SMB/,
    )
    expect(problems('factor_exposure: {file: f.csv, per_factor: {SMB: 1}}', files)).toBe('')
  })
})
