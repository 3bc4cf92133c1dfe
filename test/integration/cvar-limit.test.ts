import { beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#daemon/config/load.js'
import type { Run } from '#domain/run.js'
import { simulatedPrices } from '../support/prices.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'
import { configured, ordered, type Played, played } from './played.js'

const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA'] as const
const HISTORY = simulatedPrices({
  seed: 8,
  instruments: [...SYMBOLS],
  sessions: 66,
  volatility: 0.04,
  drift: 0.004,
  common: 0.6,
})

const portfolio = (targets: string, rule: string): string => `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: ${targets}
optimiser: {bounds: {max: 0.5, cash: [0.01, 0.9]}, scenarios: {minimum: 50, maximum: 60}, risk_aversion: 0}
triggers: {drift: null, calendar: {every: monthly, day: 1}}
orders: {allow_unsettled: true}
governance: {preset: none, rules: {${rule}}}
`
const fixed = (rule: string): string =>
  portfolio('{source: fixed, weights: {ALFA: 0.4, BRAVO: 0.4, CHARLIE: 0.1}, cash: 0.1}', rule)

const verdicts = ({ judgements }: Run): readonly string[] =>
  judgements.filter(({ verdict }) => verdict !== 'allow').map((row) => `${row.leg} ${row.verdict}: ${row.reason}`)

describe('cvar-limit of a configured portfolio, through the daemon', () => {
  const folder = suiteTempDir()
  let told: Readonly<Record<string, Played>> = {}

  beforeAll(async () => {
    const portfolios = {
      free: fixed(''),
      asking: fixed('cvar_limit: {}'),
      loose: fixed('cvar_limit: {max: 0.2}'),
      optimised: portfolio('{source: optimised}', 'cvar_limit: {max: 0.03}'),
    }
    told = await played(configured(folder, portfolios, HISTORY), HISTORY)
  })

  it('makes a plan wait for people whose CVaR could pass the limit, and nothing is bought without them', () => {
    expect(ordered(told.free!.runs[0]!).ALFA).toBeCloseTo(0.4, 2)
    const { runs, entries } = told.asking!
    expect(verdicts(runs[0]!)).toContain('buy-ALFA reject: no scenarios have been read')
    expect(entries.some(({ event }) => event.type === 'inputsRead' && event.readings.scenarios !== undefined)).toBe(
      true,
    )
    const asked = runs.filter(({ approval }) => approval !== undefined)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked[0]!.approval!.reasons.map(({ by }) => by?.rule)).toContain('cvar-limit')
    expect(verdicts(asked[0]!)[0]).toMatch(
      /^buy-ALFA approve: CVaR of a day could be \d\.\d % of equity, more than 4\.0 %$/,
    )
    for (const run of runs) expect(ordered(run)).toEqual({})
  })

  it('lets a plan trade within the limit', () => {
    const bought = told.loose!.runs.find(({ orders }) => Object.keys(orders).length > 0)!
    expect(ordered(bought).ALFA).toBeCloseTo(0.4, 2)
  })

  it('is a limit of the optimiser, which keeps within it, and explain says so', async () => {
    const solved = told.optimised!.runs.filter(({ answer }) => answer?.kind === 'targets')
    expect(solved.length).toBeGreaterThan(0)
    for (const { answer, approval } of solved) {
      if (answer?.kind !== 'targets') continue
      expect(answer.riskAfter!.cvar).toBeLessThanOrEqual(0.03 + 1e-9)
      expect(approval).toBeUndefined()
    }
    expect(solved[0]!.answer!.evidence.active).toContainEqual(
      expect.objectContaining({ limit: 'maximumCvar', by: 'cvar-limit' }),
    )
    const { stdout, code } = await ballast(['explain', solved[0]!.id, '-p', 'optimised'], { cwd: folder })
    expect(code).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/CVaR is at its highest, set by cvar-limit \(dual /)
  })

  it('is verified from its journal alone', async () => {
    const { stdout, code } = await ballast(['journal', 'verify', '-o', 'json'], { cwd: folder })
    expect(code, stdout).toBe(0)
  })
})

describe('a configuration with scenarios in its journal', () => {
  it('is refused with the field where there would be too many', () => {
    const loaded = loadConfig(configured(tempDir(), { core: fixed('cvar_limit: {max_returns: 200}') }, HISTORY))
    expect(loaded.ok ? '' : loaded.refusal.message).toMatch(
      /cvar_limit\.max_returns: 4 names over 60 sessions are 240 returns, more than 200/,
    )
  })
})
