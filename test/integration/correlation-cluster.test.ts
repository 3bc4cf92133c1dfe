import { beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#daemon/config/load.js'
import type { Run } from '#domain/run.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { simulatedPrices } from '../support/prices.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'
import { configured, ordered, type Played, played } from './played.js'

const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA'] as const

/** Four walks, of which BRAVO follows ALFA. */
const HISTORY: PriceHistory = (() => {
  const history = simulatedPrices({ seed: 5, instruments: [...SYMBOLS], sessions: 66, common: 0.1 })
  const sessions = history.sessions.map((bars) => {
    const closes = bars.closes as Readonly<Record<string, string>>
    const follows = 0.9 * Number(closes.ALFA) + 0.1 * Number(closes.BRAVO)
    return { ...bars, closes: { ...closes, BRAVO: follows.toFixed(2) } }
  })
  return { ...history, sessions }
})()

const fixed = (rule: string): string => `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: {source: fixed, weights: {ALFA: 0.35, BRAVO: 0.35, CHARLIE: 0.2}, cash: 0.1}
optimiser: {scenarios: {minimum: 50, maximum: 60}}
triggers: {drift: {band: 0.05}, calendar: {every: monthly, day: 1}, cooldown: {days: 0}, max_runs_per_day: 5}
orders: {allow_unsettled: true}
governance: {preset: none, rules: {${rule}}}
`
const optimised = `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: {source: optimised}
optimiser: {bounds: {max: 0.5, cash: [0.01, 0.4]}, scenarios: {minimum: 50, maximum: 60}, return_weight: 1, risk_aversion: 0.01}
triggers: {drift: null, calendar: {every: monthly, day: 1}}
orders: {allow_unsettled: true}
governance: {preset: none, rules: {correlation_cluster: {max: 0.25}}}
`
const matrixOf = (date: string): string =>
  `${date},ALFA,CHARLIE,BRAVO\nALFA,1,0.9,0.1\nCHARLIE,0.9,1,0.1\nBRAVO,0.1,0.1,1\n`

const reasons = ({ judgements }: Run): readonly string[] =>
  judgements.filter(({ verdict }) => verdict !== 'allow').map((row) => `${row.leg} ${row.verdict}: ${row.reason}`)

describe('correlation-cluster of a configured portfolio, through the daemon', () => {
  const folder = suiteTempDir()
  let told: Readonly<Record<string, Played>> = {}

  beforeAll(async () => {
    const portfolios = {
      free: fixed(''),
      measured: fixed('correlation_cluster: {}'),
      loaded: fixed('correlation_cluster: {matrix: fresh.csv, max_age: 100}'),
      stale: fixed('correlation_cluster: {matrix: old.csv}'),
      optimised,
    }
    const files = { 'fresh.csv': matrixOf('2020-01-03'), 'old.csv': matrixOf('2019-12-20') }
    told = await played(configured(folder, portfolios, HISTORY, files), HISTORY)
  })

  it('buys nothing before correlations can be measured, and then no more of names that move together than their limit', () => {
    expect(ordered(told.free!.runs[0]!).BRAVO).toBeCloseTo(0.35, 2)
    const { runs, entries } = told.measured!
    expect(ordered(runs[0]!)).toEqual({})
    expect(reasons(runs[0]!)).toContain('buy-ALFA reject: no correlations have been read')
    const bought = runs.find(({ orders }) => Object.keys(orders).length > 0)!
    const { ALFA, BRAVO, CHARLIE } = ordered(bought)
    expect(ALFA! + BRAVO!).toBeLessThanOrEqual(0.4)
    expect(ALFA).toBeCloseTo(0.2, 2)
    expect(BRAVO).toBeCloseTo(0.2, 2)
    expect(CHARLIE).toBeCloseTo(0.2, 2)
    const read = entries.flatMap(({ event }) => (event.type === 'inputsRead' ? [event.readings.clusters] : []))
    expect(read[0]!.clusters).toEqual([['ALFA', 'BRAVO'], ['CHARLIE'], ['DELTA']])
    expect(entries.findIndex(({ event }) => event.type === 'inputsRead')).toBeGreaterThan(50)
  })

  it('takes correlations from a file in their place, and trusts none that is too old', () => {
    const [first] = told.loaded!.runs
    const { ALFA, BRAVO, CHARLIE } = ordered(first!)
    expect(ALFA! + CHARLIE!).toBeLessThanOrEqual(0.4)
    expect(ALFA! + CHARLIE!).toBeGreaterThan(0.398)
    expect(BRAVO).toBeCloseTo(0.35, 2)
    for (const run of told.stale!.runs) expect(ordered(run)).toEqual({})
    expect(reasons(told.stale!.runs[0]!)[0]).toMatch(
      /^buy-ALFA reject: correlations are \d+ sessions old, more than 5$/,
    )
  })

  it('lends the optimiser a row for each cluster, so that there is nothing to cut, and explain says so', async () => {
    const solved = told.optimised!.runs.filter(({ answer }) => answer?.kind === 'targets')
    expect(solved.length).toBeGreaterThan(0)
    for (const { answer, judgements } of solved) {
      if (answer?.kind !== 'targets') continue
      const { weights } = answer.targets as { weights: Record<string, number> }
      expect((weights.ALFA ?? 0) + (weights.BRAVO ?? 0)).toBeLessThanOrEqual(0.25 + 1e-9)
      expect(judgements.filter(({ verdict }) => verdict === 'resize')).toEqual([])
    }
    const active = solved.flatMap(({ answer }) => answer!.evidence.active.map(({ limit, by }) => [limit, by]))
    expect(active).toContainEqual(['group:correlation-cluster:ALFA and 1 more', 'correlation-cluster'])
    const { stdout, code } = await ballast(['explain', solved[0]!.id, '-p', 'optimised'], { cwd: folder })
    expect(code).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /group ALFA and 1 more is at its limit, set by correlation-cluster \(dual -/,
    )
  })

  it('is verified from its journal alone', async () => {
    const { stdout, code } = await ballast(['journal', 'verify', '-o', 'json'], { cwd: folder })
    expect(code, stdout).toBe(0)
  })
})

describe('a configuration with correlations', () => {
  const problems = (rule: string, files: Readonly<Record<string, string>> = {}): string => {
    const loaded = loadConfig(configured(tempDir(), { core: fixed(rule) }, HISTORY, files))
    return loaded.ok ? '' : loaded.refusal.message
  }

  it('is refused with the field where a file is missing or no square of correlations, or there are too many names', () => {
    const field = /governance\.rules\.correlation_cluster\./
    const missing = problems('correlation_cluster: {matrix: none.csv}')
    expect(missing).toMatch(field)
    expect(missing).toMatch(/correlation_cluster\.matrix: there is no file .*none\.csv/)
    const crooked = problems('correlation_cluster: {matrix: m.csv}', { 'm.csv': '2020-01-03,ALFA\nALFA,2\n' })
    expect(crooked).toMatch(/correlation_cluster\.matrix: .*line 2: column ALFA: "2" is no number from -1 to 1/)
    expect(problems('correlation_cluster: {max_names: 3}')).toMatch(
      /correlation_cluster\.max_names: the universe has 4 names, more than 3/,
    )
    expect(problems('correlation_cluster: {}')).toBe('')
  })

  it('is in no preset by itself, and takes the preset’s limit where the file names it', () => {
    const policyOf = (governance: string) => {
      const text = fixed('').replace('preset: none, rules: {}', governance)
      const loaded = loadConfig(configured(tempDir(), { core: text }, HISTORY))
      if (!loaded.ok) throw new Error(loaded.refusal.message)
      return loaded.value.portfolios[0]!.policy.governance.find(({ name }) => name === 'correlation-cluster')
    }
    expect(policyOf('preset: standard')).toBeUndefined()
    expect(policyOf('preset: conservative, rules: {correlation_cluster: {}}')?.params.max).toBe(0.3)
    expect(policyOf('preset: aggressive, rules: {correlation_cluster: {}}')?.params.max).toBe(0.6)
  })
})
